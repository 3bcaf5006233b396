package submission

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const patience = 10 * time.Second

func request(t *testing.T, ctx context.Context, body io.Reader, length int64) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, "/", body)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = length
	return r
}

func allowed() error { return nil }

func unnoticed() {}

func TestMemoryHandsOnTheWholeBody(t *testing.T) {
	t.Parallel()
	const budget = 2 << 20
	m := newMemory(budget, 1<<20, patience, unnoticed)
	for _, size := range []int{0, 1, smallBody - 1, smallBody, smallBody + 1, 1 << 20} {
		want := strings.Repeat("x", size)
		for _, length := range []int64{int64(size), -1} {
			err := m.with(request(t, t.Context(), io.NopCloser(strings.NewReader(want)), length), "a", allowed, func(got []byte) error {
				if string(got) != want {
					t.Errorf("%d of %d bytes: got %d", length, size, len(got))
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := m.large.enter(t.Context(), "b", budget); err != nil {
		t.Errorf("memory was not given back: %v", err)
	}
}

func TestLargeBodiesWaitAndSmallOnesDoNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size = 100 << 10
		m := newMemory(2*size, size, patience, unnoticed)
		large := strings.Repeat("x", size)
		release := make(chan struct{})
		holding := func([]byte) error { <-release; return nil }
		at := func(ctx context.Context, who broker.ClientID, body string, length int64, use func([]byte) error) error {
			return m.with(request(t, ctx, strings.NewReader(body), length), who, allowed, use)
		}
		done := func([]byte) error { return nil }
		ended := make(chan error, 4)
		for _, who := range []broker.ClientID{"a", "b"} {
			go func() { ended <- at(t.Context(), who, large, size, holding) }()
		}
		synctest.Wait() // both have all the memory there is

		if err := at(t.Context(), "a", "small", 5, done); err != nil {
			t.Errorf("small: %v", err)
		}
		for who, want := range map[broker.ClientID]broker.Kind{"a": broker.RateLimited, "c": broker.Unavailable} {
			began := time.Now()
			if err := at(t.Context(), who, large, size, done); !errors.Is(err, want) || time.Since(began) != patience {
				t.Errorf("large of %s: got %v after %s, want %s", who, err, time.Since(began), want)
			}
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		for _, who := range []broker.ClientID{"a", "c"} {
			if err := at(gone, who, large, size, done); !errors.Is(err, context.Canceled) {
				t.Errorf("%s is gone: got %v", who, err)
			}
		}
		for _, who := range []broker.ClientID{"a", "c"} {
			go func() { ended <- at(t.Context(), who, large, -1, done) }()
		}
		synctest.Wait()
		close(release)
		for range 4 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if _, err := m.large.enter(t.Context(), "d", 2*size); err != nil {
			t.Errorf("memory was not given back: %v", err)
		}
	})
}

// One client that sends much at once does not keep the others waiting.
func TestOneClientDoesNotTakeAllTheMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size = 100 << 10
		m := newMemory(2*size, size, patience, unnoticed)
		large, release := strings.Repeat("x", size), make(chan struct{})
		ended := make(chan error, 20)
		for range 20 {
			go func() {
				ended <- m.with(request(t, t.Context(), strings.NewReader(large), size), "a", allowed, func([]byte) error { <-release; return nil })
			}()
		}
		synctest.Wait()
		began := time.Now()
		err := m.with(request(t, t.Context(), strings.NewReader(large), size), "b", allowed, func([]byte) error { return nil })
		if err != nil || time.Since(began) != 0 {
			t.Errorf("got %v after %s, want no waiting", err, time.Since(began))
		}
		close(release)
		for range 20 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestLargeBodyIsNotReadWithoutLeave(t *testing.T) {
	t.Parallel()
	m := newMemory(1<<20, 1<<20, patience, unnoticed)
	no := errors.New("no")
	body := strings.NewReader(strings.Repeat("x", 1<<20))
	use := func([]byte) error { t.Error("it was used"); return nil }
	if err := m.with(request(t, t.Context(), body, 1<<20), "a", func() error { return no }, use); err != no {
		t.Errorf("got %v, want %v", err, no)
	}
	if got, want := body.Len(), 1<<20-smallBody; got != want {
		t.Errorf("got %d bytes left, want %d", got, want)
	}
}
