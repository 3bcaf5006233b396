package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vierkant/vierkant/testenv"
)

// patience is more than anything here takes on a busy machine.
const patience = 2 * time.Minute

// process is the program while it runs.
type process struct {
	*exec.Cmd
	output output
	ended  chan struct{}
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// launch starts the program with variables beside those of this process.
func launch(t *testing.T, variables []string, arguments ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(program(t), arguments...), ended: make(chan struct{})}
	p.Env, p.Stdout, p.Stderr = append(os.Environ(), variables...), &p.output, &p.output
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.Wait()
	}()
	t.Cleanup(func() {
		p.Process.Kill()
		<-p.ended
	})
	return p
}

// await waits until the process has written text.
func (p *process) await(t *testing.T, text string) {
	t.Helper()
	limit := time.After(patience)
	for tick := time.Tick(10 * time.Millisecond); !strings.Contains(p.output.String(), text); {
		select {
		case <-tick:
		case <-p.ended:
			t.Fatalf("it ended, status %d, before it wrote %q:\n%s", p.ProcessState.ExitCode(), text, p.output.String())
		case <-limit:
			t.Fatalf("it did not write %q:\n%s", text, p.output.String())
		}
	}
}

// awaitEnd wants the process to end by itself with a status.
func (p *process) awaitEnd(t *testing.T, status int) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("it still runs:\n%s", p.output.String())
	}
	if got := p.ProcessState.ExitCode(); got != status {
		t.Fatalf("got %s, want exit status %d:\n%s", p.ProcessState, status, p.output.String())
	}
}

// world is a data folder on which "up" is started again and again.
type world struct {
	data string
	port int
}

func (w *world) up(t *testing.T, variables []string, flags ...string) *process {
	t.Helper()
	w.port = freePorts(t)
	p := launch(t, variables, append([]string{"up", "--data", w.data, "--port", fmt.Sprint(w.port)}, flags...)...)
	p.await(t, "Everything answers")
	return p
}

func (w *world) file() string { return filepath.Join(w.data, "world.json") }

// send sends an application, as a reader of the README would.
func (w *world) send(t *testing.T) (out string, status int) {
	t.Helper()
	return run(t, "send", "--world", w.file(), "--service", "99050012104000", "--ars", "147130000000",
		"--data", filepath.Join("..", "..", "testenv", "samples", "files", "kaffeeroesterei.json"))
}

// TestUp lives through several lives of one world.
func TestUp(t *testing.T) {
	t.Parallel()
	// Longer than the address of a socket may be: only the operator's socket is then missing.
	w := &world{data: filepath.Join(t.TempDir(), strings.Repeat("long", 30))}
	t.Run("first start", w.first)
	t.Run("on other ports", w.elsewhere)
	t.Run("an upload runs when it is told to stop", w.upload)
	t.Run("second signal", w.twice)
	t.Run("store fails", w.full)
}

func (w *world) first(t *testing.T) {
	p := w.up(t, nil, "--verbose")
	wantMemory(t, w.port+10, "1.073741824e+09")
	if !strings.Contains(p.output.String(), "no operator's socket") {
		t.Errorf("got no warning that the path is too long for a socket:\n%s", p.output.String())
	}
	if out, status := w.send(t); status != 0 {
		t.Fatalf("send: exit status %d:\n%s", status, out)
	}
	secrets := w.secrets(t)
	p.Process.Signal(os.Interrupt)
	p.awaitEnd(t, 0)
	for _, secret := range secrets {
		if strings.Contains(p.output.String(), secret) {
			t.Errorf("it wrote the secret %q:\n%s", secret, p.output.String())
		}
	}
	for _, want := range []string{"sender", "Stopping", "POST /submission-api/v2/submissions"} {
		if !strings.Contains(p.output.String(), want) {
			t.Errorf("got the output below, want %q in it:\n%s", want, p.output.String())
		}
	}
}

// secrets are those of the clients and, of each private key, the number that is nowhere else.
func (w *world) secrets(t *testing.T) []string {
	t.Helper()
	described, err := testenv.ReadWorld(w.file())
	if err != nil {
		t.Fatal(err)
	}
	test := described.Environments[0]
	all := []string{test.Sender.ClientSecret, test.Subscriber.ClientSecret}
	for _, d := range test.Destinations {
		for _, path := range []string{d.DecryptionKey, d.SigningKey} {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var key struct {
				D string `json:"d"`
			}
			if err := json.Unmarshal(raw, &key); err != nil || len(key.D) < 100 {
				t.Fatalf("%s: got %v, want a private key", path, err)
			}
			all = append(all, key.D)
		}
	}
	return all
}

// wantMemory reads the goal of the garbage collector.
func wantMemory(t *testing.T, port int, want string) {
	t.Helper()
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if got, found := strings.CutPrefix(lines.Text(), "go_gc_gomemlimit_bytes "); found {
			if got != want {
				t.Errorf("memory limit: got %s, want %s", got, want)
			}
			return
		}
	}
	t.Error("the metrics do not tell the memory limit")
}

func (w *world) elsewhere(t *testing.T) {
	p := w.up(t, []string{"GOMEMLIMIT=512MiB"})
	wantMemory(t, w.port+10, "5.36870912e+08")
	out, status := run(t, "route", "--world", w.file(), "--service", "99107023037000", "--ars", "147130000000")
	if status != 0 || !strings.Contains(out, "Wohngeldstelle") {
		t.Errorf("route: exit status %d:\n%s", status, out)
	}
	p.Process.Signal(os.Interrupt)
	p.awaitEnd(t, 0)
}

// twice interrupts while a request runs that would keep the process from ending, and again.
func (w *world) twice(t *testing.T) {
	p := w.up(t, nil)
	hang(t, w.port)
	p.Process.Signal(os.Interrupt)
	p.await(t, "Stopping")
	began := time.Now()
	for tick := time.Tick(50 * time.Millisecond); ; <-tick {
		p.Process.Signal(os.Interrupt)
		select {
		case <-p.ended:
		default:
			continue
		}
		break
	}
	const grace = 10 * time.Second
	if how := p.ProcessState.Sys().(syscall.WaitStatus); !how.Signaled() || time.Since(began) >= grace {
		t.Errorf("got %s after %s, want the second signal to end it at once", p.ProcessState, time.Since(began))
	}
}

// hang sends a request whose body never comes, and returns when it is waited for.
func hang(t *testing.T, port int) {
	t.Helper()
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	io.WriteString(c, "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n")
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("got %q, %v; want to be asked for the body", line, err)
	}
}

// full lets no file of the process grow any more, as a full disk does.
func (w *world) full(t *testing.T) {
	prlimit, err := exec.LookPath("prlimit")
	if err != nil {
		t.Skip("prlimit is not installed, by which a full disk is imitated")
	}
	p := w.up(t, nil)
	if out, err := exec.Command(prlimit, "--pid", fmt.Sprint(p.Process.Pid), "--fsize=4096").CombinedOutput(); err != nil {
		t.Skipf("prlimit: %v: %s", err, out)
	}
	if out, status := w.send(t); status != 3 {
		t.Errorf("send: got exit status %d, want 3, worth retrying:\n%s", status, out)
	}
	p.awaitEnd(t, 1)
	if out := p.output.String(); !strings.Contains(out, "vierkant: test: the store failed") {
		t.Errorf("got the output below, want that the store failed:\n%s", out)
	}
}

// TestServe runs one environment with a limit of memory.
func TestServe(t *testing.T) {
	t.Parallel()
	folder, port := t.TempDir(), freePorts(t)
	path := filepath.Join(folder, "serve.yaml")
	text := fmt.Sprintf("environment: reference\ndata: d\nlisten: 127.0.0.1:%d\nadmin: 127.0.0.1:%d\nmemory_limit: 512MiB\nbehind_proxy: true\ntrusted_proxies: [127.0.0.1]\n", port, port+1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t, nil, "serve", "--config", path)
	p.await(t, "answering")
	wantMemory(t, port+1, "5.36870912e+08")
	p.Process.Signal(syscall.SIGTERM)
	p.awaitEnd(t, 0)
}
