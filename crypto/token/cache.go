package token

import (
	"crypto/sha256"
	"sync"
)

// cache remembers checked tokens in two generations of half its size each. New and used entries are in the young one;
// when that is full it becomes the old one, and what nobody asked for since the last change is dropped with the
// former old one. It is the least recently used order in all that matters here, without a list to maintain on every hit.
type cache struct {
	half int // entries per generation; 0 remembers nothing

	mu         sync.RWMutex // guards young and old
	young, old map[[sha256.Size]byte]*checked
}

func newCache(size int) *cache {
	return &cache{half: (size + 1) / 2, young: map[[sha256.Size]byte]*checked{}}
}

func (c *cache) get(sum [sha256.Size]byte) (*checked, bool) {
	c.mu.RLock()
	token, isYoung := c.young[sum]
	if !isYoung {
		token = c.old[sum]
	}
	c.mu.RUnlock()
	if !isYoung && token != nil {
		c.put(sum, token)
	}
	return token, token != nil
}

func (c *cache) put(sum [sha256.Size]byte, token *checked) {
	if c.half == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= c.half {
		c.young, c.old = make(map[[sha256.Size]byte]*checked, c.half), c.young
	}
	c.young[sum] = token
}
