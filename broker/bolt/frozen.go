package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// ErrOlder is the error of a file of an older format where it would have to be changed to be read.
var ErrOlder = errors.New("the store is of an older format")

// OpenFrozen opens a file that nobody writes, like that of a backup, without changing it, whatever its mark. One of an older format is ErrOlder:
// opened to be served it is brought forward.
func OpenFrozen(path string) (*Alone, error) {
	a, err := openFrozen(path)
	if err != nil {
		return nil, fmt.Errorf("open store: %s: %w", path, err)
	}
	return a, nil
}

func openFrozen(path string) (*Alone, error) {
	if _, err := os.Stat(path); err != nil { // which bbolt would make
		return nil, err
	}
	s := &Store{now: time.Now}
	err := guarded(func() (err error) {
		s.db, err = bbolt.Open(path, 0o400, &bbolt.Options{ReadOnly: true, Timeout: time.Second, NoStatistics: true})
		return err
	})
	if err != nil {
		return nil, err
	}
	a := &Alone{s: s}
	var has int
	err = guarded(func() error {
		return s.db.View(func(b *bbolt.Tx) (err error) {
			has, err = formatOf(b)
			return err
		})
	})
	if err == nil && has != format {
		err = fmt.Errorf("%w: %d", ErrOlder, has)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// NamedBlob is a large body as a record names it.
type NamedBlob struct {
	ID broker.BlobID
	// Sure tells that it is one. Whatever else looks like the name of a blob may be one, too: so a record that nobody thought of here loses nothing.
	Sure bool
}

// NamedBlobs lists all blobs that records name, some of them several times.
func (a *Alone) NamedBlobs(ctx context.Context) iter.Seq2[NamedBlob, error] {
	return func(yield func(NamedBlob, error) bool) {
		err := a.view(ctx, func(t *tx) error {
			for k := range bucketCount {
				if k == meta || k == bodies {
					continue // the mark of a move names one that it came by, and bodies are sealed
				}
				if err := t.each(k, nil, visitNames(ctx, k, yield)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errLeft) {
			yield(NamedBlob{}, err)
		}
	}
}

// lengthSize is the size of what stands at the head of a list.
const lengthSize = 8

func visitNames(ctx context.Context, k bucket, yield func(NamedBlob, error) bool) func(key, []byte) error {
	return func(_ key, raw []byte) error {
		if k == entries && len(raw) > lengthSize {
			r, err := decode[record.Entry](k, raw)
			if err != nil {
				return err
			}
			raw = r.Value
		}
		for name := range namesIn(raw) {
			if !yield(name, nil) {
				return errLeft
			}
		}
		return ctx.Err()
	}
}

// namesIn finds what looks like the name of a blob: a word of 32 hexadecimal digits.
func namesIn(raw []byte) iter.Seq[NamedBlob] {
	const (
		digits = 32
		member = `"blob":"` // by which records name them
	)
	return func(yield func(NamedBlob) bool) {
		for from := 0; from < len(raw); {
			to := from
			for to < len(raw) && isAlphanumeric(raw[to]) {
				to++
			}
			if to-from == digits && isHex(raw[from:to]) {
				if !yield(NamedBlob{broker.BlobID(raw[from:to]), bytes.HasSuffix(raw[:from], []byte(member))}) {
					return
				}
			}
			from = to + 1
		}
	}
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isHex(word []byte) bool {
	for _, c := range word {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
