package main_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestReadme runs every block of the README that is marked as shell, in order, as a reader would: the one that starts the world in a
// terminal of its own, the others in a second one. Only the ports are free ones.
func TestReadme(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "make", "sed", "sha512sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the README's commands need %s, which is not installed", tool)
		}
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	linkSources(t, root, folder)
	world, script := shellBlocks(t, filepath.Join(root, "README.md"))
	port := freePorts(t)
	on := strings.NewReplacer("8080", fmt.Sprint(port), "8090", fmt.Sprint(port+10), "make\n", "")

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	startWorld(t, ctx, folder, on.Replace(world))
	reader := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", on.Replace(script))
	reader.Dir = folder
	out, err := reader.CombinedOutput()
	if err != nil {
		t.Fatalf("a command of the README failed: %v\n%s", err, out)
	}
	for _, want := range []string{
		"ready", "Gewerbeamt Musterland", "Submitted.", `"eventLog":["`, "All of it holds.", "is rejected, in a signed event", "is accepted. All ",
		"When will you open?", "is accepted, in a signed event that the other side can read", "is in force.", "accept-reply        signed by the authority",
		"Ada Beispiel, the person", "subscriber, manages", "client.registered", `"status":"active"`, "Nothing is in trouble", "Wohngeldstelle",
		"Published as revision 3", "Stadt Beispiel, Gewerbeamt answers", "Published as revision 4", "ok: reference.yaml can serve reference",
		"friday holds: test as it was", "event logs of all",
	} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("the output of the README's commands lacks %q:\n%s", want, out)
		}
	}
}

// linkSources makes a folder look like a clone in which make has run, without writing into this one.
func linkSources(t testing.TB, root, folder string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(folder, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{program(t): "bin/vierkant", filepath.Join(root, "testenv"): "testenv"} {
		if err := os.Symlink(from, filepath.Join(folder, to)); err != nil {
			t.Fatal(err)
		}
	}
}

// shellBlocks returns the block that starts the world, and all others one after the other.
func shellBlocks(t testing.TB, path string) (world, others string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)\n```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(block[1], "vierkant up") {
			world = block[1]
		} else {
			others += block[1] + "\n"
		}
	}
	if world == "" || others == "" {
		t.Fatal("the README has no shell blocks, or none that starts the world")
	}
	return world, others
}

// startWorld runs the block and waits for world.json.
func startWorld(t testing.TB, ctx context.Context, folder, block string) {
	t.Helper()
	var output bytes.Buffer
	up := exec.CommandContext(ctx, "bash", "-euc", strings.Replace(block, "bin/vierkant", "exec bin/vierkant", 1))
	up.Dir, up.Stdout, up.Stderr = folder, &output, &output
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- up.Wait() }()
	t.Cleanup(func() {
		up.Process.Signal(os.Interrupt)
		<-ended
	})
	file := filepath.Join(folder, "vierkant-data", "world.json")
	for tick := time.Tick(50 * time.Millisecond); ; {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the world ended: %v\n%s", err, output.String())
		case <-ctx.Done():
			t.Fatal("the world did not come up")
		case <-tick:
			if _, err := os.Stat(file); err == nil {
				return
			}
		}
	}
}

// freePorts returns a port such that it, the next two, and the three ten above are free, as far as one can know.
func freePorts(t testing.TB) int {
	t.Helper()
	for range 50 {
		first := listen(t, 0)
		port := first.Addr().(*net.TCPAddr).Port
		first.Close()
		if port < 65000 && allFree(port, port+1, port+2, port+10, port+11, port+12) {
			return port
		}
	}
	t.Fatal("no free ports")
	return 0
}

func listen(t testing.TB, port int) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func allFree(ports ...int) bool {
	for _, p := range ports {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}
