package fair

import "container/list"

// Recent keeps a value for each of those keys that were used last. It is not safe for concurrent use.
type Recent[K comparable, V any] struct {
	most    int
	entries map[K]*list.Element
	order   list.List // of *entry[K, V], the last used first
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// NewRecent keeps at most so many.
func NewRecent[K comparable, V any](most int) *Recent[K, V] {
	return &Recent[K, V]{most: most, entries: make(map[K]*list.Element)}
}

// Find returns the value of a key, nil if there is none.
func (r *Recent[K, V]) Find(key K) *V {
	found, ok := r.entries[key]
	if !ok {
		return nil
	}
	r.order.MoveToFront(found)
	return &found.Value.(*entry[K, V]).value
}

// Get returns the value of a key; if there was none, it is a zero value now, and the key that was not used for longest is forgotten.
func (r *Recent[K, V]) Get(key K) *V {
	if value := r.Find(key); value != nil {
		return value
	}
	if len(r.entries) >= r.most {
		r.Drop(r.order.Back().Value.(*entry[K, V]).key)
	}
	made := &entry[K, V]{key: key}
	r.entries[key] = r.order.PushFront(made)
	return &made.value
}

// Drop forgets a key.
func (r *Recent[K, V]) Drop(key K) {
	if found, ok := r.entries[key]; ok {
		r.order.Remove(found)
		delete(r.entries, key)
	}
}
