package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// idleLimit is how long a transfer may stand still. Its whole time is bounded by the caller's context only: nobody knows how long
// 500 MB take. Proxies give up earlier.
const idleLimit = 2 * time.Minute

// patience ends a request that stands still. Time counts while the other side is waited for, not while this side reads its own
// files or works on what arrived.
type patience struct {
	limit  time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// stalled is why a request was ended.
type stalled struct{ limit time.Duration }

func (s stalled) Error() string { return fmt.Sprintf("nothing came or went for %s", s.limit) }

// patiently returns a context that ends when nothing happened for so long. Time begins to count now.
func patiently(ctx context.Context, limit time.Duration) (context.Context, *patience) {
	ctx, cancel := context.WithCancelCause(ctx)
	expire := func() { cancel(stalled{limit}) }
	return ctx, &patience{limit, time.AfterFunc(limit, expire), cancel}
}

// wait begins to count anew, rest stops counting.
func (p *patience) wait() { p.timer.Reset(p.limit) }
func (p *patience) rest() { p.timer.Stop() }

func (p *patience) end() {
	p.rest()
	p.cancel(nil)
}

// sending is the body of a request: while net/http does not read it, the other side is waited for.
type sending struct {
	io.ReadCloser
	patience *patience
}

func (s sending) Read(p []byte) (int, error) {
	s.patience.rest()
	defer s.patience.wait()
	return s.ReadCloser.Read(p)
}

// receiving is the body of an answer: while it is read, the other side is waited for. Its end is that of the request.
type receiving struct {
	io.ReadCloser
	ctx      context.Context
	patience *patience
}

func (r receiving) Read(p []byte) (int, error) {
	r.patience.wait()
	defer r.patience.rest()
	n, err := r.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = reason(r.ctx, err)
	}
	return n, err
}

func (r receiving) Close() error {
	defer r.patience.end()
	return r.ReadCloser.Close()
}

// reason returns why a request failed: what its context says if it stood still, where net/http only knows that it was cancelled.
func reason(ctx context.Context, err error) error {
	if standing, ok := context.Cause(ctx).(stalled); ok {
		return standing
	}
	return err
}

// patientlyDo is http.Client.Do with patience.
func (t *transport) patientlyDo(request *http.Request) (*http.Response, error) {
	ctx, p := patiently(request.Context(), t.idle)
	request = request.WithContext(ctx)
	if request.Body != nil && request.Body != http.NoBody {
		request.Body, request.GetBody = sending{request.Body, p}, nil // what is repeated is repeated by us
	}
	response, err := t.http.Do(request)
	if err != nil {
		p.end()
		return nil, reason(ctx, err)
	}
	p.rest()
	response.Body = receiving{response.Body, ctx, p}
	return response, nil
}
