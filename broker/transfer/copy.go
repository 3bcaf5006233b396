package transfer

import (
	"context"
	"fmt"
	"io"

	"github.com/vierkant/vierkant/broker"
)

// A batch has at most so many rows, and no further one once it has so many bytes.
const (
	batchRows  = 1000
	batchBytes = 4 << 20

	// Of large bodies it is noted how far they are after so many, or so many bytes.
	notedBlobs = 64
	notedBytes = 64 << 20
)

// copyAll writes what the target does not have yet.
func (m *Move) copyAll(ctx context.Context) error {
	for _, kind := range Kinds() {
		if err := m.copyKind(ctx, kind); err != nil {
			return fmt.Errorf("copy %s: %w", kind, err)
		}
	}
	if err := m.copyBlobs(ctx); err != nil {
		return fmt.Errorf("copy %s: %w", LargeBodies, err)
	}
	return nil
}

func (m *Move) copyKind(ctx context.Context, kind Kind) error {
	var (
		rows [][]byte
		size int
	)
	flush := func() error {
		err := m.write(ctx, kind, rows, size)
		rows, size = nil, 0
		return err
	}
	for row, err := range m.from.Store.Export(ctx, kind, m.target.Done[kind].Rows) {
		if err != nil {
			return err
		}
		rows, size = append(rows, row), size+len(row)
		if len(rows) < batchRows && size < batchBytes {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	if err := flush(); err != nil {
		return err
	}
	m.report(Step{Kind: kind, Progress: m.target.Done[kind], Finished: true})
	return nil
}

// write writes rows, and with them how far the kind is.
func (m *Move) write(ctx context.Context, kind Kind, rows [][]byte, size int) error {
	if len(rows) == 0 {
		return nil
	}
	before := m.target.Done[kind]
	m.target.Done[kind] = Progress{before.Rows + int64(len(rows)), before.Bytes + int64(size)}
	if err := m.to.Store.Import(ctx, Batch{Kind: kind, First: before.Rows, Rows: rows, Mark: m.target}); err != nil {
		return err
	}
	m.report(Step{Kind: kind, Progress: m.target.Done[kind]})
	return nil
}

// copyBlobs copies large bodies in the order of their names. Those that were copied after the last note are copied again.
func (m *Move) copyBlobs(ctx context.Context) error {
	done, noted := m.target.Done[LargeBodies], m.target.Done[LargeBodies]
	for id, err := range m.from.Blobs.List(ctx, m.target.Blob) {
		if err != nil {
			return err
		}
		size, err := m.copyBlob(ctx, id)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		done = Progress{done.Rows + 1, done.Bytes + size}
		m.target.Blob, m.target.Done[LargeBodies] = id, done
		m.report(Step{Kind: LargeBodies, Progress: done})
		if done.Rows-noted.Rows < notedBlobs && done.Bytes-noted.Bytes < notedBytes {
			continue
		}
		if err := m.to.Store.SetMark(ctx, m.target); err != nil {
			return err
		}
		noted = done
	}
	m.report(Step{Kind: LargeBodies, Progress: done, Finished: true})
	return nil
}

func (m *Move) copyBlob(ctx context.Context, id broker.BlobID) (size int64, err error) {
	r, err := m.from.Blobs.Open(ctx, id)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	counted := &counter{r: r}
	err = m.to.Blobs.PutAs(ctx, id, counted)
	return counted.n, err
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// endable ends a long reading with its context.
type endable struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (e *endable) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.r.Read(p)
}
