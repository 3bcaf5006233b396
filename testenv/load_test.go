package testenv_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// TestMain lets the test binary be a plain server in a process of its own, for benchmarks to stand beside.
func TestMain(m *testing.M) {
	if folder := os.Getenv(plainFolder); folder != "" {
		if err := servePlain(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// buildProgram builds the real binary, without -trimpath: so it needs nothing compiled that the tests have not compiled anyway.
func buildProgram(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "vierkant")
	build := exec.Command("go", "build", "-o", path, "github.com/vierkant/vierkant/cmd/vierkant")
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", build, err, out)
	}
	return path
}

// program is the binary in a process of its own: "up", or a node that does "serve". It keeps its port over restarts, since its URL may be
// the issuer of events.
type program struct {
	binary, data string
	port         int
	args         []string
	answering    string // what it says when everything answers

	cmd    *exec.Cmd
	ended  chan struct{} // closed when the process has ended
	output *bytes.Buffer // read after that
}

// startProgram starts "up" on a free block of ports. The caller kills it in the end.
func startProgram(tb testing.TB, binary string) (*program, testenv.World) {
	tb.Helper()
	p := &program{binary: binary, data: tb.TempDir(), answering: "Everything answers"}
	tb.Cleanup(func() { p.kill() })
	for range 10 {
		p.port = freeBlock(tb)
		p.args = []string{"up", "--data", p.data, "--port", fmt.Sprint(p.port), "--allow-http-callbacks"}
		world, err := p.start()
		if err == nil {
			return p, world
		}
		if !strings.Contains(err.Error(), "address already in use") {
			tb.Fatal(err)
		}
	}
	tb.Fatal("no free block of ports")
	return nil, testenv.World{}
}

// freeBlock finds a port that is free together with those that "up" takes beside it. It looks below the ports that systems give to
// connections, any of which could take one while the program is down.
func freeBlock(tb testing.TB) int {
	tb.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(10_000)
		if free(port, port+1, port+2, port+10, port+11, port+12) {
			return port
		}
	}
	tb.Fatal("no free block of ports")
	return 0
}

func free(ports ...int) bool {
	for _, port := range ports {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return false
		}
		defer l.Close()
	}
	return true
}

// start is begin for "up"; it returns what that tells of itself.
func (p *program) start() (testenv.World, error) {
	if err := p.begin(); err != nil {
		return testenv.World{}, err
	}
	return testenv.ReadWorld(filepath.Join(p.data, "world.json"))
}

// begin returns when everything answers: the program says so.
func (p *program) begin() error {
	answers, err := p.launch()
	if err != nil {
		return err
	}
	if <-answers {
		return nil
	}
	<-p.ended
	return fmt.Errorf("vierkant %s ended: %s\n%s", p.args[0], p.cmd.ProcessState, p.output)
}

// launch starts the process. The channel tells, once, that everything answers, or that the process has ended before.
func (p *program) launch() (<-chan bool, error) {
	p.cmd = exec.Command(p.binary, p.args...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stderr = p.cmd.Stdout
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.ended, p.output = make(chan struct{}), new(bytes.Buffer)
	answers := make(chan bool, 1)
	go func() {
		defer close(p.ended)
		answers <- waitFor(io.TeeReader(out, p.output), p.answering)
		io.Copy(p.output, out)
		p.cmd.Wait()
	}()
	return answers, nil
}

// waitFor reads lines until one contains text.
func waitFor(r io.Reader, text string) bool {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if strings.Contains(lines.Text(), text) {
			return true
		}
	}
	return false
}

// kill ends the process without a warning (SIGKILL) and returns when it is gone.
func (p *program) kill() {
	if p.ended == nil {
		return
	}
	p.strike()
	<-p.ended
}

// lastWords is the end of what a program that has ended said, without the lines about requests.
func (p *program) lastWords() string {
	if p.ended == nil {
		return ""
	}
	var said []string
	for line := range strings.Lines(p.output.String()) {
		if !strings.Contains(line, `"msg":"request"`) {
			said = append(said, line)
		}
	}
	return strings.Join(said[max(0, len(said)-20):], "")
}

// strike kills without waiting.
func (p *program) strike() { p.cmd.Process.Kill() }

// startAndStrike kills the process so soon after its start that it may not answer yet.
func (p *program) startAndStrike(after time.Duration) error {
	if _, err := p.launch(); err != nil {
		return err
	}
	time.AfterFunc(after, p.strike)
	<-p.ended
	return nil
}

// adminURL is where the metrics of test are.
func (p *program) adminURL() string { return fmt.Sprintf("http://127.0.0.1:%d", p.port+10) }

// caller makes requests as one API client.
type caller struct {
	http  *http.Client
	base  string // of the Submission API, second generation
	token string
}

// logIn fetches a token for a client of an environment.
func logIn(ctx context.Context, http *http.Client, env testenv.Environment, as *node.Credentials) (caller, error) {
	c := caller{http: http, base: env.SubmissionURL + "/v2"}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {as.ClientID}, "client_secret": {as.ClientSecret}}
	raw, err := c.call(ctx, "POST", env.TokenURL, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), 200)
	if err != nil {
		return c, err
	}
	var answer wire.Token
	err = json.Unmarshal(raw, &answer)
	c.token = answer.AccessToken
	return c, err
}

// refusal is an answer with another status than was expected.
type refusal struct {
	request string
	status  int
	body    []byte
}

func (r *refusal) Error() string { return fmt.Sprintf("%s: %d %s", r.request, r.status, r.body) }

// noAnswerError means that nobody knows what became of a request.
type noAnswerError struct{ error }

// call makes a request and returns the body of the answer, whose status must be as expected, else it is a *refusal. Without an answer it
// is a noAnswerError. An address without scheme is below the Submission API.
func (c caller) call(ctx context.Context, method, address, contentType string, body io.Reader, want int) ([]byte, error) {
	response, err := c.do(ctx, method, address, contentType, body)
	if err != nil {
		return nil, noAnswerError{err}
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, noAnswerError{err}
	}
	if response.StatusCode != want {
		return nil, &refusal{method + " " + address, response.StatusCode, raw}
	}
	return raw, nil
}

func (c caller) do(ctx context.Context, method, address, contentType string, body io.Reader) (*http.Response, error) {
	if strings.HasPrefix(address, "/") {
		address = c.base + address
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	if sized, ok := body.(interface{ Size() int64 }); ok {
		request.ContentLength = sized.Size()
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.http.Do(request)
}

// announce opens a submission in a new case.
func (c caller) announce(ctx context.Context, at testenv.Destination, attachments ...string) (ref wire.SubmissionRef, err error) {
	raw, err := c.call(ctx, "POST", "/submissions", jsonType, bytes.NewReader(announcement(at, attachments)), 201)
	if err != nil {
		return ref, err
	}
	return ref, json.Unmarshal(raw, &ref)
}

const (
	jsonType = "application/json"
	joseType = "application/jose"
)

func announcement(at testenv.Destination, attachments []string) []byte {
	return asJSON(wire.AnnounceV2{
		DestinationID: at.ID, Region: at.Region, AnnouncedAttachments: append([]string{}, attachments...),
		PublicService: wire.PublicService{Name: "Gewerbeanmeldung", Identifier: at.Service},
	})
}

// asJSON encodes what cannot fail to encode.
func asJSON(v any) []byte {
	raw, _ := json.Marshal(v)
	return raw
}

// envelope makes sealed parts that nobody can open: the form is right, the content random. The broker sees no difference.
type envelope struct{ front, back string }

// newEnvelope returns what stands before and behind the ciphertext. The tag is different each time.
func newEnvelope(kid string, random *rand.ChaCha8) envelope {
	header := fmt.Sprintf(`{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":%q,"cty":"application/json"}`, kid)
	front := []string{base64.RawURLEncoding.EncodeToString([]byte(header)), text(random, 512), text(random, 12), ""}
	return envelope{strings.Join(front, "."), "." + text(random, 16)}
}

// newRandom returns bytes that are the same each time.
func newRandom() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{}) }

// text returns n random bytes in base64url.
func text(random *rand.ChaCha8, n int) string {
	raw := make([]byte, n)
	random.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// sealed returns a part of at most size bytes, and at least size-3.
func sealed(kid string, random *rand.ChaCha8, size int) []byte {
	e := newEnvelope(kid, random)
	room := max(size-len(e.front)-len(e.back), 0)
	return []byte(e.front + text(random, room/4*3) + e.back)
}

// tagOf returns the authentication tag of a sealed part.
func tagOf(part []byte) string { return string(part[bytes.LastIndexByte(part, '.')+1:]) }

// readKey reads a private key of a world.
func readKey(path string) (key keys.Private, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return key, err
	}
	return keys.ParsePrivate(raw)
}

// newClient returns an HTTP client that keeps so many connections open.
func newClient(connections int) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			MaxIdleConns: connections, MaxIdleConnsPerHost: connections, IdleConnTimeout: time.Minute,
			WriteBufferSize: 64 << 10, ReadBufferSize: 64 << 10, DisableCompression: true,
		},
	}
}

// unanswered reports whether a request got no answer.
func unanswered(err error) bool {
	var lost noAnswerError
	return errors.As(err, &lost)
}

// answered reports whether the server has answered that it does not do it now: 503, which may be done all the same, or 429.
func answered(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == status
}
