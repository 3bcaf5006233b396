package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var build = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "vierkant-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "vierkant")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return path, err
})

// program returns the path of the built binary.
func program(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := build(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// run runs the program and returns its output and exit status.
func run(t testing.TB, arguments ...string) (out string, status int) {
	t.Helper()
	cmd := exec.Command(program(t), arguments...)
	raw, _ := cmd.CombinedOutput()
	return string(raw), cmd.ProcessState.ExitCode()
}

func TestDemo(t *testing.T) {
	t.Parallel()
	out, status := run(t, "demo")
	if status != 0 || !strings.Contains(out, "2 applications, ") || !strings.Contains(out, "23 checks held") {
		t.Errorf("exit status %d, output:\n%s", status, out)
	}
}
