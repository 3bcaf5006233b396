package receiver_test

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
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

// testCleanedAfterCrash: the decision is in the event log, and the process died before it cleaned up. The next one does, and asks nobody.
func testCleanedAfterCrash(t *testing.T, b *broker) {
	for name, tc := range map[string]struct {
		decision receiver.Decision
		want     client.State
	}{
		"accept": {receiver.Accept(), client.Accepted},
		"reject": {receiver.Reject(client.TechnicalError.Problem(client.Elsewhere, "x")), client.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir()
			config, id := b.prepare(func(c *receiver.Config) {
				c.Handle = func(_ context.Context, r receiver.Received) receiver.Decision {
					if err := os.CopyFS(copied, os.DirFS(r.Folder)); err != nil {
						t.Error(err)
					}
					return tc.decision
				}
			})
			receipt := b.send(business(t), id)
			first := b.run(config)
			first.wait(t, receipt.SubmissionID)
			if err := first.stop(); err != nil {
				t.Fatal(err)
			}
			// As it was a moment before.
			record, err := json.Marshal(struct {
				client.Ref
				Outcome  client.State  `json:"outcome"`
				Problems []set.Problem `json:"problems,omitempty"`
			}{receipt.Ref, tc.want, first.All()[0].Problems})
			if err != nil {
				t.Fatal(err)
			}
			folder := filepath.Join(config.Folder, string(receipt.SubmissionID))
			if err := errors.Join(os.RemoveAll(folder), os.CopyFS(folder, os.DirFS(copied)),
				os.WriteFile(filepath.Join(config.Folder, ".decisions", string(receipt.SubmissionID)+".json"), record, 0o600)); err != nil {
				t.Fatal(err)
			}
			config.Handle = func(context.Context, receiver.Received) receiver.Decision {
				t.Error("asked again")
				return receiver.Leave()
			}
			second := b.run(config)
			r := second.wait(t, receipt.SubmissionID)
			accepted := tc.want == client.Accepted
			if r.State != tc.want || (r.Folder == folder) != accepted || isThere(folder) != accepted || len(r.Problems) > 0 == accepted {
				t.Errorf("state %s, folder %q, there %v, want %s", r.State, r.Folder, isThere(folder), tc.want)
			}
			b.clean(config.Folder)
		})
	}
}

// testSaveFails: what was fetched and could not be saved is not kept anywhere, nobody is asked about it, and it is fetched again.
func testSaveFails(t *testing.T, b *broker) {
	failed := make(chan int, 100)
	config, id := b.prepare(func(c *receiver.Config) {
		c.Retry = func(failures int) time.Duration { failed <- failures; return time.Hour }
	})
	good := config.Destinations[id]
	broken := good
	broken.Signing.Secret = &rsa.PrivateKey{PublicKey: good.Signing.Secret.PublicKey, D: big.NewInt(1), Primes: good.Signing.Secret.Primes}
	config.Destinations[id] = broken // no report can be signed
	receipt := b.send(business(t), id)
	first := b.run(config)
	<-failed
	if err := first.stop(); err != nil || len(first.All()) != 0 {
		t.Fatalf("%v, told %v, want nothing", err, first.All())
	}
	left, err := os.ReadDir(config.Folder)
	if err != nil || len(left) != 3 { // .decisions .lock .scratch
		t.Errorf("%v, %v in the folder, want no submission", err, left)
	}
	if left, err := os.ReadDir(filepath.Join(config.Folder, ".scratch")); err != nil || len(left) != 0 {
		t.Errorf("%v, %v is left of the plaintext", err, left)
	}
	config.Destinations[id] = good
	second := b.run(config)
	if r := second.wait(t, receipt.SubmissionID); r.State != client.Accepted || !isThere(filepath.Join(r.Folder, "data.json")) {
		t.Errorf("state %s, folder %q, want accepted and saved", r.State, r.Folder)
	}
	b.clean(config.Folder)
}

// testFolderDisappears: what was saved is gone, or parts of it are. Nothing is accepted or handed over before it was fetched again, and
// nothing that is not there is spoken of.
func testFolderDisappears(t *testing.T, b *broker) {
	gone := func(folder string) error { return os.RemoveAll(folder) }
	spoiled := func(folder string) error { return os.Truncate(filepath.Join(folder, "data.json"), 1) }
	for name, lose := range map[string]func(folder string) error{"all of it": gone, "a part": spoiled} {
		t.Run(name+", after it was accepted", func(t *testing.T) {
			cut := make(chan struct{}, 100)
			config, id := b.prepare(func(c *receiver.Config) {
				c.Client.HTTP = &http.Client{Transport: refuser{cut}}
				c.Retry = func(int) time.Duration { return time.Hour }
			})
			receipt := b.send(business(t), id)
			first := b.run(config)
			<-cut
			if err := errors.Join(first.stop(), lose(filepath.Join(config.Folder, string(receipt.SubmissionID)))); err != nil {
				t.Fatal(err)
			}
			config.Client.HTTP = nil
			config.Handle = func(context.Context, receiver.Received) receiver.Decision {
				t.Error("asked again")
				return receiver.Leave()
			}
			r := b.run(config).wait(t, receipt.SubmissionID)
			if _, err := archive.Verify(r.Folder, archive.Trust{Policy: keys.Test()}); err != nil || r.State != client.Accepted {
				t.Errorf("state %s, %v, want it accepted and whole", r.State, err)
			}
			b.clean(config.Folder)
		})
		t.Run(name+", while it is forwarded", func(t *testing.T) {
			var asked atomic.Int32
			s, id := b.start(func(c *receiver.Config) {
				often(c)
				c.Handle = func(_ context.Context, r receiver.Received) receiver.Decision {
					if asked.Add(1) == 1 {
						if err := lose(r.Folder); err != nil {
							t.Error(err)
						}
						return receiver.Forward()
					}
					if _, err := archive.Verify(r.Folder, archive.Trust{Policy: keys.Test()}); err != nil {
						t.Errorf("asked about what is not whole: %v", err)
					}
					return receiver.Accept()
				}
			})
			b.await(s, b.send(business(t), id), client.Accepted)
		})
	}
	t.Run("accepted by others", func(t *testing.T) {
		config, id := b.prepare(func(c *receiver.Config) {
			c.Handle = func(context.Context, receiver.Received) receiver.Decision { return receiver.Leave() }
		})
		receipt := b.send(business(t), id)
		first := b.run(config)
		r := first.wait(t, receipt.SubmissionID)
		other, err := b.client(b.made.Subscriber).Subscriber(config.Destinations)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(first.stop(), os.RemoveAll(r.Folder), other.Accept(context.Background(), r.Submission)); err != nil {
			t.Fatal(err)
		}
		if r := b.run(config).wait(t, receipt.SubmissionID); r.State != client.Accepted || r.Folder != "" {
			t.Errorf("state %s, folder %q, want accepted and none", r.State, r.Folder)
		}
		b.clean(config.Folder)
	})
}
