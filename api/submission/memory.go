package submission

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// smallBody is up to which length bodies wait for nobody.
const smallBody = 64 << 10

// memory lends memory to bodies that have to be there as a whole.
type memory struct {
	small sync.Pool // *[smallBody]byte
	large *gate     // by bytes; one body of each client
	most  int64     // length of the longest body
}

func newMemory(budget, most int64, patience time.Duration, refused func()) *memory {
	return &memory{
		small: sync.Pool{New: func() any { return new([smallBody]byte) }},
		large: newGate(max(budget, most), 1, patience, refused), most: most,
	}
}

// with reads the body of r and hands it to use, which must not keep it. A large one is read only if may has nothing against it.
func (m *memory) with(r *http.Request, who broker.ClientID, may func() error, use func(text []byte) error) error {
	head := m.small.Get().(*[smallBody]byte)
	defer m.small.Put(head)
	n, err := io.ReadFull(r.Body, head[:])
	switch err {
	case io.EOF, io.ErrUnexpectedEOF:
		return use(head[:n])
	case nil:
		if err := may(); err != nil {
			return err
		}
		return m.withLarge(r, who, head[:], use)
	}
	return err
}

func (m *memory) withLarge(r *http.Request, who broker.ClientID, head []byte, use func(text []byte) error) error {
	size := r.ContentLength
	if size < 0 {
		size = m.most
	}
	leave, err := m.large.enter(r.Context(), who, size)
	if err != nil {
		return err
	}
	defer leave()
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
