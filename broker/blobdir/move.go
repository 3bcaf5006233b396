package blobdir

import (
	"context"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/vierkant/vierkant/broker"
)

// PutAs keeps the bytes of r under a name that some Blobs gave, durably, in place of what it may have had: for what is moved here from
// elsewhere (transfer.Blobs).
func (d *Dir) PutAs(ctx context.Context, id broker.BlobID, r io.Reader) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, ok := d.path(id); !ok {
		return broker.Invalid.New("bad-request", "%.40q is no name of a blob", id)
	}
	s, err := d.shelfOf(string(id))
	if err != nil {
		return diskError(err)
	}
	_, err = d.keep(ctx, s, string(id), r)
	return err
}

// List returns the names after one, in order. It holds those of one folder in memory.
func (d *Dir) List(ctx context.Context, after broker.BlobID) iter.Seq2[broker.BlobID, error] {
	return func(yield func(broker.BlobID, error) bool) {
		folders, err := d.folders(string(after))
		if err != nil {
			yield("", err)
			return
		}
		for _, folder := range folders {
			names, err := d.namesIn(folder, string(after))
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield("", err)
				return
			}
			for _, name := range names {
				if !yield(broker.BlobID(name), nil) {
					return
				}
			}
		}
	}
}

// folders lists the prefixes of names, from that of after on, in order.
func (d *Dir) folders(after string) (prefixes []string, err error) {
	outer, err := hexFolders(d.root)
	if err != nil {
		return nil, err
	}
	for _, first := range outer {
		inner, err := hexFolders(filepath.Join(d.root, first))
		if err != nil {
			return nil, err
		}
		for _, second := range inner {
			if prefix := first + second; prefix >= after[:min(len(after), prefixDigits)] {
				prefixes = append(prefixes, prefix)
			}
		}
	}
	return prefixes, nil
}

// hexFolders lists what is named by two hexadecimal digits, in order.
func hexFolders(path string) (names []string, err error) {
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		if name := e.Name(); len(name) == 2 && isHex(name) {
			names = append(names, name)
		}
	}
	return names, err
}

// namesIn lists the blobs in a folder, in order.
func (d *Dir) namesIn(prefix, after string) (names []string, err error) {
	entries, err := os.ReadDir(filepath.Join(d.root, prefix[:2], prefix[2:])) // in order
	for _, e := range entries {
		name := e.Name()
		if _, ok := d.path(broker.BlobID(name)); ok && strings.HasPrefix(name, prefix) && name > after {
			names = append(names, name)
		}
	}
	return names, err
}
