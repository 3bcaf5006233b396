package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest"
	"github.com/vierkant/vierkant/broker/transfer"
)

var errCut = errors.New("cut off")

// brittle is a side that breaks at its nth write: before it is done, or after it was but before that is known.
type brittle struct {
	transfer.Store
	left  *int
	after bool
}

func (b brittle) write(do func() error) error {
	*b.left--
	if *b.left == 0 && !b.after {
		return errCut
	}
	if err := do(); err != nil || *b.left != 0 {
		return err
	}
	return errCut
}

func (b brittle) SetMark(ctx context.Context, m transfer.Mark) error {
	return b.write(func() error { return b.Store.SetMark(ctx, m) })
}

func (b brittle) Import(ctx context.Context, batch transfer.Batch) error {
	return b.write(func() error { return b.Store.Import(ctx, batch) })
}

// breaking has both sides break at the nth write of both.
func breaking(n int, after bool, sides ...*transfer.Side) {
	left := n
	for _, s := range sides {
		s.Store = brittle{s.Store, &left, after}
	}
}

// TestGoesOn breaks a move off after each of its writes, whether it is told that this one was done or the next one fails, and goes on: what
// comes out is the same, and at no time can both sides be served.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		from, to func(testing.TB) place
		told     bool // of each write that it was done; else it seems to have failed
	}{
		{"files to database", files, database, true},
		{"database to files", database, files, true},
		{"database to files, untold", database, files, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			goesOn(t, test.from(t), test.to(t), test.told)
		})
	}
}

func goesOn(t *testing.T, from, to place, told bool) {
	life := storetest.NewLife(4711)
	fill(t, from, life)
	n := 1
	if told {
		n = 2
	}
	for done := false; !done; notBoth(t, from, to) {
		with(t, from, to, func(t testing.TB, from, to transfer.Side) {
			breaking(n, !told, &from, &to)
			m, err := transfer.Plan(t.Context(), transfer.Config{From: from, To: to})
			if err != nil {
				t.Fatal(err)
			}
			_, err = m.Run(t.Context())
			if done = err == nil; !done && !errors.Is(err, errCut) {
				t.Fatal(err)
			}
		})
	}
	refused(t, from, "was moved to")
	served(t, to, func(store broker.Store, _ broker.Blobs) error { return life.Check(store) })
}

// fill writes a life, so much that it takes several batches, and large bodies.
func fill(t *testing.T, p place, life *storetest.Life) {
	t.Helper()
	served(t, p, func(store broker.Store, blobs broker.Blobs) error {
		err := store.Update(context.Background(), func(tx broker.Tx) error {
			for n := range 1900 {
				if err := tx.PutOrg(broker.Org{ID: broker.OrgID(fmt.Sprintf("many-%d", n))}); err != nil {
					return err
				}
			}
			return nil
		})
		for n := range 3 {
			_, _, putErr := blobs.Put(context.Background(), bytes.NewReader(noise(uint64(n), 300_000*n)))
			err = errors.Join(err, putErr)
		}
		return errors.Join(err, life.Live(store, 40))
	})
}

func notBoth(t *testing.T, places ...place) {
	t.Helper()
	n := 0
	for _, p := range places {
		if _, _, stop, err := p.serve(); err == nil {
			stop()
			n++
		}
	}
	if n > 1 {
		t.Fatal("both sides can be served")
	}
}

// liar writes other rows than it is told.
type liar struct {
	transfer.Store
	lie func(transfer.Kind, [][]byte) [][]byte
}

func (l liar) Import(ctx context.Context, b transfer.Batch) error {
	b.Rows = l.lie(b.Kind, b.Rows)
	return l.Store.Import(ctx, b)
}

// sloppy keeps other bytes than it is given.
type sloppy struct{ transfer.Blobs }

func (s sloppy) PutAs(ctx context.Context, id broker.BlobID, r io.Reader) error {
	return s.Blobs.PutAs(ctx, id, io.MultiReader(r, strings.NewReader("!")))
}

// forgetful forgets large bodies.
type forgetful struct{ transfer.Blobs }

func (f forgetful) PutAs(_ context.Context, _ broker.BlobID, r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// TestDiffers has the target keep something else: it is found, and named, and neither side is served. An empty target then gets all.
func TestDiffers(t *testing.T) {
	t.Parallel()
	rows := func(of transfer.Kind, change func([][]byte) [][]byte) func(*transfer.Side) {
		return func(s *transfer.Side) {
			s.Store = liar{s.Store, func(kind transfer.Kind, rows [][]byte) [][]byte {
				if kind != of {
					return rows
				}
				return change(slices.Clone(rows))
			}}
		}
	}
	tests := map[string]struct {
		spoil func(*transfer.Side)
		want  string
	}{
		"a changed row": {rows(transfer.Orgs, func(rows [][]byte) [][]byte {
			rows[3] = bytes.Replace(rows[3], []byte(`{"id"`), []byte(`{"name":"x","id"`), 1)
			return rows
		}), `verify organisations: the two sides differ, and the target stays unusable: empty it, and run the move again; number 4 (id "many-1`},
		"a row too few": {rows(transfer.Cases, func(rows [][]byte) [][]byte { return rows[1:] }), "verify cases: "},
		"the last row missing": {rows(transfer.Clients, func(rows [][]byte) [][]byte { return rows[:len(rows)-1] }),
			"the target lacks number "},
		"another order":          {rows(transfer.Unsigned, func(rows [][]byte) [][]byte { slices.Reverse(rows); return rows }), "verify unsigned events"},
		"another large body":     {func(s *transfer.Side) { s.Blobs = sloppy{s.Blobs} }, "verify large bodies"},
		"a large body forgotten": {func(s *transfer.Side) { s.Blobs = forgetful{s.Blobs} }, "the target lacks number 1 (id "},
	}
	home := files(t)
	life := storetest.NewLife(4713)
	fill(t, home, life)
	for name, test := range tests {
		to := files(t)
		with(t, home, to, func(t testing.TB, from, to transfer.Side) {
			from.Store = unmarked{from.Store, new(transfer.Mark)}
			test.spoil(&to)
			m, err := transfer.Plan(t.Context(), transfer.Config{From: from, To: to})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Run(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got %v, want an error that says %q", name, err, test.want)
			}
			again, err := transfer.Plan(t.Context(), transfer.Config{From: from, To: to})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := again.Run(t.Context()); err == nil {
				t.Errorf("%s: run again it is moved all the same", name)
			}
		})
		refused(t, to, "unfinished copy")
	}
	other := files(t)
	move(t, home, other)
	served(t, other, func(store broker.Store, _ broker.Blobs) error { return life.Check(store) })
}

// unmarked keeps the marks of a source beside it, so that it can be moved several times.
type unmarked struct {
	transfer.Store
	mark *transfer.Mark
}

func (u unmarked) Mark(context.Context) (transfer.Mark, error)      { return *u.mark, nil }
func (u unmarked) SetMark(_ context.Context, m transfer.Mark) error { *u.mark = m; return nil }

// TestOldSource has the mark of the source be what it was before the end, as in a backup: it is put right, since it could be given up otherwise.
func TestOldSource(t *testing.T) {
	t.Parallel()
	home, away := files(t), files(t)
	fill(t, home, storetest.NewLife(4713))
	with(t, home, away, func(t testing.TB, from, to transfer.Side) {
		mark := new(transfer.Mark)
		from.Store = unmarked{from.Store, mark}
		want := run(t, from, to)
		mark.State = transfer.Moving
		if got := run(t, from, to); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if mark.State != transfer.Moved {
			t.Errorf("the source is %s, want %s", mark.State, transfer.Moved)
		}
		mark.State = transfer.Arriving
		if _, err := transfer.Plan(t.Context(), transfer.Config{From: from, To: to}); err == nil {
			t.Error("a source that is a target itself is moved")
		}
	})
}

// TestNamedBlobs puts large bodies under names that they have, and lists them.
func TestNamedBlobs(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]place{"files": files(t), "database": database(t)} {
		blobs := p.alone(t).Blobs
		names := []broker.BlobID{"0199aaaabbbbccccddddeeeeffff0001", "0199aaaabbbbccccddddeeeeffff0002", "f1e2aaaabbbbccccddddeeeeffff0000"}
		for i := range names {
			id := names[len(names)-1-i]
			for _, size := range []int{600_000, 0, 400_000} {
				if err := blobs.PutAs(t.Context(), id, bytes.NewReader(noise(1, size))); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if err := sameBlobs(blobs, []broker.BlobID{id}, noise(1, size)); err != nil {
					t.Errorf("%s, %d bytes in place of others: %v", name, size, err)
				}
			}
		}
		broken := io.MultiReader(bytes.NewReader(noise(2, 300_000)), brokenReader{})
		if err := blobs.PutAs(t.Context(), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", broken); !errors.Is(err, errCut) {
			t.Errorf("%s: a body that breaks off: got %v, want %v", name, err, errCut)
		}
		for _, bad := range []broker.BlobID{"", "../../../../../../../../etc/passwd", "0199AAAABBBBCCCCDDDDEEEEFFFF0001", "0199"} {
			if err := blobs.PutAs(t.Context(), bad, strings.NewReader("x")); !errors.Is(err, broker.Invalid) {
				t.Errorf("%s: the name %q: got %v, want %v", name, bad, err, broker.Invalid)
			}
		}
		for after, want := range map[broker.BlobID][]broker.BlobID{
			"": names, names[0]: names[1:], names[2]: nil, "0199aaaabbbbccccddddeeeeffff0000": names, "0200": names[2:],
		} {
			if got := collect(t, blobs.List(t.Context(), after)); !slices.Equal(got, want) {
				t.Errorf("%s, after %q: got %q, want %q", name, after, got, want)
			}
		}
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errCut }

func collect(t *testing.T, names iter.Seq2[broker.BlobID, error]) (all []broker.BlobID) {
	t.Helper()
	for id, err := range names {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	return all
}
