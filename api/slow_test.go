package api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// hurried is a surface with little patience for who does not move.
func hurried(grace time.Duration) func(*brokerConfig, *apiConfig) {
	return func(_ *brokerConfig, a *apiConfig) { a.Grace = grace }
}

// dial opens a connection of our own to the surface, on which a test is as slow as it wants, for at most 20 s.
func (w *world) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// begin sends the head of a request and the beginning of its body.
func (w *world) begin(t *testing.T, method, path string, who client, mediaType string, length int, part string) net.Conn {
	t.Helper()
	conn := w.dial(t)
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n", method, path, mediaType, length)
	if who.token != "" {
		fmt.Fprintf(conn, "Authorization: Bearer %s\r\n", who.token)
	}
	fmt.Fprintf(conn, "\r\n%s", part)
	return conn
}

// answered reads an answer.
func answered(t *testing.T, conn net.Conn) answer {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{t, resp.StatusCode, resp.Header, body, "a slow request"}
}

// Whoever announces a body and does not send it gets an answer all the same, whether anything reads that body or not.
func TestBodiesThatDoNotCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hurried(time.Second))
	attachment := broker.NewID[string]()
	ref := w.announce(w.active(), attachment)
	submission := "/submission-api/v2/submissions/" + ref.SubmissionID
	upload := submission + "/attachments/" + attachment
	jwe := sealed(t, "application/pdf", strings.Repeat("x", 200<<10))
	const json, jose = "application/json", "application/jose"
	for name, c := range map[string]struct {
		method, path string
		who          client
		mediaType    string
		length       int
		part         string
		status       int
		word         string
	}{
		"public, takes no body": {"GET", "/routing-api/v1/info", client{}, json, 10, "", 200, "version"},
		"no such path":          {"GET", "/x", client{}, json, 10, "x", 404, "not-found"},
		"nobody":                {"POST", "/submission-api/v2/submissions", client{}, json, 10, "", 401, "unauthorized"},
		"form":                  {"POST", "/token", client{}, formType, 10, "g", 400, "too slowly"},
		"document":              {"POST", "/submission-api/v2/submissions", w.sender, json, 10, "{", 400, "at least 64 KiB per second"},
		"small submit":          {"PUT", submission, w.sender, json, 10, "{", 400, "too slowly"},
		"large attachment":      {"PUT", upload, w.sender, jose, len(jwe), jwe[:100<<10], 400, "too slowly"},
		"small attachment":      {"PUT", upload, w.sender, jose, 1 << 10, "A", 400, "too slowly"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := answered(t, w.begin(t, c.method, c.path, c.who, c.mediaType, c.length, c.part))
			if a.want(t, c.status); !strings.Contains(string(a.body), c.word) {
				t.Errorf("got %s, want it to say %q", a.body, c.word)
			}
		})
	}
}

// Bodies without an end are cut off at the limit of their route, whatever it does with them.
func TestBodiesWithoutAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *brokerConfig, _ *apiConfig) { b.Limits.Attachment, b.Limits.Content = 100<<10, 100<<10 })
	attachment := broker.NewID[string]()
	ref, open := w.announce(w.active(), attachment), w.announce(w.active())
	const submissions, json, jose = "/submission-api/v2/submissions", "application/json", "application/jose"
	ciphertext := sealed(t, "application/pdf", strings.Repeat("x", 10<<10))[:10<<10]
	for name, c := range map[string]struct {
		method, path string
		who          client
		mediaType    string
		status       int
	}{
		"public, takes no body": {"GET", "/routing-api/v1/info", client{}, json, 200},
		"no such path":          {"GET", "/x", client{}, json, 404},
		"nobody":                {"POST", submissions, client{}, json, 401},
		"form":                  {"POST", "/token", client{}, formType, 400},
		"document":              {"POST", submissions, w.sender, json, 413},
		"submit":                {"PUT", submissions + "/" + open.SubmissionID, w.sender, json, 413},
		"attachment":            {"PUT", submissions + "/" + ref.SubmissionID + "/attachments/" + attachment, w.sender, jose, 413},
		"event":                 {"POST", "/submission-api/v2/cases/" + ref.CaseID + "/events", w.subscriber, jose, 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := w.dial(t)
			fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n", c.method, c.path, c.mediaType)
			if c.who.token != "" {
				fmt.Fprintf(conn, "Authorization: Bearer %s\r\n", c.who.token)
			}
			fmt.Fprintf(conn, "\r\n%x\r\n%s\r\n", len(ciphertext), ciphertext)
			cut := make(chan error)
			go func() { cut <- pour(conn) }()
			answered(t, conn).want(t, c.status)
			if err := <-cut; errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the server still takes the body")
			}
		})
	}
}

// pour sends chunks until somebody hangs up.
func pour(conn net.Conn) error {
	chunk := "1000\r\n" + strings.Repeat("A", 0x1000) + "\r\n"
	for {
		if _, err := io.WriteString(conn, chunk); err != nil {
			return err
		}
	}
}

// A server that stops waits for the requests that run, but not for ever for one whose body does not come.
func TestSlowBodyDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hurried(time.Second))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{}, 1)
	server := &http.Server{Handler: http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		w.handler.ServeHTTP(answer, r)
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	w.url = "http://" + listener.Addr().String()
	w.begin(t, http.MethodGet, "/routing-api/v1/info", client{}, "application/json", 10, "")
	<-asked
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// Whoever asks and asks and does not read the answers is hung up on.
func TestAnswersThatAreNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hurried(time.Second), func(_ *brokerConfig, a *apiConfig) { a.FairUse = unlimited() })
	conn := w.dial(t)
	requests := strings.Repeat("GET /routing-api/v1/info HTTP/1.1\r\nHost: x\r\n\r\n", 1000)
	for {
		_, err := io.WriteString(conn, requests)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("the server still holds the connection")
		}
		if err != nil {
			return
		}
	}
}

// A download that is not taken ends too, and neither it nor a fetch is a fault of ours.
func TestDownloadsThatAreNotRead(t *testing.T) {
	t.Parallel()
	over := make(chan string, 1)
	w := newWorld(t, hurried(time.Second), func(_ *brokerConfig, a *apiConfig) {
		a.Observe = func(route string, status int, _ time.Duration) {
			if strings.HasPrefix(route, "GET /submission-api/v2/submissions/:id") {
				over <- route
			}
		}
	})
	attachment := broker.NewID[string]()
	ref := w.announce(w.active(), attachment)
	w.upload(ref.SubmissionID, attachment, sealed(t, "application/pdf", strings.Repeat("x", 20<<20))).want(t, 204)
	w.submit(ref.SubmissionID, submitBody(t, sealed(t, "application/json", "{}"), sealed(t, "application/json", strings.Repeat("x", 20<<20)))).want(t, 200)
	path := "/submission-api/v2/submissions/" + ref.SubmissionID
	for _, path := range []string{path + "/attachments/" + attachment, path} {
		w.begin(t, http.MethodGet, path, w.subscriber, "", 0, "")
		select {
		case <-over:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s still runs", path)
		}
	}
	if strings.Contains(w.log.String(), `"level":"ERROR"`) {
		t.Errorf("got %s, want no fault", w.log.String())
	}
}

// A submission that there is not, or that is another's, costs nobody the memory that large bodies share.
func TestLargeSubmitIsLookedAtFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	ref, waiting := w.announce(destination), w.announce(destination, broker.NewID[string]())
	path := "/submission-api/v2/submissions/"
	part := `{"encryptedMetadata":"` + strings.Repeat("A", 100<<10)
	for name, c := range map[string]struct {
		id   string
		who  client
		code string
	}{
		"unknown":     {broker.NewID[string](), w.sender, "submission-not-found"},
		"another's":   {ref.SubmissionID, w.other, "submission-not-found"},
		"not its own": {ref.SubmissionID, w.subscriber, "forbidden"},
		"incomplete":  {waiting.SubmissionID, w.sender, "attachments-missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := answered(t, w.begin(t, http.MethodPut, path+c.id, c.who, "application/json", 60<<20, part))
			if a.status >= 500 || !strings.Contains(string(a.body), c.code) {
				t.Errorf("got %d %s, want %s", a.status, a.body, c.code)
			}
		})
	}
}

// One client, and all of them, send only so many large bodies at once; small ones and other clients go on.
func TestLargeUploadsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hurried(6*time.Second), func(_ *brokerConfig, a *apiConfig) { a.FairUse.Uploads, a.FairUse.ClientUploads = 2, 1 })
	destination, attachment := w.active(), broker.NewID[string]()
	announce := func(who client) string {
		body := announcement(t, destination, map[string]any{"announcedAttachments": []string{attachment}})
		var ref struct{ SubmissionID string }
		w.call(http.MethodPost, "/submission-api/v2/submissions", body, as(who)).want(t, 201).decode(&ref)
		return "/submission-api/v2/submissions/" + ref.SubmissionID + "/attachments/" + attachment
	}
	third := w.register(t.Context(), w.sender.org, broker.NewClient{Kind: broker.Sender})
	large, small := sealed(t, "application/pdf", strings.Repeat("x", 100<<10)), sealed(t, "application/pdf", "x")
	upload := func(who client, jwe string) answer {
		return w.call(http.MethodPut, announce(who), jwe, as(who), typed("application/jose"))
	}
	hold := func(who client) (finish func()) {
		conn := w.dial(t)
		fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/jose\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
			announce(who), who.token, len(large))
		in := bufio.NewReader(conn)
		line, err := in.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
			t.Fatalf("got %q, %v, want to be asked for the body", line, err)
		}
		in.ReadString('\n')
		return func() {
			io.WriteString(conn, large)
			if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 204") {
				t.Errorf("got %q, %v, want 204", line, err)
			}
		}
	}
	finish := hold(w.sender)
	a := upload(w.sender, large)
	if a.wantProblem(t, 429, "too-many-requests", "1 at a time"); a.header.Get("Retry-After") != "5" {
		t.Errorf("got Retry-After %q", a.header.Get("Retry-After"))
	}
	upload(w.sender, small).want(t, 204)
	upload(w.other, large).want(t, 204)
	finish()
	upload(w.sender, large).want(t, 204)

	finishFirst, finishSecond := hold(w.sender), hold(w.other)
	if a := upload(third, large); a.status != 503 || a.header.Get("Retry-After") != "5" || !strings.Contains(string(a.body), "busy") {
		t.Errorf("got %d %s %v", a.status, a.body, a.header)
	}
	finishFirst()
	upload(third, large).want(t, 204)
	finishSecond()
	if strings.Contains(w.log.String(), `"level":"ERROR"`) {
		t.Errorf("got %s, want no fault", w.log.String())
	}
}
