package testenv_test

import (
	"context"
	"testing"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
	"github.com/vierkant/vierkant/testenv"
)

func TestInbox(t *testing.T) {
	t.Parallel()
	var box testenv.Inbox
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := box.Wait(ended, "a"); err == nil {
		t.Error("Wait with an ended context: got no error")
	}
	arrived := make(chan receiver.Received, 1)
	go func() {
		r, err := box.Wait(context.Background(), "a")
		if err != nil {
			t.Error(err)
		}
		arrived <- r
	}()
	box.Decided(receiver.Received{Ref: client.Ref{SubmissionID: "b"}})
	box.Decided(receiver.Received{Ref: client.Ref{SubmissionID: "a"}, State: client.Forwarded})
	box.Decided(receiver.Received{Ref: client.Ref{SubmissionID: "a"}, State: client.Accepted})
	if r := <-arrived; r.SubmissionID != "a" {
		t.Errorf("got %v, want a", r.Ref)
	}
	if r, err := box.Wait(context.Background(), "a"); err != nil || r.State != client.Forwarded || len(box.All()) != 3 {
		t.Errorf("got %s, %v of %d, want the first that became of a, of 3", r.State, err, len(box.All()))
	}
}
