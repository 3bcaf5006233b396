package receiver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
)

// script writes a shell script.
func script(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// saved is a submission as a handler gets it, without a broker.
func saved(t testing.TB) receiver.Received {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "data.json"), []byte(`{"a":"<ü>"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ref := client.Ref{DestinationID: ours, SubmissionID: "f39ab143-d91a-474a-b69f-b00f1a1873c2", CaseID: "9eec7d3e-dc66-4f82-9f52-1520bf96a32e"}
	return receiver.Received{Ref: ref, Folder: folder, State: client.Submitted, Submission: &client.Fetched{
		Ref: ref, Service: "urn:de:fim:leika:leistung:99050012104000", Region: "DE05515", RawMetadata: []byte(`{"m":1}`),
		Data: client.ReceivedData{Content: []byte(`{"a":"<ü>"}`), MIMEType: "application/json", SchemaURI: "https://schema.example/a.json"},
		Attachments: []client.ReceivedAttachment{{
			AttachmentInfo: client.AttachmentInfo{ID: ours, Filename: "ä.pdf", MIMEType: "application/pdf"}, Path: folder + "/attachments/01-_.pdf", Size: 3,
		}},
	}}
}

// journal is a log that can be read.
type journal struct {
	mu      sync.Mutex
	out     bytes.Buffer
	changed chan struct{} // closed when something is written; nil if nobody waits
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
	return j.out.Write(p)
}

// count says how often a text is in the log, and returns a channel that is closed when there is more.
func (j *journal) count(text string) (int, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return strings.Count(j.out.String(), text), j.changed
}

// await waits until a text was logged so many times.
func (j *journal) await(t testing.TB, text string, times int) {
	t.Helper()
	enough := time.After(time.Minute)
	for {
		found, changed := j.count(text)
		if found >= times {
			return
		}
		select {
		case <-changed:
		case <-enough:
			t.Fatalf("%q was logged %d times, want %d", text, found, times)
		}
	}
}

func (j *journal) log() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func reject(problems ...string) string {
	return fmt.Sprint(receiver.Reject(client.Code(problems[0]).Problem(problems[1], problems[2])))
}

func TestProgramStatus(t *testing.T) {
	t.Parallel()
	const refused = "rejected by the receiving system"
	unknown := reject("technical-error", "other", refused)
	for name, tc := range map[string]struct {
		script string
		want   string // Decision as text; "later: " and a part of its error
		log    string
	}{
		"accepts":                               {"exit 0", fmt.Sprint(receiver.Accept()), ""},
		"does not read":                         {"exec 0<&-; exit 0", fmt.Sprint(receiver.Accept()), ""},
		"rejects":                               {`echo '{"code":"schema-violation","instance":"data","detail":"no"}'; exit 65`, reject("schema-violation", "data", "no"), ""},
		"rejects an attachment":                 {`echo '[{"code":"hash-mismatch","instance":"attachment:x","detail":""}]'; exit 65`, reject("hash-mismatch", "attachment:x", ""), ""},
		"rejects without instance":              {`echo '{"code":"unsupported-service"}'; exit 65`, reject("unsupported-service", "other", ""), ""},
		"rejects without reason":                {"exit 65", unknown, ""},
		"rejects with no reasons":               {"echo '[]'; exit 65", unknown, ""},
		"rejects with a text":                   {"echo no; exit 65", "later: cannot be read", ""},
		"rejects with half of its reasons":      {`echo '[{"code":"schema-violation"'; exit 65`, "later: cannot be read", ""},
		"rejects endlessly":                     {"head -c 100000 /dev/zero | tr '\\0' '['; exit 65", "later: at most 65536", ""},
		"rejects with a code that nobody knows": {`echo '{"code":"dislike","instance":"data"}'; exit 65`, "later: dislike", ""},
		"rejects with a strange instance":       {`echo '{"code":"hash-mismatch","instance":"page 3"}'; exit 65`, "later: page 3", ""},
		"later":                                 {"exit 75", "later: exit status 75", ""},
		"fails":                                 {"exit 1", "later: exit status 1", ""},
		"is killed":                             {"kill -9 $$", "later: killed", ""},
		"says why":                              {"echo the register >&2; printf 'is closed' >&2; exit 1", "later: exit status 1", "is closed"},
		"says a lot":                            {"head -c 200000 /dev/zero | tr '\\0' 'x' >&2; exit 0", fmt.Sprint(receiver.Accept()), "more than is logged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j journal
			got := fmt.Sprint(receiver.Program([]string{script(t, tc.script)}, receiver.InputDocument, time.Minute, j.log())(context.Background(), saved(t)))
			if reason, later := strings.CutPrefix(tc.want, "later: "); later {
				if !strings.Contains(got, reason) {
					t.Errorf("got %s, want later because of %s", got, reason)
				}
			} else if got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if !strings.Contains(j.out.String(), tc.log) {
				t.Errorf("log: %s, want %s", j.out.String(), tc.log)
			}
		})
	}
	for name, argv := range map[string][]string{"none": nil, "one that is not there": {"/nowhere/program"}} {
		got := fmt.Sprint(receiver.Program(argv, receiver.InputDocument, 0, nil)(context.Background(), saved(t)))
		if !strings.Contains(got, "program") {
			t.Errorf("%s: got %s, want later", name, got)
		}
	}
}

// TestProgramInput: what a program is told, by environment, last argument and standard input.
func TestProgramInput(t *testing.T) {
	t.Setenv("VIERKANT_CLIENT_SECRET", "secret")
	r := saved(t)
	out := t.TempDir()
	path := script(t, `cat > `+out+`/stdin; env > `+out+`/env; echo "$@" > `+out+`/args`)
	for input, want := range map[receiver.Input]string{receiver.InputData: `{"a":"<ü>"}`, receiver.InputDocument: `"content":{"a":"<ü>"}`} {
		receiver.Program([]string{path, "first"}, input, 0, nil)(context.Background(), r)
		stdin, err := os.ReadFile(out + "/stdin")
		if err != nil || !strings.Contains(string(stdin), want) {
			t.Errorf("%v, stdin %s, want %s in it", err, stdin, want)
		}
		var document receiver.Document
		if input == receiver.InputDocument && (json.Unmarshal(stdin, &document) != nil || document.Ref != r.Ref ||
			document.Attachments[0].Path != r.Submission.Attachments[0].Path || string(document.Metadata) != `{"m":1}`) {
			t.Errorf("document %s, want ids, metadata and the path of the attachment", stdin)
		}
	}
	if args, err := os.ReadFile(out + "/args"); err != nil || string(args) != "first "+r.Folder+"\n" {
		t.Errorf("%v, arguments %s, want the folder as last", err, args)
	}
	raw, err := os.ReadFile(out + "/env")
	if err != nil {
		t.Fatal(err)
	}
	var own []string
	for _, line := range strings.Split(string(raw), "\n") {
		if strings.HasPrefix(line, "VIERKANT_") {
			own = append(own, line)
		}
	}
	slices.Sort(own)
	want := []string{
		"VIERKANT_CASE=" + string(r.CaseID), "VIERKANT_DATA=" + r.Folder + "/data.json", "VIERKANT_DATA_TYPE=application/json",
		"VIERKANT_DESTINATION=" + ours, "VIERKANT_FOLDER=" + r.Folder, "VIERKANT_FORWARDED=false", "VIERKANT_REGION=DE05515",
		"VIERKANT_SERVICE=" + r.Submission.Service, "VIERKANT_SUBMISSION=" + string(r.SubmissionID),
	}
	if !slices.Equal(own, want) {
		t.Errorf("environment %q, want %q", own, want)
	}
}

// TestDocumentXML: XML is a text, unless it is in an encoding that JSON cannot carry.
func TestDocumentXML(t *testing.T) {
	t.Parallel()
	r := saved(t)
	r.Submission.Data.MIMEType = "application/xml"
	for content, want := range map[string]any{"<a>ü</a>": "<a>ü</a>", "<a>\xfc</a>": nil} {
		r.Submission.Data.Content = []byte(content)
		if got := receiver.NewDocument(r).Data; got.Content != want || got.Path != filepath.Join(r.Folder, "data.xml") {
			t.Errorf("%q: content %v at %s, want %v", content, got.Content, got.Path, want)
		}
	}
	r.Submission.Data = client.ReceivedData{}
	if got := receiver.NewDocument(r).Data; got != nil {
		t.Errorf("without data: %v, want none", got)
	}
}

// TestProgramIsKilled: with everything it started, when its time is over and when the receiver stops.
func TestProgramIsKilled(t *testing.T) {
	t.Parallel()
	for name, timeout := range map[string]time.Duration{"timeout": 300 * time.Millisecond, "stop": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			fifo := filepath.Join(t.TempDir(), "fifo")
			if err := syscall.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
			// The grandchild holds the pipe open until it dies.
			path := script(t, `sleep 600 > `+fifo+` & wait`)
			died := make(chan error, 1)
			go func() {
				_, err := os.ReadFile(fifo) // opened when the grandchild is there, ends when it is not any more
				died <- err
			}()
			if name == "stop" {
				time.AfterFunc(300*time.Millisecond, cancel)
			}
			got := fmt.Sprint(receiver.Program([]string{path}, receiver.InputData, timeout, nil)(ctx, saved(t)))
			if !strings.Contains(got, "killed after") && !strings.Contains(got, "stopped") {
				t.Errorf("got %s, want later", got)
			}
			select {
			case err := <-died:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(time.Minute):
				t.Error("what the program started lives on")
			}
		})
	}
}

// TestProgramLeavesNothing: what it started and did not wait for is killed when it ends.
func TestProgramLeavesNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	fifo := filepath.Join(folder, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := os.ReadFile(fifo)
		ended <- err
	}()
	path := script(t, `cd `+folder+`
(touch ready; exec sleep 600) > fifo 2>&1 < /dev/null &
while ! test -e ready; do :; done`)
	if got := fmt.Sprint(receiver.Program([]string{path}, receiver.InputData, time.Minute, nil)(context.Background(), saved(t))); got != "accept" {
		t.Errorf("got %s, want accept", got)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("what the program left lives on")
	}
}

// TestProgramStillRuns: one that an earlier process started holds the folder's lock, and no second one is started beside it.
func TestProgramStillRuns(t *testing.T) {
	t.Parallel()
	r := saved(t)
	earlier, err := os.Open(r.Folder)
	if err != nil {
		t.Fatal(err)
	}
	defer earlier.Close()
	if err := syscall.Flock(int(earlier.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	ran := filepath.Join(t.TempDir(), "ran")
	handle := receiver.Program([]string{script(t, `: > `+ran+`; exec 4<&3`)}, receiver.InputData, time.Minute, nil) // 3 is the lock
	if got := fmt.Sprint(handle(context.Background(), r)); !strings.Contains(got, "still runs") || isThere(ran) {
		t.Errorf("got %s, started %v, want later, not started", got, isThere(ran))
	}
	if err := syscall.Flock(int(earlier.Fd()), syscall.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(handle(context.Background(), r)); got != "accept" {
		t.Errorf("got %s, want accept once the other one ended", got)
	}
	if files, err := os.ReadDir(r.Folder); err != nil || len(files) != 1 {
		t.Errorf("%v, %v in the folder, want nothing new", err, files)
	}
}

// testProgram goes all the way, from the sender to a program and back.
func testProgram(t *testing.T, b *broker) {
	path := script(t, `grep -q Kaffee "$VIERKANT_DATA" || exit 1
test -f "$1/report.jws" || exit 1
test "$VIERKANT_FOLDER" = "$1" || exit 1
echo '[{"code":"unsupported-service","instance":"metadata","detail":"elsewhere"},{"code":"technical-error"}]'
exit 65`)
	s, id := b.start(func(c *receiver.Config) {
		c.Listener = listen(t)
		c.Handle = receiver.Program([]string{path}, receiver.InputDocument, time.Minute, nil)
	})
	receipt := b.send(business(t), id)
	if r := s.wait(t, receipt.SubmissionID); r.State != client.Rejected || len(r.Problems) != 2 || r.Problems[0].Detail != "elsewhere" {
		t.Errorf("state %s with %v, want rejected with two problems", r.State, r.Problems)
	}
}
