package bolt

import "sync"

// memoSize bounds the stored bytes that a memo knows.
const memoSize = 16 << 20

// memo remembers what stored bytes were decoded to, for records that are read with nearly every request and hardly ever change: clients,
// destinations and their keys. It is asked by the bytes themselves, so it cannot be out of date; rejected: to be asked by key, and
// told of every write, also of those that were taken back. What it returns is shared, so these records' domain methods copy.
type memo struct {
	mu    sync.RWMutex
	known map[memoKey]any // guarded by mu
	size  int             // guarded by mu
}

type memoKey struct {
	bucket bucket
	raw    string
}

// remembers reports whether records of a bucket are worth it.
func remembers(k bucket) bool { return k == clients || k == destinations || k == destinationKeys }

func (m *memo) get(k bucket, raw []byte) (record any, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	record, ok = m.known[memoKey{k, string(raw)}]
	return record, ok
}

// put remembers a record; when there are too many it begins anew.
func (m *memo) put(k bucket, raw []byte, record any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || m.size+len(raw) > memoSize {
		m.known, m.size = make(map[memoKey]any), 0
	}
	m.known[memoKey{k, string(raw)}] = record
	m.size += len(raw)
}
