package interop_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

const required = "VIERKANT_INTEROP" // "required": a missing language is a failure

// patience bounds the life of one script.
const patience = 3 * time.Minute

// The two keys of the tests. Each costs a second.
var (
	sealing = sync.OnceValue(func() keys.Private { return generate(keys.Encryption) })
	signing = sync.OnceValue(func() keys.Private { return generate(keys.Signature) })
)

func generate(use keys.Use) keys.Private {
	key, err := keys.Generate(use, "Prüfstelle", time.Now(), time.Hour)
	if err != nil {
		panic(err)
	}
	return key
}

// peer is a running script. It does one job at a time.
type peer struct {
	language
	folder  string
	files   int
	keys    map[string]string // file of each JWK: scripts remember what they have read and checked
	jobs    io.Writer
	answers *bufio.Reader
}

// start runs the script of l until the end of the test.
func start(t *testing.T, l language) *peer {
	t.Helper()
	needInstalled(t, l)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	command := exec.CommandContext(ctx, l.start[0], l.start[1:]...)
	command.Stderr = os.Stderr
	jobs, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer cancel()
		_ = jobs.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("script of %s: %v", l.name, err)
		}
	})
	return &peer{language: l, folder: t.TempDir(), keys: map[string]string{}, jobs: jobs, answers: bufio.NewReader(answers)}
}

// needInstalled skips the test, or fails it where that was asked for, when the language or its library is missing.
func needInstalled(t *testing.T, l language) {
	t.Helper()
	must := os.Getenv(required) == "required"
	if _, err := os.Stat(l.start[1]); err != nil { // and so the result that go test keeps depends on the script
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	said, err := exec.CommandContext(ctx, l.probe[0], l.probe[1:]...).CombinedOutput()
	if err == nil {
		return
	}
	if must {
		t.Fatalf("%s with its JOSE library must be there (%v: %.300s); install: %s", l.name, err, said, toInstall)
	}
	t.Skipf("needs %s with its JOSE library (%v); install: %s", l.name, err, toInstall)
}

// errLacks is the answer to a command that the library does not allow to do.
var errLacks = errors.New("lacks it")

// do has one job done and returns what it made. The error is what the script said.
func (p *peer) do(t *testing.T, command, key, parameter string, source []byte) ([]byte, error) {
	t.Helper()
	p.files++
	target := filepath.Join(p.folder, fmt.Sprintf("%d.out", p.files))
	if err := p.ask(t, command, key, parameter, p.write(t, source), target); err != nil {
		return nil, err
	}
	made, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	return made, nil
}

// must is do for what has to succeed.
func (p *peer) must(t *testing.T, command, key, parameter string, source []byte) []byte {
	t.Helper()
	made, err := p.do(t, command, key, parameter, source)
	if err != nil {
		t.Fatalf("%s of %s: %v", command, p.name, err)
	}
	return made
}

// refuses expects that a job fails, and that the script did the failing.
func (p *peer) refuses(t *testing.T, command, key string, source []byte) {
	t.Helper()
	made, err := p.do(t, command, key, "-", source)
	if err == nil {
		t.Errorf("%s of %s: got %.40q, want a refusal", command, p.name, made)
	}
	if errors.Is(err, errLacks) {
		t.Errorf("%s of %s: %v", command, p.name, err)
	}
}

func (p *peer) ask(t *testing.T, job ...string) error {
	t.Helper()
	if _, err := fmt.Fprintln(p.jobs, strings.Join(job, " ")); err != nil {
		t.Fatal(err)
	}
	line, err := p.answers.ReadString('\n')
	if err != nil {
		t.Fatalf("no answer to %q from %s: %v", job, p.name, err)
	}
	verdict, why, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch verdict {
	case "done":
		return nil
	case "lacks":
		return fmt.Errorf("%w: %s", errLacks, why)
	case "refused":
		return errors.New(why)
	}
	t.Fatalf("answer to %q from %s: got %q", job, p.name, line)
	return nil
}

// write keeps bytes in a new file.
func (p *peer) write(t *testing.T, content []byte) string {
	t.Helper()
	p.files++
	path := filepath.Join(p.folder, fmt.Sprint(p.files))
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// file returns the name of a file with the key as a JWK. The public half of a [keys.Private] is its field Public.
func (p *peer) file(t *testing.T, key json.Marshaler) string {
	t.Helper()
	jwk, err := key.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, written := p.keys[string(jwk)]; !written {
		p.keys[string(jwk)] = p.write(t, jwk)
	}
	return p.keys[string(jwk)]
}
