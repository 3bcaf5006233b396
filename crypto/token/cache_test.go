package token_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/token"
)

func TestCachedTokenExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	raw, claims := w.issue(t)
	for _, step := range []struct {
		at   time.Time
		want error
	}{
		{claims.IssuedAt, nil},
		{claims.Expires, nil},
		{claims.Expires.Add(token.Leeway - 1), nil},
		{claims.Expires.Add(token.Leeway), token.ErrExpired},
		{claims.IssuedAt.Add(-token.Leeway - 1), token.ErrInvalid},
		{claims.IssuedAt, nil},
	} {
		w.change(func() { w.now = step.at })
		got, err := w.verifier.Verify(raw)
		if !errors.Is(err, step.want) || (err != nil) == (got.Subject != "") {
			t.Errorf("at %s: got %+v, %v, want %v", step.at, got, err, step.want)
		}
	}
}

func TestCachedTokenDiesWithItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	raw, _ := w.issue(t)
	verify := func(want error, when string) {
		t.Helper()
		if _, err := w.verifier.Verify(raw); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", when, err, want)
		}
	}
	own, stranger := w.keys[w.kid], &newKey(t).PublicKey
	verify(nil, "fresh")
	verify(nil, "remembered")
	w.change(func() { delete(w.keys, w.kid) })
	verify(token.ErrInvalid, "key withdrawn")
	w.change(func() { w.keys[w.kid] = stranger })
	verify(token.ErrInvalid, "key replaced under the same kid")
	w.change(func() { w.keys[w.kid] = nil })
	verify(token.ErrInvalid, "key gone")
	same := *own
	w.change(func() { w.keys[w.kid] = &same })
	verify(nil, "same key at another address")
}

// Tokens that leave the cache are verified again, with and without a cache, whatever its size.
func TestCacheSizes(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 2, 3, 8} {
		w := newWorld(t, size)
		raws := make([]string, 20)
		wants := make([]token.Claims, len(raws))
		for i := range raws {
			raws[i], wants[i] = w.issue(t)
		}
		for round := range 3 {
			for i := range raws {
				got, err := w.verifier.Verify(raws[(i*7+round)%len(raws)])
				if err != nil {
					t.Fatal(err)
				}
				wantSame(t, got, wants[(i*7+round)%len(raws)])
			}
		}
	}
}

func TestVerifyConcurrently(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	var raws []string
	for range 16 {
		raw, _ := w.issue(t)
		raws = append(raws, raw)
	}
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			for i := range 40 {
				if _, err := w.verifier.Verify(raws[(worker+i)%len(raws)]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}

func TestCachedCheckAllocates(t *testing.T) {
	w := newWorld(t, 10)
	raw, _ := w.issue(t)
	if _, err := w.verifier.Verify(raw); err != nil {
		t.Fatal(err)
	}
	got := testing.AllocsPerRun(100, func() {
		if _, err := w.verifier.Verify(raw); err != nil {
			t.Error(err)
		}
	})
	if want := 1.0; got > want {
		t.Errorf("got %v allocations, want at most %v", got, want)
	}
}

// The aim is well under 2 µs.
func BenchmarkVerifyCached(b *testing.B) {
	w := newWorld(b, 1000)
	raw, _ := w.issue(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.verifier.Verify(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyFresh(b *testing.B) {
	w := newWorld(b, 0)
	raw, _ := w.issue(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.verifier.Verify(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIssue(b *testing.B) {
	w := newWorld(b, 0)
	b.ReportAllocs()
	for b.Loop() {
		w.issue(b)
	}
}
