package submission

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vierkant/vierkant/broker"
)

const (
	smallBody     = 64 << 10
	defaultBudget = 128 << 20
	patience      = 10 * time.Second // how long a large body waits for room
)

// memory lends memory to bodies that have to be there as a whole.
type memory struct {
	small sync.Pool // *[smallBody]byte
	large *semaphore.Weighted
	most  int64 // length of the longest body
}

func newMemory(budget, most int64) *memory {
	if budget == 0 {
		budget = defaultBudget
	}
	return &memory{
		small: sync.Pool{New: func() any { return new([smallBody]byte) }},
		large: semaphore.NewWeighted(max(budget, most)), most: most,
	}
}

// with reads the body of r and hands it to use, which must not keep it.
func (m *memory) with(r *http.Request, use func(text []byte) error) error {
	head := m.small.Get().(*[smallBody]byte)
	defer m.small.Put(head)
	n, err := io.ReadFull(r.Body, head[:])
	switch err {
	case io.EOF, io.ErrUnexpectedEOF:
		return use(head[:n])
	case nil:
		return m.withLarge(r, head[:], use)
	}
	return err
}

func (m *memory) withLarge(r *http.Request, head []byte, use func(text []byte) error) error {
	size := r.ContentLength
	if size < 0 {
		size = m.most
	}
	if err := m.acquire(r.Context(), size); err != nil {
		return err
	}
	defer m.large.Release(size)
	text := bytes.NewBuffer(make([]byte, 0, m.room(r.ContentLength)))
	text.Write(head)
	if _, err := text.ReadFrom(r.Body); err != nil {
		return err
	}
	return use(text.Bytes())
}

// room is how much to allocate at first: all of a body of known length, with what ReadFrom needs to see its end.
func (m *memory) room(length int64) int64 {
	const unknown = 1 << 20
	if length < 0 {
		return unknown
	}
	return length + bytes.MinRead
}

func (m *memory) acquire(ctx context.Context, size int64) error {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := m.large.Acquire(waiting, size)
	if err != nil && ctx.Err() == nil {
		return broker.Unavailable.Wrap(err, "", "too many large submissions arrive at once: send it again in a few seconds")
	}
	return err
}
