package testenv_test

import (
	"fmt"
	"sync"

	"github.com/vierkant/vierkant/crypto/set"
)

// witness compares what readers of event logs are shown, wherever they read: an event has one signed form, for ever.
type witness struct {
	mu   sync.Mutex
	seen map[string]string   // guarded by mu: token by jti
	kids map[string]struct{} // guarded by mu: keys that signed them
}

func newWitness() *witness { return &witness{seen: map[string]string{}, kids: map[string]struct{}{}} }

// see takes tokens down. An error means that one of them was seen in another form before.
func (w *witness) see(tokens []string) error {
	for _, raw := range tokens {
		token, err := set.Parse(raw)
		if err != nil {
			return err
		}
		if err := w.compare(token); err != nil {
			return err
		}
	}
	return nil
}

func (w *witness) compare(token set.Token) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := token.Claims.ID
	if before, known := w.seen[id]; known && before != token.Raw {
		return fmt.Errorf("event %s has two signed forms:\n%s\n%s", id, before, token.Raw)
	}
	w.seen[id] = token.Raw
	w.kids[token.KID] = struct{}{}
	return nil
}

func (w *witness) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.seen)
}

// saw reports whether an event that a key signed was seen.
func (w *witness) saw(kid string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.kids[kid]
	return ok
}
