package publication

import (
	"encoding/json"
	"fmt"

	"github.com/vierkant/vierkant/broker"
)

// put writes an entry with a value.
func put(tx broker.Tx, kind broker.EntryKind, id, owner string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return tx.PutEntry(broker.Entry{Kind: kind, ID: id, Owner: owner, Value: raw})
}

func decode[R any](e broker.Entry) (r R, err error) {
	if err := json.Unmarshal(e.Value, &r); err != nil {
		return r, fmt.Errorf("the %s %s cannot be read: %w", e.Kind, e.ID, err)
	}
	return r, nil
}

func decodeAll[R any](entries []broker.Entry, total int, err error) ([]R, int, error) {
	if err != nil {
		return nil, 0, err
	}
	all := make([]R, len(entries))
	for i, e := range entries {
		if all[i], err = decode[R](e); err != nil {
			return nil, 0, err
		}
	}
	return all, total, nil
}

// whole reads a list to its end.
func whole[R any](list func(broker.Page) ([]broker.Entry, int, error)) (all []R, err error) {
	for total := 1; len(all) < total; {
		var some []R
		some, total, err = decodeAll[R](list(broker.Page{Offset: len(all), Limit: broker.MaxPage}))
		if err != nil || len(some) == 0 {
			return all, err
		}
		all = append(all, some...)
	}
	return all, nil
}
