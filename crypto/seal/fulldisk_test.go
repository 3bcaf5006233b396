//go:build unix

package seal_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

const fullDiskEnv = "VIERKANT_SEAL_FULL_DISK" // folder with what the process opens

// The system refuses to write on, in the first pass or while inflating. Here that is because a process may not make files
// longer than a limit, which ends as a full disk does. The limit is that of a process, so the test starts one.
func TestOpenFileOnAFullDisk(t *testing.T) {
	t.Parallel()
	if folder := os.Getenv(fullDiskEnv); folder != "" {
		openOnFullDisk(t, folder)
		return
	}
	folder := t.TempDir()
	raw, err := json.Marshal(recipient())
	if err != nil {
		t.Fatal(err)
	}
	streamed, _ := stream(t, recipient().Public, "", noise(2*chunk), chunk)
	deflated, err := seal.SealDeflated(recipient().Public, "", make([]byte, 100_000))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"key": string(raw), "streamed": streamed, "deflated": deflated} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(os.Args[0], "-test.run=^TestOpenFileOnAFullDisk$", "-test.v")
	command.Env = append(os.Environ(), fullDiskEnv+"="+folder)
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

func openOnFullDisk(t *testing.T, folder string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, "key"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.ParsePrivate(raw)
	if err != nil {
		t.Fatal(err)
	}
	limitFiles(t, 50_000)
	for _, name := range []string{"streamed", "deflated"} {
		in, err := os.Open(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		into := t.TempDir()
		_, err = seal.OpenFile(filepath.Join(into, "plaintext"), in, the(key), seal.V1(), roomy)
		if !errors.Is(err, syscall.EFBIG) {
			t.Errorf("%s: got %v, want %v", name, err, syscall.EFBIG)
		}
		expectFiles(t, into)
		_ = in.Close()
	}
}

// limitFiles bounds the files of this process, in bytes.
func limitFiles(t *testing.T, most uint64) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = most
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
}
