package transfer

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/broker"
)

// Digest is what a side holds of a kind.
type Digest struct {
	Kind Kind `json:"kind"`
	Progress
	SHA512 string `json:"sha512"` // of the rows, each followed by a line feed
}

// errDiffer is followed by what differs.
var errDiffer = errors.New("the two sides differ, and the target stays unusable: empty it, and run the move again")

// verify reads everything on both sides and compares it.
func (m *Move) verify(ctx context.Context) error {
	m.target.Result = nil
	for _, kind := range append(Kinds(), LargeBodies) {
		d, err := m.compare(ctx, kind)
		if err != nil {
			return fmt.Errorf("verify %s: %w", kind, err)
		}
		m.target.Result = append(m.target.Result, d)
		m.report(Step{Verifying: true, Kind: kind, Progress: d.Progress, Finished: true})
	}
	return m.markTarget(ctx, Verified)
}

// compare reads a kind on both sides at once. Only when they differ it is read again, side by side, to say where.
func (m *Move) compare(ctx context.Context, kind Kind) (Digest, error) {
	var source, target Digest
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		source, err = digest(ctx, kind, m.from, func(p Progress) { m.report(Step{Verifying: true, Kind: kind, Progress: p}) })
		return err
	})
	both.Go(func() (err error) {
		target, err = digest(ctx, kind, m.to, func(Progress) {})
		return err
	})
	if err := both.Wait(); err != nil || source == target {
		return source, err
	}
	where, err := m.difference(context.WithoutCancel(ctx), kind)
	if err != nil {
		return source, err
	}
	return source, fmt.Errorf("%w; %s", errDiffer, where)
}

// digest reads a kind of one side.
func digest(ctx context.Context, kind Kind, s Side, tell func(Progress)) (d Digest, err error) {
	sum := sha512.New()
	d.Kind = kind
	for row, err := range s.rows(ctx, kind) {
		if err != nil {
			return d, err
		}
		sum.Write(row)
		sum.Write([]byte{'\n'})
		d.Rows++
		d.Bytes += weight(kind, row)
		if d.Rows%batchRows == 0 || kind == LargeBodies {
			tell(d.Progress)
		}
	}
	d.SHA512 = hex.EncodeToString(sum.Sum(nil))
	return d, nil
}

// weight is how many bytes a row stands for.
func weight(kind Kind, row []byte) int64 {
	if kind != LargeBodies {
		return int64(len(row))
	}
	blob, _ := Decode[BlobRow](row) // it was written by blobRow
	return blob.Size
}

// rows reads a kind, also that of large bodies.
func (s Side) rows(ctx context.Context, kind Kind) iter.Seq2[[]byte, error] {
	if kind == LargeBodies {
		return s.blobRows(ctx)
	}
	return s.Store.Export(ctx, kind, 0)
}

// blobRows describes all large bodies by what is in them.
func (s Side) blobRows(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for id, err := range s.Blobs.List(ctx, "") {
			if err != nil {
				yield(nil, err)
				return
			}
			row, err := blobRow(ctx, s.Blobs, id)
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func blobRow(ctx context.Context, blobs Blobs, id broker.BlobID) ([]byte, error) {
	r, err := blobs.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	sum := sha512.New()
	n, err := io.Copy(sum, &endable{ctx, r})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	return Encode(BlobRow{string(id), n, sum.Sum(nil)})
}

// difference says where the two sides differ first.
func (m *Move) difference(ctx context.Context, kind Kind) (string, error) {
	next, stop := iter.Pull2(m.to.rows(ctx, kind))
	defer stop()
	number := 0
	for want, err := range m.from.rows(ctx, kind) {
		if err != nil {
			return "", err
		}
		number++
		got, err, more := next()
		switch {
		case err != nil:
			return "", err
		case !more:
			return fmt.Sprintf("the target lacks number %d (%s)", number, nameOf(want)), nil
		case !bytes.Equal(want, got):
			return fmt.Sprintf("number %d (%s) is not the same in the target", number, nameOf(want)), nil
		}
	}
	got, err, more := next()
	if err != nil || !more {
		return "where cannot be said: read again they are the same", err
	}
	return fmt.Sprintf("the target has more than the %d of the source (%s)", number, nameOf(got)), nil
}
