package receiver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
	"github.com/vierkant/vierkant/crypto/keys"
)

// notFound answers so many fitting requests with 404, as a gateway does while what is behind it is replaced.
type notFound struct {
	mu    sync.Mutex
	times int
	fits  func(*http.Request) bool
}

func (n *notFound) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	answers := n.times > 0 && n.fits(r)
	if answers {
		n.times--
	}
	n.mu.Unlock()
	if !answers {
		return http.DefaultTransport.RoundTrip(r)
	}
	return &http.Response{
		StatusCode: http.StatusNotFound, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("no such service")), Request: r, ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

func (n *notFound) set(times int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.times = times
}

func readsLog(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/events")
}

func getsSubmission(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/v2/submissions/")
}

func getsAttachment(r *http.Request) bool {
	return getsSubmission(r) && strings.Contains(r.URL.Path, "/attachments/")
}

func getsAnything(r *http.Request) bool { return readsLog(r) || getsSubmission(r) }

// testNotFound: what the broker names is taken in the end, whatever was not found for a moment. Only an attachment that stays away
// is the sender's fault.
func testNotFound(t *testing.T, b *broker) {
	const forever = 1 << 30
	for name, tc := range map[string]struct {
		fits  func(*http.Request) bool
		times int
		want  client.State
	}{
		"submission":           {getsSubmission, 1, client.Accepted},
		"submission, often":    {getsSubmission, 5, client.Accepted},
		"log":                  {readsLog, 3, client.Accepted},
		"everything":           {getsAnything, 6, client.Accepted},
		"attachment":           {getsAttachment, 1, client.Accepted},
		"both, twice":          {getsAttachment, 4, client.Accepted},
		"attachments, forever": {getsAttachment, forever, client.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			s, id := b.start(func(c *receiver.Config) {
				often(c)
				c.Client.HTTP = &http.Client{Transport: &notFound{times: tc.times, fits: tc.fits}}
			})
			receipt := b.send(business(t), id)
			if r := s.wait(t, receipt.SubmissionID); r.State != tc.want || b.state(receipt) != tc.want {
				t.Errorf("state %s, %v, want %s", r.State, r.Problems, tc.want)
			}
			if err := s.stop(); err != nil || len(s.All()) != 1 {
				t.Errorf("%v, told %d times, want once", err, len(s.All()))
			}
			b.clean(s.config.Folder)
		})
	}
}

// testOnceNotFound: Once says that something was named and not found, and that an attachment is missing, until it is certain.
func testOnceNotFound(t *testing.T, b *broker) {
	gateway := &notFound{times: 1, fits: getsSubmission}
	config, id := b.prepare(func(c *receiver.Config) { c.Client.HTTP = &http.Client{Transport: gateway} })
	receipt := b.send(business(t), id)
	once := func() error {
		r, err := receiver.New(config)
		if err != nil {
			t.Fatal(err)
		}
		return r.Once(context.Background())
	}
	if err := once(); !errors.Is(err, client.ErrNotFound) || b.waiting(id) != 1 {
		t.Errorf("Once: %v, want that the submission was not found", err)
	}
	gateway.fits = getsAttachment
	gateway.set(1 << 30)
	var unsound *client.RejectError
	for range 2 {
		if err := once(); !errors.Is(err, receiver.ErrLater) || !errors.As(err, &unsound) || b.state(receipt) != client.Submitted {
			t.Errorf("Once: %v, want that an attachment is missing and no decision", err)
		}
	}
	if err := once(); err != nil || b.state(receipt) != client.Rejected {
		t.Errorf("Once for the third time: %v, state %s, want rejected", err, b.state(receipt))
	}
	b.clean(config.Folder)
}

// testOnlyCopy: while the log cannot be found nothing is thrown away, since it may say that the submission was accepted.
func testOnlyCopy(t *testing.T, b *broker) {
	gateway := &notFound{fits: readsLog}
	s, id := b.start(func(c *receiver.Config) {
		often(c)
		c.Client.HTTP = &http.Client{Transport: gateway}
		c.Handle = func(context.Context, receiver.Received) receiver.Decision { return receiver.Leave() }
	})
	receipt := b.send(business(t), id)
	r := s.wait(t, receipt.SubmissionID)
	other, err := b.client(b.made.Subscriber).Subscriber(s.config.Destinations)
	if err != nil {
		t.Fatal(err)
	}
	gateway.set(3)
	if err := other.Accept(context.Background(), r.Submission); err != nil {
		t.Fatal(err)
	}
	b.await(s, receipt, client.Accepted)
	all := s.All()
	if last := all[len(all)-1]; last.Folder == "" || !isThere(filepath.Join(last.Folder, "data.json")) {
		t.Errorf("the only copy of what was accepted is gone: %q", last.Folder)
	}
}

// testDecidedNotFound: a decision that was written down is told in the end, though the log could not be found for a while, and
// nobody is asked again.
func testDecidedNotFound(t *testing.T, b *broker) {
	cut := make(chan struct{}, 100)
	config, id := b.prepare(func(c *receiver.Config) {
		c.Handle = func(context.Context, receiver.Received) receiver.Decision {
			return receiver.Reject(client.TechnicalError.Problem(client.Elsewhere, "x"))
		}
		c.Client.HTTP = &http.Client{Transport: refuser{cut}}
		c.Retry = func(int) time.Duration { return time.Hour }
	})
	receipt := b.send(business(t), id)
	first := b.run(config)
	<-cut
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	config.Client.HTTP = &http.Client{Transport: &notFound{times: 3, fits: readsLog}}
	config.Retry = func(int) time.Duration { return time.Millisecond }
	config.Handle = func(context.Context, receiver.Received) receiver.Decision {
		t.Error("asked again")
		return receiver.Accept()
	}
	second := b.run(config)
	if r := second.wait(t, receipt.SubmissionID); r.State != client.Rejected || len(r.Problems) != 1 || b.state(receipt) != client.Rejected {
		t.Errorf("state %s, at the broker %s, want rejected", r.State, b.state(receipt))
	}
	b.clean(config.Folder)
}

// testWrongDestination: a callback that names a submission for another destination of the same receiver changes nothing.
func testWrongDestination(t *testing.T, b *broker) {
	entered, release := make(chan struct{}, 10), make(chan struct{})
	var j journal
	config, id := b.prepare(func(c *receiver.Config) {
		c.Handle = func(context.Context, receiver.Received) receiver.Decision {
			entered <- struct{}{}
			<-release
			return receiver.Accept()
		}
		c.Listener, c.Log = listen(t), j.log()
	})
	other := b.destination(nil)
	config.Destinations[other] = privateKeys(t)
	s := b.run(config)
	wrong := func(receipt client.Receipt) {
		ref := receipt.Ref
		ref.DestinationID = other
		call(t, config.Listener, ref)
	}
	receipt := b.send(business(t), id)
	<-entered
	wrong(receipt) // there is a record
	j.await(t, "another destination", 1)
	close(release)
	if r := s.wait(t, receipt.SubmissionID); r.DestinationID != id || r.State != client.Accepted {
		t.Errorf("%s for %s, want accepted by its own destination", r.State, r.DestinationID)
	}
	if err := s.stop(); err != nil || len(entered) != 0 || len(s.All()) != 1 {
		t.Errorf("%v, asked %d times more, told %d, want once", err, len(entered), len(s.All()))
	}

	// Without a record it is found out when it was fetched. Its own destination does not hear of it here: the lists fail.
	later := b.send(business(t), id)
	lists := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/v2/submissions") }
	config.Listener, config.Client.HTTP = listen(t), &http.Client{Transport: &notFound{times: 1 << 30, fits: lists}}
	again := b.run(config)
	wrong(later)
	j.await(t, "another destination", 2)
	if err := again.stop(); err != nil || len(again.All()) != 0 || b.state(later) != client.Submitted {
		t.Errorf("%v, told %d times, want not at all", err, len(again.All()))
	}
	b.clean(config.Folder)
}

// call names a submission by callback.
func call(t *testing.T, l net.Listener, ref client.Ref) {
	t.Helper()
	body := fmt.Sprintf(`{"type":%q,"submissions":[{"destinationId":%q,"submissionId":%q,"caseId":%q}]}`, newOnes, ref.DestinationID, ref.SubmissionID, ref.CaseID)
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, receiver.CallbackURL(l), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	signedAt(time.Now(), body, secret)(request)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if _ = answer.Body.Close(); answer.StatusCode != http.StatusOK {
		t.Errorf("callback answered %d, want 200", answer.StatusCode)
	}
}

// testSwapped: a sound folder of another submission is not taken for this one.
func testSwapped(t *testing.T, b *broker) {
	config, id := b.prepare(func(c *receiver.Config) {
		c.Handle = func(context.Context, receiver.Received) receiver.Decision { return receiver.Leave() }
	})
	one, two := b.send(business(t), id), b.send(business(t), id)
	first := b.run(config)
	first.wait(t, one.SubmissionID)
	first.wait(t, two.SubmissionID)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	folder := func(r client.Receipt) string { return filepath.Join(config.Folder, string(r.SubmissionID)) }
	if err := errors.Join(os.RemoveAll(folder(one)), os.CopyFS(folder(one), os.DirFS(folder(two)))); err != nil {
		t.Fatal(err)
	}
	config.Handle = func(_ context.Context, r receiver.Received) receiver.Decision {
		report, err := archive.Read(r.Folder)
		if err != nil || report.Ref != r.Ref || r.Submission.Ref != r.Ref || filepath.Base(r.Folder) != string(r.SubmissionID) {
			t.Errorf("asked about %s with the folder of %s", r.SubmissionID, report.SubmissionID)
		}
		return receiver.Accept()
	}
	second := b.run(config)
	for _, receipt := range []client.Receipt{one, two} {
		if r := second.wait(t, receipt.SubmissionID); r.State != client.Accepted || b.state(receipt) != client.Accepted {
			t.Errorf("state %s, want accepted", r.State)
		}
	}
}

// testRollOver: after a change of the signing key what was saved is fetched once more, not for each question.
func testRollOver(t *testing.T, b *broker) {
	var downloads, asked atomic.Int32
	config, id := b.prepare(func(c *receiver.Config) {
		c.Handle = func(context.Context, receiver.Received) receiver.Decision { return receiver.Forward() }
		c.Retry = func(int) time.Duration { return time.Hour }
	})
	receipt := b.send(business(t), id)
	first := b.run(config)
	first.wait(t, receipt.SubmissionID)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	fresh, err := keys.Generate(keys.Signature, "Stadt Münster", time.Now().Add(-time.Hour), 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	fresh.KID = "muenster-verify-2"
	manager, err := b.client(b.made.Subscriber).Manager()
	if err == nil {
		err = manager.AddKey(context.Background(), id, fresh.Public)
	}
	if err != nil {
		t.Fatal(err)
	}
	own := config.Destinations[id]
	own.Signing = fresh
	config.Destinations[id] = own
	config.Retry = func(int) time.Duration { return time.Millisecond }
	config.Client.HTTP = &http.Client{Transport: tripper(func(r *http.Request) {
		if getsAttachment(r) {
			downloads.Add(1)
		}
	})}
	config.Handle = func(context.Context, receiver.Received) receiver.Decision {
		if asked.Add(1) < 4 {
			return receiver.Later(errors.New("not yet"))
		}
		return receiver.Accept()
	}
	second := b.run(config)
	if r := second.wait(t, receipt.SubmissionID); r.State != client.Accepted || asked.Load() != 4 || downloads.Load() != 2 {
		t.Errorf("state %s after %d questions and %d downloads, want accepted after 4 and 2", r.State, asked.Load(), downloads.Load())
	}
}
