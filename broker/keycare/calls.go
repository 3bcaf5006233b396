package keycare

import (
	"context"
	"net/url"
	"sync"

	"github.com/vierkant/vierkant/crypto/revocation"
)

// calls are those of one round. Lists are fetched once for all keys, and a host that did not answer is not called again: thousands of
// certificates name the same few places.
type calls struct {
	send func(context.Context, revocation.Call) ([]byte, error)

	mu    sync.Mutex
	lists map[string]*list // guarded by mu; by URL
	down  map[string]error // guarded by mu; by host
}

// list is what a GET brought.
type list struct {
	once sync.Once
	raw  []byte // set once
	err  error  // set once
}

// maxLists bounds the lists that are kept during a round.
const maxLists = 20

func (k *Keeper) newCalls() *calls {
	return &calls{send: k.cfg.Fetch, lists: map[string]*list{}, down: map[string]error{}}
}

func (c *calls) fetch(ctx context.Context, call revocation.Call) ([]byte, error) {
	if err := c.isDown(call.URL); err != nil {
		return nil, err
	}
	if call.Body != nil {
		return c.do(ctx, call)
	}
	l := c.list(call.URL)
	l.once.Do(func() { l.raw, l.err = c.do(ctx, call) })
	return l.raw, l.err
}

func (c *calls) do(ctx context.Context, call revocation.Call) ([]byte, error) {
	raw, err := c.send(ctx, call)
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.down[host(call.URL)] = err
	}
	return raw, err
}

func (c *calls) isDown(at string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.down[host(at)]
}

// list returns the place of a list; beyond maxLists one of its own.
func (c *calls) list(at string) *list {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, known := c.lists[at]
	if !known {
		l = new(list)
		if len(c.lists) < maxLists {
			c.lists[at] = l
		}
	}
	return l
}

func host(at string) string {
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	return u.Host
}
