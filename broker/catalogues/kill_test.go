package catalogues_test

import (
	"bufio"
	"log/slog"
	"os"
	"os/exec"
	"testing"

	"github.com/vierkant/vierkant/broker/catalogues"
)

// importsIn names the data folder in which a process of this test imports without an end.
const importsIn = "VIERKANT_TEST_IMPORTS_IN"

// TestKilled: a process that imports one catalogue after the other is killed; what it leaves is one of them, whole.
func TestKilled(t *testing.T) {
	if folder := os.Getenv(importsIn); folder != "" {
		importForever(t, folder)
	}
	t.Parallel()
	folder := t.TempDir()
	for round := range 8 {
		killWhileImporting(t, folder, 1+round*3)
		d := files(t, folder)
		c := node(t, d) // fails for half a catalogue
		if n := c.Areas().Len(); c.AreasState().Sample || n != 2 && n != 3 {
			t.Fatalf("round %d: %d areas in force, sample %v", round, n, c.AreasState().Sample)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		closeBlobs(t, d)
	}
}

// killWhileImporting lets a process import a number of catalogues and kills it while it goes on.
func killWhileImporting(t *testing.T, folder string, imports int) {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	command.Env = append(os.Environ(), importsIn+"="+folder)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range imports {
		if !lines.Scan() {
			t.Fatalf("the process ended by itself: %v", command.Wait())
		}
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	command.Wait() // killed, which is its error
}

func importForever(t *testing.T, folder string) {
	c := node(t, files(t, folder))
	lists := []catalogues.AreaLists{{Areas: areaList(t, "Altdorf 09162001")}, {Areas: areaList(t, "Altdorf 09162001", "Neustadt 09162002")}}
	for i := 0; ; i++ {
		importAreas(t, c, lists[i%2])
		os.Stdout.WriteString("imported\n")
	}
}

func logTo(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func closeBlobs(t *testing.T, d data) {
	t.Helper()
	if err := d.blobs.(interface{ Close() error }).Close(); err != nil {
		t.Fatal(err)
	}
}
