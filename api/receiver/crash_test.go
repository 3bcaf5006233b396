package receiver_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
)

// testToldAfterCrash: the decision was written down and could not be told. The next receiver tells it and asks nobody.
func testToldAfterCrash(t *testing.T, b *broker) {
	for name, tc := range map[string]struct {
		decision receiver.Decision
		want     client.State
	}{
		"accept": {receiver.Accept(), client.Accepted},
		"reject": {receiver.Reject(client.TechnicalError.Problem(client.Elsewhere, "x")), client.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			cut := make(chan struct{}, 100)
			config, id := b.prepare(func(c *receiver.Config) {
				c.Handle = func(context.Context, receiver.Received) receiver.Decision { return tc.decision }
				c.Client.HTTP = &http.Client{Transport: refuser{cut}}
				c.Retry = func(int) time.Duration { return time.Hour }
			})
			receipt := b.send(business(t), id)
			first := b.run(config)
			<-cut // the decision is written down, and its telling failed
			if err := first.stop(); err != nil || len(first.All()) != 0 {
				t.Fatalf("stopped with %v, decided %v, want nothing", err, first.All())
			}
			if state := b.state(receipt); state != client.Submitted {
				t.Fatalf("state %s, want submitted still", state)
			}
			config.Client.HTTP = nil
			config.Handle = func(context.Context, receiver.Received) receiver.Decision {
				t.Error("asked again")
				return receiver.Leave()
			}
			second := b.run(config)
			r := second.wait(t, receipt.SubmissionID)
			if r.State != tc.want || b.state(receipt) != tc.want || (r.Folder != "") != (tc.want == client.Accepted) {
				t.Errorf("state %s, folder %q, want %s", r.State, r.Folder, tc.want)
			}
			if kept := isThere(filepath.Join(config.Folder, string(receipt.SubmissionID))); kept != (tc.want == client.Accepted) {
				t.Errorf("kept %v after %s", kept, tc.want)
			}
			b.clean(config.Folder)
		})
	}
}

// testHandledAfterCrash: a crash between saving and deciding leads to the same question again, with what was saved.
func testHandledAfterCrash(t *testing.T, b *broker) {
	entered := make(chan receiver.Received, 1)
	config, id := b.prepare(func(c *receiver.Config) {
		c.Handle = func(ctx context.Context, r receiver.Received) receiver.Decision {
			entered <- r
			<-ctx.Done()
			return receiver.Later(ctx.Err())
		}
	})
	receipt := b.send(business(t), id)
	first := b.run(config)
	before := <-entered
	if err := os.Mkdir(filepath.Join(config.Folder, ".new-half"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	config.Handle = func(_ context.Context, r receiver.Received) receiver.Decision { entered <- r; return receiver.Accept() }
	second := b.run(config)
	after := <-entered
	if after.Folder != before.Folder || string(after.Submission.Data.Content) != string(before.Submission.Data.Content) ||
		string(after.Submission.RawMetadata) != string(before.Submission.RawMetadata) || !after.Submission.Tags.Equal(before.Submission.Tags) {
		t.Error("asked about something else after the crash")
	}
	if r := second.wait(t, receipt.SubmissionID); r.State != client.Accepted || isThere(filepath.Join(config.Folder, ".new-half")) {
		t.Errorf("state %s, want accepted, and what was half done swept", r.State)
	}
}

// testTampered: a saved submission that was changed is not handed over; it is fetched again.
func testTampered(t *testing.T, b *broker) {
	var asked atomic.Int32
	sample := business(t)
	s, id := b.start(func(c *receiver.Config) {
		c.Listener = listen(t)
		c.Handle = func(_ context.Context, r receiver.Received) receiver.Decision {
			if asked.Add(1) == 1 {
				if err := os.WriteFile(filepath.Join(r.Folder, "data.json"), []byte("{}"), 0o600); err != nil {
					t.Error(err)
				}
				return receiver.Later(errors.New("not now"))
			}
			kept, err := os.ReadFile(filepath.Join(r.Folder, "data.json"))
			if err != nil || string(kept) != string(sample.Data.Content) || string(r.Submission.Data.Content) != string(kept) {
				t.Errorf("%v, asked about something that was not sent", err)
			}
			return receiver.Accept()
		}
	})
	receipt := b.send(sample, id)
	if r := s.wait(t, receipt.SubmissionID); r.State != client.Accepted || asked.Load() != 2 {
		t.Errorf("state %s after %d questions, want accepted after 2", r.State, asked.Load())
	}
}
