package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	readOn    = "interval '15 minutes'" // how long a deleted blob can be read by those who do
	stillHere = 5 * time.Minute         // after so long a reader puts off what may have been doomed
)

// reader reads a blob chunk by chunk. It holds one chunk and no connection.
type reader struct {
	ctx       context.Context // of the opener, without its end: as with a file, Close is the end
	blobs     *Blobs
	id        string
	size      int64
	chunkSize int64

	at      int64
	loaded  int64 // number of the chunk in bytes; -1: none
	bytes   []byte
	renewed time.Time
	closed  bool
}

var (
	errClosed   = errors.New("read of a closed blob")
	errBadSeek  = errors.New("seek to before the start of a blob, or from nowhere")
	errCutShort = errors.New("a chunk is missing: the blob was deleted long ago, or the database was altered")
)

// Read implements io.Reader.
func (r *reader) Read(p []byte) (n int, err error) {
	switch {
	case r.closed:
		return 0, errClosed
	case len(p) == 0:
		return 0, nil
	case r.at >= r.size:
		return 0, io.EOF
	}
	if number := r.at / r.chunkSize; number != r.loaded {
		if err := r.load(number); err != nil {
			return 0, fmt.Errorf("read blob: %w", err)
		}
	}
	n = copy(p, r.bytes[r.at%r.chunkSize:])
	r.at += int64(n)
	return n, nil
}

// load fetches a chunk, again if the connection was lost.
func (r *reader) load(number int64) error {
	s := r.blobs.s
	ctx, cancel := s.limit(r.ctx)
	defer cancel()
	r.loaded = -1
	for lostSoFar := 0; ; lostSoFar++ {
		err := r.fetch(ctx, number)
		if err == nil {
			break
		}
		told := s.broken(ctx, err)
		if !lost(err) || ctx.Err() != nil || lostSoFar == lostAtMost {
			return told
		}
	}
	if want := min(r.chunkSize, r.size-number*r.chunkSize); int64(len(r.bytes)) != want {
		return errCutShort
	}
	r.loaded = number
	return nil
}

// fetch asks for a chunk; one that is not there is empty.
func (r *reader) fetch(ctx context.Context, number int64) error {
	if err := r.stay(ctx); err != nil {
		return err
	}
	r.bytes = r.bytes[:0]
	rows, err := r.blobs.s.pool.Query(ctx, "select bytes from chunks where blob = $1 and number = $2", r.id, number)
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		r.bytes = append(r.bytes, rows.RawValues()[0]...)
	}
	return rows.Err()
}

// stay puts the doom off, if there is one, now and then.
func (r *reader) stay(ctx context.Context) error {
	if r.renewed.IsZero() {
		r.renewed = time.Now() // Open was a moment ago
	}
	if time.Since(r.renewed) < stillHere {
		return nil
	}
	r.renewed = time.Now()
	_, err := r.blobs.s.pool.Exec(ctx, "update doomed set after = now() + "+readOn+" where blob = $1", r.id)
	return err
}

// Seek implements io.Seeker.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	default:
		return 0, errBadSeek
	}
	if offset < 0 {
		return 0, errBadSeek
	}
	r.at = offset
	return offset, nil
}

// Close implements io.Closer.
func (r *reader) Close() error {
	r.closed, r.bytes = true, nil
	return nil
}

const sweepEvery = time.Minute

// sweep removes chunks whose time has come, until ctx ends. Every node does; they do not wait for each other.
func (s *Store) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if err := s.sweepOnce(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("chunks of deleted bodies could not be removed; it is tried again", "error", err)
		}
	}
}

// sweepOnce removes what is due, a few blobs at a time.
func (s *Store) sweepOnce(ctx context.Context) error {
	for {
		n, err := s.sweepSome(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
}

func (s *Store) sweepSome(ctx context.Context) (n int, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	err = s.pool.QueryRow(ctx, `with due as (select blob from doomed where after < now() order by after limit 20 for update skip locked),
		forgotten as (delete from doomed where blob in (select blob from due)),
		removed as (delete from chunks where blob in (select blob from due))
		select count(*) from due`).Scan(&n)
	return n, err
}
