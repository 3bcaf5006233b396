package seal

// A belt carries chunks, in their order, from who fills them to a goroutine that does the rest of the work on them, so
// that two processors share it. It belongs to who fills, who must end it; then nothing of it is left.
type belt struct {
	empty, full chan []byte
	err         error // the first one of do; read it when empty is closed
	ended       bool
}

// onBelt is how many chunks there are: one is filled, one is worked on, one waits.
const onBelt = 3

// newBelt starts do on what will be passed. Chunks have so many bytes.
func newBelt(size int, do func(chunk []byte) error) *belt {
	b := &belt{empty: make(chan []byte, onBelt), full: make(chan []byte, onBelt)}
	for range onBelt {
		b.empty <- make([]byte, size)
	}
	go b.run(do)
	return b
}

func (b *belt) run(do func([]byte) error) {
	defer close(b.empty)
	for chunk := range b.full {
		if b.err = do(chunk); b.err != nil {
			return
		}
		b.empty <- chunk[:cap(chunk)]
	}
}

// next returns a chunk to fill, when there is one. The error is that of do, from then on.
func (b *belt) next() ([]byte, error) {
	chunk, ok := <-b.empty
	if !ok {
		return nil, b.err
	}
	return chunk, nil
}

// pass sends off a chunk from next. There is room for all, so it never waits.
func (b *belt) pass(chunk []byte) {
	b.full <- chunk
}

// end waits until all that was passed is done, or one failed, and returns that error. It may be called again.
func (b *belt) end() error {
	if !b.ended {
		close(b.full)
		b.ended = true
	}
	for range b.empty {
		continue // what is left over
	}
	return b.err
}
