package seal

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

// Behind 2^36-32 bytes the counter would come round: neither side goes there. Nobody waits for so many bytes here.
func TestNoMoreThanTheCounterHas(t *testing.T) {
	t.Parallel()
	g, err := newGCM(make([]byte, contentKeySize), make([]byte, ivSize), nil)
	if err != nil {
		t.Fatal(err)
	}
	writer := &Writer{out: io.Discard, gcm: g}
	writer.written = maxContent - 2
	if n, err := writer.Write([]byte("ab")); n != 2 || err != nil {
		t.Errorf("the last two bytes: got %d, %v", n, err)
	}
	if n, err := writer.Write([]byte("c")); n != 0 || !errors.Is(err, ErrTooLarge) {
		t.Errorf("one more: got %d, %v, want 0, %v", n, err, ErrTooLarge)
	}
	writer.err = nil
	if n, err := writer.ReadFrom(strings.NewReader("c")); n != 0 || !errors.Is(err, ErrTooLarge) {
		t.Errorf("one more from a reader: got %d, %v, want 0, %v", n, err, ErrTooLarge)
	}
	if err := writer.Close(); !errors.Is(err, ErrTooLarge) || writer.Tag() != "" {
		t.Errorf("closed: got %v and tag %q", err, writer.Tag())
	}
	for limit, want := range map[int64]int64{math.MinInt64: math.MinInt64, -1: -1, 0: 0, maxContent: maxContent, math.MaxInt64: maxContent} {
		if got := mostContent(Header{}, limit); got != want {
			t.Errorf("limit %d: got %d, want %d", limit, got, want)
		}
	}
	for limit, want := range map[int64]int64{math.MinInt64: math.MinInt64, -1: -1, 0: 64 << 10, 100: 200 + 64<<10, math.MaxInt64: maxContent} {
		if got := mostContent(Header{Zip: deflate}, limit); got != want {
			t.Errorf("zip, limit %d: got %d, want %d", limit, got, want)
		}
	}
}
