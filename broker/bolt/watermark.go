package bolt

import "sync"

// watermark is the number of the last transaction known to be durable. The zero value is ready to use.
type watermark struct {
	mu      sync.Mutex
	reached int
	moved   chan struct{} // closed at the next advance; nil while nobody waits
}

func (w *watermark) advance(to int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reached = to
	if w.moved != nil {
		close(w.moved)
		w.moved = nil
	}
}

// await reports whether transaction n is durable; if it is not, moved is closed when that may have changed.
func (w *watermark) await(n int) (moved <-chan struct{}, reached bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n <= w.reached {
		return nil, true
	}
	if w.moved == nil {
		w.moved = make(chan struct{})
	}
	return w.moved, false
}
