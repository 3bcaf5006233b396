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

func request(t *testing.T, ctx context.Context, body io.Reader, length int64) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, "/", body)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = length
	return r
}

func TestMemoryHandsOnTheWholeBody(t *testing.T) {
	t.Parallel()
	m := newMemory(0, 1<<20)
	for _, size := range []int{0, 1, smallBody - 1, smallBody, smallBody + 1, 1 << 20} {
		want := strings.Repeat("x", size)
		for _, length := range []int64{int64(size), -1} {
			err := m.with(request(t, t.Context(), io.NopCloser(strings.NewReader(want)), length), func(got []byte) error {
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
	if !m.large.TryAcquire(defaultBudget) {
		t.Error("memory was not given back")
	}
}

func TestLargeBodiesWaitAndSmallOnesDoNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size = 100 << 10
		m := newMemory(size, size)
		large := strings.Repeat("x", size)
		release := make(chan struct{})
		hold := func(wait bool) func([]byte) error {
			return func([]byte) error {
				if wait {
					<-release
				}
				return nil
			}
		}
		first := make(chan error, 1)
		go func() { first <- m.with(request(t, t.Context(), strings.NewReader(large), size), hold(true)) }()
		synctest.Wait() // the first has all the memory there is

		if err := m.with(request(t, t.Context(), strings.NewReader("small"), 5), hold(false)); err != nil {
			t.Errorf("small: %v", err)
		}
		began := time.Now()
		err := m.with(request(t, t.Context(), strings.NewReader(large), size), hold(false))
		if !errors.Is(err, broker.Unavailable) || time.Since(began) != patience {
			t.Errorf("large: got %v after %s", err, time.Since(began))
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if err := m.with(request(t, gone, strings.NewReader(large), size), hold(false)); !errors.Is(err, context.Canceled) {
			t.Errorf("client gone: got %v", err)
		}
		second := make(chan error, 1)
		go func() { second <- m.with(request(t, t.Context(), strings.NewReader(large), -1), hold(false)) }()
		synctest.Wait()
		close(release)
		for _, done := range []chan error{first, second} {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}
