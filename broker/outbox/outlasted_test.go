package outbox_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/outbox"
)

// TestOutlastedLease: a node that stood still, as in a machine that is moved, finds that a call has outlasted its lease, and claims the
// delivery anew. It makes the second call when the first one is over.
func TestOutlastedLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	outlasted, other := w.destination(t, "http://outlasted.example"), w.destination(t, "http://other.example")
	calls, answer := make(chan string, 16), make(chan int)
	var underWay atomic.Int32
	hang := func(c *outbox.Config) {
		c.Post = func(_ context.Context, url string, _ http.Header, _ []byte) (outbox.Answer, error) {
			calls <- url
			if url == "http://other.example" {
				return outbox.Answer{Status: http.StatusOK}, nil
			}
			if underWay.Add(1) > 1 {
				t.Error("two calls of one delivery are under way")
			}
			defer underWay.Add(-1)
			return outbox.Answer{Status: <-answer}, nil
		}
	}
	w.submit(t, outlasted)
	stop := w.start(t, w.outbox(t, hang))
	t.Cleanup(func() { close(answer) })
	<-calls
	w.clock.advance(2 * time.Minute)
	w.submit(t, other) // due after the one whose lease has ended, so claimed together with it
	<-calls
	answer <- http.StatusOK
	<-calls
	answer <- http.StatusOK
	stop()
	w.wantNext(t, time.Time{})
}
