package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/vierkant/vierkant/broker"
)

// chunkSize is how many bytes are written and read at once; an upload or a download holds one chunk.
const chunkSize = 256 << 10

// Blobs keeps large bodies in the database, cut into chunks: for installations that want one thing to back up, and few large attachments.
//
// An upload holds no transaction and no connection while it waits for its sender. Each chunk is a transaction of its own, which is not
// synced; the last one, which writes the row that makes the blob visible, is, and with it all that the server wrote before. It counts
// the chunks first, since a crash may have taken some. Until then the chunks are doomed: what nobody finishes goes after an hour.
// Deleting takes the row away and dooms the chunks, for those who read: a reader puts the doom off while it reads.
type Blobs struct {
	s       *Store
	buffers sync.Pool // *[chunkSize]byte
}

var _ broker.Blobs = (*Blobs)(nil)

// Blobs returns the bodies that are kept in the store's database. They end with the store.
func (s *Store) Blobs() *Blobs {
	return &Blobs{s: s, buffers: sync.Pool{New: func() any { return new([chunkSize]byte) }}}
}

var errVanished = errors.New("chunks of an upload are gone: the server crashed meanwhile, or it took too long")

// Put implements broker.Blobs. An error of r is returned as it is, one of the database is Unavailable.
func (b *Blobs) Put(ctx context.Context, r io.Reader) (id broker.BlobID, size int64, err error) {
	if err := ctx.Err(); err != nil {
		return "", 0, err
	}
	name, err := uuid.NewV7() // what is uploaded together lies together
	if err != nil {
		return "", 0, err
	}
	u := &upload{blobs: b, id: hex.EncodeToString(name[:])}
	defer u.cleanUp(ctx) // also when r panics
	if err := u.copy(ctx, r); err != nil {
		return "", 0, err
	}
	return broker.BlobID(u.id), u.size, nil
}

// upload is one Put.
type upload struct {
	blobs    *Blobs
	id       string
	size     int64
	chunks   int
	finished bool
}

// copy sends r chunk by chunk. Only the end of r tells which one is the last.
func (u *upload) copy(ctx context.Context, r io.Reader) error {
	buf := u.blobs.buffers.Get().(*[chunkSize]byte)
	defer u.blobs.buffers.Put(buf)
	for {
		n, readErr := broker.Fill(r, buf[:])
		if readErr != nil && readErr != io.EOF {
			return readErr
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		number := u.chunks
		u.size += int64(n)
		u.chunks++
		if readErr == io.EOF {
			return u.finish(ctx, number, buf[:n])
		}
		if err := u.send(ctx, number, buf[:n]); err != nil {
			return err
		}
	}
}

const (
	insertChunk = "insert into chunks (blob, number, bytes) values ($1, $2, $3) on conflict do nothing"
	doom        = "insert into doomed (blob, after) values ($1, now() + interval '1 hour') on conflict (blob) do update set after = excluded.after"
)

// send writes a chunk that is not the last. It may be written twice: its name is this upload's.
func (u *upload) send(ctx context.Context, number int, bytes []byte) error {
	return u.blobs.s.insist(ctx, func() *pgx.Batch {
		batch := new(pgx.Batch) // one transaction
		batch.Queue("select set_config('synchronous_commit', 'off', true)")
		batch.Queue(doom, u.id)
		batch.Queue(insertChunk, u.id, number, bytes)
		return batch
	})
}

// finish writes the last chunk and makes the blob visible, if all its chunks are there.
func (u *upload) finish(ctx context.Context, number int, bytes []byte) error {
	there := false
	err := u.blobs.s.insist(ctx, func() *pgx.Batch {
		batch := new(pgx.Batch)
		batch.Queue(insertChunk, u.id, number, bytes)
		batch.Queue("delete from doomed where blob = $1", u.id)
		batch.Queue(`insert into blobs (id, size, chunk_size) select $1, $2, $3 from chunks where blob = $1
			having count(*) = $4 and sum(octet_length(bytes)) = $2 on conflict (id) do update set size = excluded.size`, u.id, u.size, chunkSize, number+1).
			Exec(func(tag pgconn.CommandTag) error { there = tag.RowsAffected() == 1; return nil })
		return batch
	})
	if err == nil && !there {
		err = fault(errVanished)
	}
	u.finished = err == nil
	return err
}

// cleanUp removes what an upload left that came to nothing. Should that fail, the sweep does it.
func (u *upload) cleanUp(ctx context.Context) {
	if u.finished || u.chunks == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	batch := new(pgx.Batch)
	u.remove(batch)
	_ = u.blobs.s.pool.SendBatch(ctx, batch).Close()
}

// remove removes what there is under the name of an upload.
func (u *upload) remove(batch *pgx.Batch) {
	batch.Queue("delete from blobs where id = $1", u.id)
	batch.Queue("delete from chunks where blob = $1", u.id)
	batch.Queue("delete from doomed where blob = $1", u.id)
}

// insist sends a batch that may be done twice, and sends it again when its connection was lost.
func (s *Store) insist(ctx context.Context, compose func() *pgx.Batch) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	for lostSoFar := 0; ; lostSoFar++ {
		err := s.pool.SendBatch(ctx, compose()).Close()
		if err == nil {
			return nil
		}
		if again := lost(err) && ctx.Err() == nil && lostSoFar < lostAtMost; !again {
			return s.broken(ctx, err)
		}
		s.pool.Reset()
	}
}

// Open implements broker.Blobs.
func (b *Blobs) Open(ctx context.Context, id broker.BlobID) (io.ReadSeekCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &reader{ctx: context.WithoutCancel(ctx), blobs: b, id: string(id), loaded: -1}
	if !isName(r.id) {
		return nil, noBlob(id)
	}
	ctx, cancel := b.s.limit(ctx)
	defer cancel()
	// The first chunk comes along: who cannot have it is told so before an answer begins.
	err := b.s.pool.QueryRow(ctx, "select size, chunk_size, bytes from blobs left join chunks on blob = id and number = 0 where id = $1", r.id).
		Scan(&r.size, &r.chunkSize, &r.bytes)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, noBlob(id)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob: %w", b.s.broken(ctx, err))
	}
	if int64(len(r.bytes)) == min(r.chunkSize, r.size) {
		r.loaded = 0
	}
	return r, nil
}

func noBlob(id broker.BlobID) error { return fmt.Errorf("blob %.40q: %w", id, broker.ErrNoRow) }

// Delete implements broker.Blobs.
func (b *Blobs) Delete(ctx context.Context, id broker.BlobID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !isName(string(id)) {
		return nil
	}
	return b.s.insist(ctx, func() *pgx.Batch {
		batch := new(pgx.Batch)
		batch.Queue(`with gone as (delete from blobs where id = $1 returning id)
			insert into doomed (blob, after) select id, now() + `+readOn+` from gone on conflict (blob) do nothing`, string(id))
		return batch
	})
}

// isName reports whether Put may have given the name: 32 hexadecimal digits.
func isName(id string) bool {
	if len(id) != 32 {
		return false
	}
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
