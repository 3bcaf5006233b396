package bolt

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/vierkant/vierkant/broker"
)

// record is how a D is stored.
type record[D any] interface{ domain() D }

func encode(k bucket, record any) ([]byte, error) {
	raw, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", layout[k].name, err)
	}
	return raw, nil
}

func decode[R any](k bucket, raw []byte) (r R, err error) {
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("%s: a record cannot be read: %w", layout[k].name, err)
	}
	return r, nil
}

// recall decodes a record that may be remembered and then is shared; see memo.
func recall[R any](t *tx, k bucket, raw []byte) (r R, err error) {
	if !remembers(k) {
		return decode[R](k, raw)
	}
	if known, ok := t.memo.get(k, raw); ok {
		return known.(R), nil
	}
	if r, err = decode[R](k, raw); err == nil {
		t.memo.put(k, raw, r)
	}
	return r, err
}

// save writes one record.
func (t *tx) save(k bucket, key []byte, record any) error {
	raw, err := encode(k, record)
	if err != nil {
		return err
	}
	return t.put(k, key, raw)
}

// load reads one record.
func load[R any](t *tx, k bucket, key []byte) (r R, err error) {
	raw := t.get(k, key)
	if raw == nil {
		return r, broker.ErrNoRow
	}
	return recall[R](t, k, raw)
}

// fetch reads what one record stands for.
func fetch[R record[D], D any](t *tx, k bucket, key []byte) (d D, err error) {
	r, err := load[R](t, k, key)
	if err != nil {
		return d, err
	}
	return r.domain(), nil
}

// fetchAll reads what the records under a prefix stand for, in the order of their keys.
func fetchAll[R record[D], D any](t *tx, k bucket, prefix []byte) (all []D, err error) {
	c := t.bucket(k).Cursor()
	for at, raw := c.Seek(prefix); at != nil && bytes.HasPrefix(at, prefix); at, raw = c.Next() {
		r, err := recall[R](t, k, raw)
		if err != nil {
			return nil, err
		}
		all = append(all, r.domain())
	}
	return all, nil
}
