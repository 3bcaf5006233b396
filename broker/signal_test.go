package broker_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vierkant/vierkant/broker"
)

func TestAwait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		set, ended := make(broker.Signal, 1), make(broker.Signal, 1)
		set.Set()
		set.Set()
		over, end := context.WithCancel(t.Context())
		end()
		for _, test := range []struct {
			name   string
			signal broker.Signal
			ctx    context.Context
			want   time.Duration
		}{
			{"set", set, t.Context(), 0},
			{"no longer set", set, t.Context(), time.Hour},
			{"nil", nil, t.Context(), time.Hour},
			{"at the end", ended, over, 0},
		} {
			began := time.Now()
			test.signal.Await(test.ctx, time.Hour)
			if got := time.Since(began); got != test.want {
				t.Errorf("%s: waited %s, want %s", test.name, got, test.want)
			}
		}
	})
}

// What is set is written after the pause, and nothing after the end.
func TestGather(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		some, began, failure := make(broker.Signal, 1), time.Now(), errors.New("no disk")
		var writes []time.Duration
		var told []error
		write := func(context.Context) error {
			writes = append(writes, time.Since(began))
			if len(writes) == 2 {
				return failure
			}
			return nil
		}
		go some.Gather(ctx, time.Second, write, func(err error) { told = append(told, err) })
		for range 2 {
			some.Set()
			time.Sleep(10 * time.Second) // of the bubble
		}
		some.Set()
		synctest.Wait()
		end()
		synctest.Wait()
		if want := []time.Duration{time.Second, 11 * time.Second}; !slices.Equal(writes, want) || len(told) != 1 || told[0] != failure {
			t.Errorf("got writes after %s, and was told %v, want them after %s, and the error of the second", writes, told, want)
		}
	})
}

func TestSetbacks(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := broker.Setbacks{Log: slog.New(slog.NewTextHandler(&log, nil)), Over: "all is well", First: time.Second, Last: time.Minute}
	s.Worked()
	if log.Len() > 0 {
		t.Errorf("nothing failed, and the log has %s", &log)
	}
	for range 2 { // as long after a success as before
		for n, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute} {
			if got := s.Failed("it fails", errors.New("no disk")); got != want {
				t.Errorf("after %d failures: got %s, want %s", n+1, got, want)
			}
		}
		s.Worked()
		s.Worked()
	}
	for range 1000 {
		if got := s.Failed("it fails", "still"); got > time.Minute || got < time.Second {
			t.Fatalf("got %s", got)
		}
	}
	for text, want := range map[string]int{`msg="it fails" error="no disk"`: 2, `msg="all is well" failures=7`: 2, "still": 1, "\n": 5} {
		if got := strings.Count(log.String(), text); got != want {
			t.Errorf("got %d times %q, want %d:\n%s", got, text, want, &log)
		}
	}
}
