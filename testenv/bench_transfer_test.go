package testenv_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
)

const mib = 1 << 20

// transferSizes is how large bodies are, and how often each is sent.
var transferSizes = []struct{ size, times int }{{1 * mib, 60}, {20 * mib, 8}, {200 * mib, 2}}

// transfers measures uploads beside a plain copy of the body to a synced file, and downloads beside http.ServeContent of the same bytes,
// by turns. Signatures are out of the way before and between.
func (s *stand) transfers(b *testing.B) {
	for _, t := range transferSizes {
		sent := make([]parcelRef, 1+t.times)
		for i := range sent {
			sent[i] = s.announced(b)
		}
		s.drain(b)
		names := s.uploads(b, t.size, sent)
		for _, p := range sent {
			s.submit(b, p)
		}
		s.drain(b)
		s.downloads(b, t.size, sent, names)
	}
}

// uploads sends one attachment of each, the first to warm up, and returns where the plain server has the same.
func (s *stand) uploads(b *testing.B, size int, to []parcelRef) (names []string) {
	b.Helper()
	var broker, plain stopwatch
	for i, p := range to {
		names = append(names, "/files/"+uuid.NewString())
		broker.time(b, i, func() error { return s.put(b.Context(), p, s.body(size)) })
		plain.time(b, i, func() error {
			_, err := s.plain.call(b.Context(), http.MethodPut, names[i], joseType, s.body(size), 204)
			return err
		})
	}
	s.transferred(b, "upload", size, broker.rate(size), plain.rate(size), "")
	return names
}

func (s *stand) downloads(b *testing.B, size int, from []parcelRef, names []string) {
	b.Helper()
	var broker, plain stopwatch
	for i, p := range from {
		broker.time(b, i, func() error { return fetch(b.Context(), s.asSubscriber, p.path(0), size) })
		plain.time(b, i, func() error { return fetch(b.Context(), s.plain, names[i], size) })
	}
	s.transferred(b, "download", size, broker.rate(size), plain.rate(size), "≥ 0.8")
}

// stopwatch adds up what takes its time, apart from the first, which warms up.
type stopwatch struct {
	took  time.Duration
	count int
}

func (w *stopwatch) time(b *testing.B, i int, work func() error) {
	b.Helper()
	start := time.Now()
	if err := work(); err != nil {
		b.Fatal(err)
	}
	if i > 0 {
		w.took += time.Since(start)
		w.count++
	}
}

// rate is in MiB per second, for works on so many bytes each.
func (w *stopwatch) rate(size int) float64 { return float64(w.count*size/mib) / w.took.Seconds() }

func (s *stand) transferred(b *testing.B, what string, size int, broker, plain float64, aim string) {
	name := fmt.Sprintf("%s/MiB=%d", what, size/mib)
	figure(b, name, map[string]float64{"MiB/s": broker, "plain-MiB/s": plain, "ratio": broker / plain})
	s.table.compare(fmt.Sprintf("%s of %d MiB (MiB per second)", what, size/mib), "%.0f", broker, plain, aim)
}

func (s *stand) announced(b *testing.B) (p parcelRef) {
	b.Helper()
	p.attachments = []string{uuid.NewString()}
	var err error
	if p.ref, err = s.asSender.announce(b.Context(), s.at, p.attachments...); err != nil {
		b.Fatal(err)
	}
	return p
}

func (s *stand) submit(b *testing.B, p parcelRef) {
	b.Helper()
	_, err := s.asSender.call(b.Context(), http.MethodPut, "/submissions/"+p.ref.SubmissionID, jsonType, bytes.NewReader(s.content(4<<10)), 200)
	if err != nil {
		b.Fatal(err)
	}
}

func (s *stand) put(ctx context.Context, p parcelRef, body io.Reader) error {
	_, err := s.asSender.call(ctx, http.MethodPut, p.path(0), joseType, body, 204)
	return err
}

// fetch reads an answer to its end and keeps nothing.
func fetch(ctx context.Context, from caller, path string, size int) error {
	response, err := from.do(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, response.Body, make([]byte, 256<<10))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK || n > int64(size) || n < int64(size-3) {
		return fmt.Errorf("GET %s: got %d with %d bytes, want 200 with %d", path, response.StatusCode, n, size)
	}
	return nil
}

// stream is a large sealed part that is made while it is read.
type stream struct {
	io.Reader
	size int64
}

// Size lets the length be announced.
func (s stream) Size() int64 { return s.size }

// body returns a sealed part of at most size bytes, and at least size-3.
func (s *stand) body(size int) stream {
	e := newEnvelope(s.sealKey, s.random)
	room := (size - len(e.front) - len(e.back)) / 4 * 4
	content := io.LimitReader(&again{block: s.block}, int64(room))
	return stream{io.MultiReader(bytes.NewReader([]byte(e.front)), content, bytes.NewReader([]byte(e.back))), int64(len(e.front) + room + len(e.back))}
}

// again reads a block without end.
type again struct {
	block []byte
	at    int
}

// Read implements io.Reader.
func (a *again) Read(p []byte) (int, error) {
	n := copy(p, a.block[a.at:])
	a.at = (a.at + n) % len(a.block)
	return n, nil
}
