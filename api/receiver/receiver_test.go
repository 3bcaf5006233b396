package receiver_test

import (
	"context"
	"crypto/sha512"
	"crypto/tls"
	"errors"
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
	"github.com/vierkant/vierkant/testenv/samples"
)

// TestReceiver runs against a real broker, each part with a destination of its own.
func TestReceiver(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	for name, test := range map[string]func(*testing.T, *broker){
		"callback": testCallback, "callback over TLS": testCallbackTLS, "polling": testPolling, "reject": testReject,
		"lost answer": testLostAnswer, "unsound": testUnsound, "leave": testLeave, "forward": testForward, "later": testLater,
		"told after a crash": testToldAfterCrash, "handled after a crash": testHandledAfterCrash, "one folder, two receivers": testTwoReceivers,
		"side by side": testSideBySide, "decided by others": testDecidedByOthers, "overruled": testOverruled, "once": testOnce, "stop": testStop,
		"tampered": testTampered, "program": testProgram, "not found": testNotFound, "once, not found": testOnceNotFound,
		"only copy": testOnlyCopy, "decided, not found": testDecidedNotFound, "wrong destination": testWrongDestination,
		"swapped": testSwapped, "roll-over": testRollOver, "cleaned up after a crash": testCleanedAfterCrash, "save fails": testSaveFails,
		"folder disappears": testFolderDisappears, "panic": testPanic,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, &broker{t: t, node: b.node, made: b.made})
		})
	}
}

// testCallback: told by callback, kept on disk before anybody is asked, seen by the sender; a second look finds nothing new.
func testCallback(t *testing.T, b *broker) {
	kept := false
	s, id := b.start(func(c *receiver.Config) {
		c.Listener = listen(t)
		c.Handle = func(_ context.Context, r receiver.Received) receiver.Decision {
			_, err := os.Stat(filepath.Join(r.Folder, "data.json"))
			kept = err == nil && r.State == client.Submitted && strings.HasPrefix(r.Folder, c.Folder)
			return receiver.Accept()
		}
	})
	sample := business(t)
	receipt := b.send(sample, id)
	r := s.wait(t, receipt.SubmissionID)
	if !r.Callback || r.State != client.Accepted || r.Ref != receipt.Ref || !kept {
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
	if _, err := archive.Verify(r.Folder, archive.Trust{Policy: keys.Test(), Signing: []keys.Public{privateKeys(t).Signing.Public}}); err != nil {
		t.Errorf("Verify: %v, want what was saved to hold", err)
	}
	if state := b.state(receipt); state != client.Accepted {
		t.Errorf("the sender's log ends as %s, want accepted", state)
	}
	if err := s.stop(); err != nil || len(s.All()) != 1 {
		t.Errorf("stopped with %v, decided %d times, want once", err, len(s.All()))
	}
	b.clean(s.config.Folder)
}

// state is where a submission stands for its sender.
func (b *broker) state(receipt client.Receipt) client.State {
	b.t.Helper()
	log, err := b.client(b.made.Sender).Sender().Events(context.Background(), receipt)
	if err != nil {
		b.t.Fatal(err)
	}
	return log.State(receipt.SubmissionID)
}

// clean checks that nothing is left of what was on its way.
func (b *broker) clean(folder string) {
	b.t.Helper()
	for _, hidden := range []string{".decisions", ".scratch"} {
		left, err := os.ReadDir(filepath.Join(folder, hidden))
		if err != nil || len(left) != 0 {
			b.t.Errorf("%v, %v in %s, want nothing", left, err, hidden)
		}
	}
}

// testCallbackTLS: the listener speaks TLS, and nothing else.
func testCallbackTLS(t *testing.T, b *broker) {
	l := listen(t)
	_, id := b.start(func(c *receiver.Config) { c.Listener, c.TLS = l, serverTLS() })
	body := callbackBody(newEvent, string(id))
	send := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer send.CloseIdleConnections()
	for scheme, want := range map[string]int{"https": http.StatusOK, "http": http.StatusBadRequest} {
		request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, scheme+"://"+l.Addr().String()+receiver.CallbackPath, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		signedAt(time.Now(), body, secret)(request)
		answer, err := send.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if _ = answer.Body.Close(); answer.StatusCode != want {
			t.Errorf("%s answered %d, want %d", scheme, answer.StatusCode, want)
		}
	}
}

// often polls all the time.
func often(c *receiver.Config) { c.Poll = 20 * time.Millisecond }

// testPolling: what came before the receiver was there is found without callback.
func testPolling(t *testing.T, b *broker) {
	var asked atomic.Int32
	config, id := b.prepare(func(c *receiver.Config) {
		often(c)
		c.Handle = func(context.Context, receiver.Received) receiver.Decision { asked.Add(1); return receiver.Accept() }
	})
	one, two := b.send(business(t), id), b.send(business(t), id)
	s := b.run(config)
	for _, receipt := range []client.Receipt{one, two} {
		if r := s.wait(t, receipt.SubmissionID); r.Callback || r.State != client.Accepted {
			t.Errorf("received %+v, want accepted, by polling", r)
		}
	}
	if err := s.stop(); err != nil || asked.Load() != 2 || len(s.All()) != 2 {
		t.Errorf("asked %d, decided %d, want 2 of each", asked.Load(), len(s.All()))
	}
}

// testReject: the sender sees the coded problem, and the authority keeps nothing.
func testReject(t *testing.T, b *broker) {
	problem := client.TechnicalError.Problem(client.Elsewhere, "Der Ort der Betriebsstätte liegt nicht in unserer Zuständigkeit")
	s, id := b.start(func(c *receiver.Config) {
		c.Listener = listen(t)
		c.Handle = func(context.Context, receiver.Received) receiver.Decision { return receiver.Reject(problem) }
	})
	sample, err := samples.BusinessXML()
	if err != nil {
		t.Fatal(err)
	}
	receipt := b.send(sample, id)
	r := s.wait(t, receipt.SubmissionID)
	if r.State != client.Rejected || len(r.Problems) != 1 || r.Submission.Data.MIMEType != "application/xml" {
		t.Errorf("received %+v, want rejected XML", r)
	}
	if _, err := os.Lstat(filepath.Join(s.config.Folder, string(receipt.SubmissionID))); !errors.Is(err, os.ErrNotExist) || r.Folder != "" {
		t.Errorf("%v, folder %q, want what was rejected to be gone", err, r.Folder)
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
	b.clean(s.config.Folder)
}

// testLostAnswer: an acceptance whose answer was lost is found in the log, not posted or decided again.
func testLostAnswer(t *testing.T, b *broker) {
	// The answer to the acceptance is lost, and those to the four looks into the log that follow, until the client gives up.
	posted := false
	var decided atomic.Int32
	loser := &lossy{times: 5, fits: func(r *http.Request) bool {
		isEvent := strings.HasSuffix(r.URL.Path, "/events")
		posted = posted || isEvent && r.Method == http.MethodPost
		return posted && isEvent
	}}
	s, id := b.start(func(c *receiver.Config) {
		often(c)
		c.Client.HTTP = &http.Client{Transport: loser}
		c.Client.Wait = func(context.Context, time.Duration) error { return nil }
		c.Handle = func(context.Context, receiver.Received) receiver.Decision { decided.Add(1); return receiver.Accept() }
	})
	receipt := b.send(business(t), id)
	if r := s.wait(t, receipt.SubmissionID); r.State != client.Accepted || decided.Load() != 1 {
		t.Errorf("state %s after %d decisions, want accepted after 1", r.State, decided.Load())
	}
	if state := b.state(receipt); state != client.Accepted {
		t.Errorf("the sender's log ends as %s, want accepted", state)
	}
	if loser.lost != 5 {
		t.Errorf("%d answers were lost, want 5: the test did not go where it should", loser.lost)
	}
}

// testUnsound: what does not pass the checks is rejected with its problems, and nobody is asked.
func testUnsound(t *testing.T, b *broker) {
	s, id := b.start(func(c *receiver.Config) {
		c.Listener = listen(t)
		c.Handle = func(context.Context, receiver.Received) receiver.Decision {
			t.Error("Handle was asked")
			return receiver.Accept()
		}
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
	r := s.wait(t, receipt.SubmissionID)
	if r.Submission != nil || r.State != client.Rejected || len(r.Problems) != 1 || !strings.HasSuffix(r.Problems[0].Type, string(client.UnsupportedSchema)) {
		t.Errorf("received %+v, want a rejection for the metadata version and no content", r)
	}
	b.clean(s.config.Folder)
}

// testLeave: what is left waits on, and is not asked about again before the next start.
func testLeave(t *testing.T, b *broker) {
	var asked atomic.Int32
	polls := make(watcher, 100)
	s, id := b.start(func(c *receiver.Config) {
		often(c)
		c.Client.HTTP = &http.Client{Transport: polls}
		c.Handle = func(context.Context, receiver.Received) receiver.Decision {
			if asked.Add(1) > 1 {
				return receiver.Accept()
			}
			return receiver.Leave()
		}
	})
	receipt := b.send(business(t), id)
	if r := s.wait(t, receipt.SubmissionID); r.State != client.Submitted || r.Folder == "" {
		t.Errorf("state %s, want submitted, and kept", r.State)
	}
	polls.wait(t, 3)
	if err := s.stop(); err != nil || asked.Load() != 1 || b.waiting(id) != 1 {
		t.Errorf("asked %d times, %d wait, want 1 and 1", asked.Load(), b.waiting(id))
	}
	s.config.Client.HTTP = nil
	again := b.run(s.config)
	if r := again.wait(t, receipt.SubmissionID); r.State != client.Accepted || asked.Load() != 2 || len(r.Submission.Attachments) != 2 {
		t.Errorf("state %s after %d questions, want accepted after 2", r.State, asked.Load())
	}
}

// testForward: after a forward it is asked again, says the same without telling it twice, and decides in the end.
func testForward(t *testing.T, b *broker) {
	var asked atomic.Int32
	s, id := b.start(func(c *receiver.Config) {
		c.Listener = listen(t)
		c.Handle = func(_ context.Context, r receiver.Received) receiver.Decision {
			n := asked.Add(1)
			if r.Forwarded != (n > 1) || len(r.Submission.Attachments) != 2 || !isThere(r.Submission.Attachments[1].Path) {
				t.Errorf("question %d: forwarded %v, want it from the second on, with attachments", n, r.Forwarded)
			}
			if n < 4 {
				return receiver.Forward()
			}
			return receiver.Accept()
		}
	})
	receipt := b.send(business(t), id)
	if r := s.wait(t, receipt.SubmissionID); r.State != client.Forwarded {
		t.Errorf("state %s, want forwarded", r.State)
	}
	b.await(s, receipt, client.Accepted)
	log, err := b.client(b.made.Sender).Sender().Events(context.Background(), receipt)
	forwards := 0
	for _, e := range log {
		if strings.HasSuffix(e.Type, "/forward-submission") {
			forwards++
		}
	}
	if err != nil || forwards != 1 {
		t.Errorf("%v, forwarded %d times, want once", err, forwards)
	}
	b.clean(s.config.Folder)
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// await waits until a submission was decided like this.
func (b *broker) await(s *started, receipt client.Receipt, want client.State) {
	b.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if b.state(receipt) == want && len(s.All()) > 0 && s.All()[len(s.All())-1].State == want {
			return
		}
	}
	b.t.Fatalf("submission %s does not become %s", receipt.SubmissionID, want)
}

// testLater: a handler that fails is asked again, without a second download, even if the own key has no certificate here.
func testLater(t *testing.T, b *broker) {
	var asked, downloads atomic.Int32
	config, id := b.prepare(func(c *receiver.Config) {
		c.Listener = listen(t)
		c.Client.HTTP = &http.Client{Transport: tripper(func(r *http.Request) {
			if strings.Contains(r.URL.Path, "/attachments/") {
				downloads.Add(1)
			}
		})}
		c.Handle = func(context.Context, receiver.Received) receiver.Decision {
			if asked.Add(1) < 4 {
				return receiver.Later(errors.New("the register is closed"))
			}
			return receiver.Accept()
		}
	})
	own := privateKeys(t)
	own.Signing.Chain = nil
	config.Destinations[id] = own
	s := b.run(config)
	receipt := b.send(business(t), id)
	if r := s.wait(t, receipt.SubmissionID); r.State != client.Accepted || asked.Load() != 4 || downloads.Load() != 2 {
		t.Errorf("state %s after %d questions and %d downloads, want accepted after 4 and 2", r.State, asked.Load(), downloads.Load())
	}
}

func testTwoReceivers(t *testing.T, b *broker) {
	polls := make(watcher, 100)
	s, _ := b.start(func(c *receiver.Config) { c.Client.HTTP = &http.Client{Transport: polls} })
	polls.wait(t, 1)
	other, err := receiver.New(s.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Run(context.Background()); !errors.Is(err, receiver.ErrInUse) {
		t.Errorf("Run: %v, want ErrInUse", err)
	}
	if err := other.Once(context.Background()); !errors.Is(err, receiver.ErrInUse) {
		t.Errorf("Once: %v, want ErrInUse", err)
	}
	with := s.config
	with.Listener = listen(t)
	if third, err := receiver.New(with); err != nil || !errors.Is(third.Run(context.Background()), receiver.ErrInUse) {
		t.Errorf("Run with a listener: want ErrInUse, New: %v", err)
	}
	if _, err := with.Listener.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener says %v, want that Run closed it", err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if err := other.Once(context.Background()); err != nil {
		t.Errorf("Once after the first ended: %v", err)
	}
}

// testSideBySide: a handler that does not return delays neither others of its destination nor other destinations, and one submission is
// handled by one at a time, however often it is named.
func testSideBySide(t *testing.T, b *broker) {
	release := make(chan struct{})
	var mu sync.Mutex
	handling := map[client.SubmissionID]int{}
	var slow client.DestinationID
	both := make(chan struct{}, 2)
	config, id := b.prepare(func(c *receiver.Config) {
		often(c)
		c.Parallel = 2
		c.Handle = func(_ context.Context, r receiver.Received) receiver.Decision {
			mu.Lock()
			handling[r.SubmissionID]++
			if handling[r.SubmissionID] > 1 {
				t.Errorf("%s is handled twice", r.SubmissionID)
			}
			mu.Unlock()
			if r.DestinationID == slow {
				both <- struct{}{}
				<-release
			}
			return receiver.Accept()
		}
	})
	slow = id
	quick := b.destination(nil)
	config.Destinations[quick] = privateKeys(t)
	s := b.run(config)
	first, second := b.send(business(t), slow), b.send(business(t), slow)
	<-both
	<-both // two at once
	third := b.send(business(t), quick)
	if r := s.wait(t, third.SubmissionID); r.State != client.Accepted {
		t.Errorf("the other destination: state %s, want accepted", r.State)
	}
	close(release)
	for _, receipt := range []client.Receipt{first, second} {
		if r := s.wait(t, receipt.SubmissionID); r.State != client.Accepted {
			t.Errorf("state %s, want accepted", r.State)
		}
	}
}

// testDecidedByOthers: what was left here and rejected elsewhere is not kept.
func testDecidedByOthers(t *testing.T, b *broker) {
	s, id := b.start(func(c *receiver.Config) {
		often(c)
		c.Handle = func(context.Context, receiver.Received) receiver.Decision { return receiver.Leave() }
	})
	receipt := b.send(business(t), id)
	s.wait(t, receipt.SubmissionID)
	other, err := b.client(b.made.Subscriber).Subscriber(s.config.Destinations)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Reject(context.Background(), receipt.Ref, client.TechnicalError.Problem(client.Elsewhere, "x")); err != nil {
		t.Fatal(err)
	}
	b.await(s, receipt, client.Rejected)
	if isThere(filepath.Join(s.config.Folder, string(receipt.SubmissionID))) {
		t.Error("what was rejected elsewhere is still here")
	}
	b.clean(s.config.Folder)
}

// testOverruled: somebody else decides otherwise while Handle is asked. That is not counted as what was decided here.
func testOverruled(t *testing.T, b *broker) {
	other := b.client(b.made.Subscriber)
	s, id := b.start(func(c *receiver.Config) {
		c.Listener = listen(t)
		c.Handle = func(ctx context.Context, r receiver.Received) receiver.Decision {
			subscriber, err := other.Subscriber(map[client.DestinationID]client.Keys{r.DestinationID: privateKeys(t)})
			if err == nil {
				err = subscriber.Reject(ctx, r.Ref, client.TechnicalError.Problem(client.Elsewhere, "x"))
			}
			if err != nil {
				t.Error(err)
			}
			return receiver.Accept()
		}
	})
	receipt := b.send(business(t), id)
	if r := s.wait(t, receipt.SubmissionID); r.State != client.Rejected || r.Overruled != client.Accepted || r.Folder != "" {
		t.Errorf("state %s, overruled %q, folder %q, want rejected in place of accepted", r.State, r.Overruled, r.Folder)
	}
	b.clean(s.config.Folder)
}

// testOnce: works off what waits, says what could not be finished, and returns.
func testOnce(t *testing.T, b *broker) {
	var fails atomic.Bool
	fails.Store(true)
	broken := errors.New("the register is closed")
	config, id := b.prepare(func(c *receiver.Config) {
		c.Handle = func(context.Context, receiver.Received) receiver.Decision {
			if fails.Swap(false) {
				return receiver.Later(broken)
			}
			return receiver.Accept()
		}
	})
	one, two := b.send(business(t), id), b.send(business(t), id)
	r, err := receiver.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var all interface{ Unwrap() []error }
	if err := r.Once(context.Background()); !errors.Is(err, broken) || !errors.As(err, &all) || len(all.Unwrap()) != 1 {
		t.Errorf("Once: %v, want one error, that of the handler", err)
	}
	if waiting := b.waiting(id); waiting != 1 {
		t.Errorf("%d wait, want 1", waiting)
	}
	if err := r.Once(context.Background()); err != nil {
		t.Errorf("Once again: %v", err)
	}
	if b.state(one) != client.Accepted || b.state(two) != client.Accepted {
		t.Error("not both are accepted")
	}
	if err := r.Once(context.Background()); err != nil {
		t.Errorf("Once with nothing to do: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Once(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Once after the end: %v, want that it was canceled", err)
	}
	b.clean(config.Folder)
}

// testPanic: a handler that panics has not decided, and the log says where it happened.
func testPanic(t *testing.T, b *broker) {
	var j journal
	var asked atomic.Int32
	s, id := b.start(func(c *receiver.Config) {
		c.Listener, c.Log = listen(t), j.log()
		c.Handle = func(context.Context, receiver.Received) receiver.Decision {
			if asked.Add(1) == 1 {
				panic("the register is on fire")
			}
			return receiver.Accept()
		}
	})
	receipt := b.send(business(t), id)
	if r := s.wait(t, receipt.SubmissionID); r.State != client.Accepted || asked.Load() != 2 {
		t.Errorf("state %s after %d questions, want accepted after 2", r.State, asked.Load())
	}
	for _, want := range []string{"the register is on fire", "receiver_test.go"} {
		if found, _ := j.count(want); found == 0 {
			t.Errorf("the log does not say %q", want)
		}
	}
}

// testStop: Run waits for handlers, who are told by their context.
func testStop(t *testing.T, b *broker) {
	entered, left := make(chan struct{}), atomic.Bool{}
	s, id := b.start(func(c *receiver.Config) {
		c.Listener = listen(t)
		c.Handle = func(ctx context.Context, _ receiver.Received) receiver.Decision {
			close(entered)
			<-ctx.Done()
			left.Store(true)
			return receiver.Later(ctx.Err())
		}
	})
	b.send(business(t), id)
	<-entered
	if err := s.stop(); err != nil || !left.Load() {
		t.Errorf("stopped with %v, handler left: %v, want it to be waited for", err, left.Load())
	}
}

// waiting says how many submissions the broker holds for a destination.
func (b *broker) waiting(id client.DestinationID) int {
	b.t.Helper()
	subscriber, err := b.client(b.made.Subscriber).Subscriber(map[client.DestinationID]client.Keys{id: privateKeys(b.t)})
	if err != nil {
		b.t.Fatal(err)
	}
	refs, err := subscriber.Waiting(context.Background(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return len(refs)
}
