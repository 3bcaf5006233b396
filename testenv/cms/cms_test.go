package cms_test

import (
	"context"
	"crypto/sha512"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/testenv/cms"
	"github.com/vierkant/vierkant/testenv/samples"
)

// wait is longer than anything here takes, so that a broken test ends.
func wait(t *testing.T, s *cms.CMS, id client.SubmissionID) cms.Received {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := s.Wait(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCMS runs against a real broker, each part with a destination of its own.
func TestCMS(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	for name, test := range map[string]func(*testing.T, *broker){
		"callback": testCallback, "polling": testPolling, "reject": testReject, "lost answer": testLostAnswer, "unsound": testUnsound,
		"leave": testLeave, "forward": testForward,
	} {
		t.Run(name, func(t *testing.T) {
			test(t, &broker{t: t, node: b.node, made: b.made})
		})
	}
}

// testCallback: told by callback, kept on disk before it is accepted, seen by the sender; a second look finds nothing new.
func testCallback(t *testing.T, b *broker) {
	folder := t.TempDir()
	kept := false
	s, id := b.start(func(c *cms.Config) {
		c.Listener, c.Folder = listen(t), folder
		c.Decide = func(r cms.Received) cms.Decision {
			_, err := os.Stat(filepath.Join(r.Folder, "data.json"))
			kept = err == nil && strings.HasPrefix(r.Folder, folder)
			return cms.Accept()
		}
	})
	sample := business(t)
	receipt := b.send(sample, id)
	r := wait(t, s, receipt.SubmissionID)
	if !r.Callback || r.Outcome != client.Accepted || r.Ref != receipt.Ref || !kept {
		t.Errorf("received %+v, kept before %v, want accepted, by callback, kept before", r.Ref, kept)
	}
	if sha512.Sum512(r.Submission.Data.Content) != sha512.Sum512(sample.Data.Content) || len(r.Submission.Attachments) != 2 {
		t.Error("the submission is not the sample")
	}
	for path, want := range map[string][]byte{
		"data.json": sample.Data.Content, "attachments/01-kaffeeroesterei-antrag.pdf": sample.Documents[0].Content,
		"attachments/02-kaffeeroesterei-ausweis.pdf": sample.Documents[1].Content, "metadata.json": r.Submission.RawMetadata,
	} {
		if got, err := os.ReadFile(filepath.Join(r.Folder, path)); err != nil || string(got) != string(want) {
			t.Errorf("%s: %v, want what was sent", path, err)
		}
		if info, err := os.Stat(filepath.Join(r.Folder, path)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v, want mode 0600", path, info, err)
		}
	}
	log, err := b.client(b.made.Sender).Sender().Events(context.Background(), receipt)
	if err != nil || log.State(receipt.SubmissionID) != client.Accepted {
		t.Errorf("the sender's log: %v, state %s, want accepted", err, log.State(receipt.SubmissionID))
	}
	if got := s.Received(); len(got) != 1 {
		t.Errorf("received %d times, want once", len(got))
	}
}

// testPolling: what came before the CMS was there is found without callback.
func testPolling(t *testing.T, b *broker) {
	var asked []client.SubmissionID
	s, id := b.start(func(c *cms.Config) {
		c.Poll = 20 * time.Millisecond
		c.Decide = func(r cms.Received) cms.Decision { asked = append(asked, r.SubmissionID); return cms.Accept() }
	})
	one, two := b.send(business(t), id), b.send(business(t), id)
	for _, receipt := range []client.Receipt{one, two} {
		if r := wait(t, s, receipt.SubmissionID); r.Callback || r.Outcome != client.Accepted || r.Folder != "" {
			t.Errorf("received %+v, want accepted, by polling, in memory", r)
		}
	}
	if len(asked) != 2 || len(s.Received()) != 2 {
		t.Errorf("decided %d, received %d, want 2 of each", len(asked), len(s.Received()))
	}
}

// testReject: the sender sees the coded problem.
func testReject(t *testing.T, b *broker) {
	problem := client.TechnicalError.Problem(client.Elsewhere, "Der Ort der Betriebsstätte liegt nicht in unserer Zuständigkeit")
	s, id := b.start(func(c *cms.Config) {
		c.Listener = listen(t)
		c.Decide = func(cms.Received) cms.Decision { return cms.Reject(problem) }
	})
	sample, err := samples.BusinessXML()
	if err != nil {
		t.Fatal(err)
	}
	receipt := b.send(sample, id)
	if r := wait(t, s, receipt.SubmissionID); r.Outcome != client.Rejected || len(r.Problems) != 1 || r.Submission.Data.MIMEType != "application/xml" {
		t.Errorf("received %+v, want rejected XML", r)
	}
	log, err := b.client(b.made.Sender).Sender().Events(context.Background(), receipt)
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, e := range log {
		told = told || len(e.Payload.Problems) == 1 && e.Payload.Problems[0] == problem
	}
	if log.State(receipt.SubmissionID) != client.Rejected || !told {
		t.Errorf("the log ends as %s, told %v, want rejected with the problem", log.State(receipt.SubmissionID), told)
	}
}

// testLostAnswer: an acceptance whose answer was lost is found in the log, not posted or decided again.
func testLostAnswer(t *testing.T, b *broker) {
	// The answer to the acceptance is lost, and those to the four looks into the log that follow, until the client gives up. Polling
	// comes back to it.
	posted, decided := false, 0
	loser := &lossy{times: 5, fits: func(r *http.Request) bool {
		isEvent := strings.HasSuffix(r.URL.Path, "/events")
		posted = posted || isEvent && r.Method == http.MethodPost
		return posted && isEvent
	}}
	s, id := b.start(func(c *cms.Config) {
		c.Poll = 20 * time.Millisecond
		c.Client.HTTP = &http.Client{Transport: loser}
		c.Client.Wait = func(context.Context, time.Duration) error { return nil }
		c.Decide = func(cms.Received) cms.Decision { decided++; return cms.Accept() }
	})
	receipt := b.send(business(t), id)
	if r := wait(t, s, receipt.SubmissionID); r.Outcome != client.Accepted || decided != 1 {
		t.Errorf("outcome %s after %d decisions, want accepted after 1", r.Outcome, decided)
	}
	log, err := b.client(b.made.Sender).Sender().Events(context.Background(), receipt)
	if err != nil || log.State(receipt.SubmissionID) != client.Accepted {
		t.Errorf("the sender's log: %v, want accepted", err)
	}
	if loser.lost != 5 {
		t.Errorf("%d answers were lost, want 5: the test did not go where it should", loser.lost)
	}
}

// testUnsound: what does not pass the checks is rejected with its problems, and nobody is asked.
func testUnsound(t *testing.T, b *broker) {
	s, id := b.start(func(c *cms.Config) {
		c.Listener = listen(t)
		c.Decide = func(cms.Received) cms.Decision { t.Error("Decide was asked"); return cms.Accept() }
	})
	manager, err := b.client(b.made.Subscriber).Manager()
	if err != nil {
		t.Fatal(err)
	}
	a := application(business(t), id)
	// The client sends nothing unsound. So the destination stops offering the metadata version while the application is on its way:
	// when the attachment is read again, everything was checked.
	open, opened := a.Attachments[0].Open, 0
	a.Attachments[0].Open = func() (io.ReadCloser, error) {
		if opened++; opened == 2 {
			if _, err := manager.Patch(context.Background(), id, map[string]any{"metadataVersions": []string{"1.0.0"}}); err != nil {
				return nil, err
			}
		}
		return open()
	}
	receipt, err := b.client(b.made.Sender).Sender().Send(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	r := wait(t, s, receipt.SubmissionID)
	if r.Submission != nil || r.Outcome != client.Rejected || len(r.Problems) != 1 || !strings.HasSuffix(r.Problems[0].Type, string(client.UnsupportedSchema)) {
		t.Errorf("received %+v, want a rejection for the metadata version and no content", r)
	}
}

func testLeave(t *testing.T, b *broker) {
	s, id := b.start(func(c *cms.Config) {
		c.Listener = listen(t)
		c.Decide = func(cms.Received) cms.Decision { return cms.Leave() }
	})
	receipt := b.send(business(t), id)
	if r := wait(t, s, receipt.SubmissionID); r.Outcome != client.Submitted {
		t.Errorf("outcome %s, want submitted", r.Outcome)
	}
	if waiting := b.waiting(id); waiting != 1 {
		t.Errorf("%d submissions wait, want 1", waiting)
	}
}

func testForward(t *testing.T, b *broker) {
	s, id := b.start(func(c *cms.Config) {
		c.Listener = listen(t)
		c.Decide = func(cms.Received) cms.Decision { return cms.Forward() }
	})
	receipt := b.send(business(t), id)
	if r := wait(t, s, receipt.SubmissionID); r.Outcome != client.Forwarded {
		t.Errorf("outcome %s, want forwarded", r.Outcome)
	}
}

// waiting says how many submissions the broker holds for a destination.
func (b *broker) waiting(id client.DestinationID) int {
	b.t.Helper()
	subscriber, err := b.client(b.made.Subscriber).Subscriber(map[client.DestinationID]client.Keys{id: privateKeys(b.t)})
	if err != nil {
		b.t.Fatal(err)
	}
	_, total, err := subscriber.List(context.Background(), id, client.Page{})
	if err != nil {
		b.t.Fatal(err)
	}
	return total
}
