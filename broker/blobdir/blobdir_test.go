package blobdir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.TestBlobs(t, func(t testing.TB, dir string) broker.Blobs { return open(t, dir) })
}

func open(t testing.TB, dir string) *Dir {
	t.Helper()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func put(t testing.TB, d *Dir, content string) broker.BlobID {
	t.Helper()
	id, _, err := d.Put(context.Background(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// files lists all files in a folder of blobs, but the lock.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name() != "lock" {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLayout(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "blobs")
	d := open(t, dir)
	id := string(put(t, d, "content"))
	want := filepath.Join(dir, id[:2], id[2:4], id)
	if got := files(t, dir); len(got) != 1 || got[0] != want {
		t.Errorf("got files %q, want %s", got, want)
	}
	for path := want; len(path) >= len(dir); path = filepath.Dir(path) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: got mode %s, want none but the owner to have access", path, info.Mode())
		}
	}
	f, err := d.Open(context.Background(), broker.BlobID(id))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, isFile := f.(*os.File); !isFile {
		t.Errorf("Open returned a %T, want an *os.File", f)
	}
}

func TestSecondProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "is in use by another process") || !strings.Contains(err.Error(), dir) {
		t.Errorf("got error %v, want one that says that %s is in use", err, dir)
	}
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Errorf("Close, twice: %v", err)
	}
	open(t, dir)
}

// TestCrashLeavings finds an upload that a crash cut off.
func TestCrashLeavings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	id := put(t, d, "content")
	d.Close()
	if err := os.WriteFile(filepath.Join(dir, "tmp", "0123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if got := files(t, dir); len(got) != 1 || filepath.Base(got[0]) != string(id) {
		t.Errorf("got files %q, want the blob alone", got)
	}
}

// TestFailuresLeaveNothing fails at each step of Put.
func TestFailuresLeaveNothing(t *testing.T) {
	t.Parallel()
	failing := errors.New("the line is dead")
	tests := []struct {
		name string
		hurt func(d *Dir)
		r    io.Reader
		want error
	}{
		{"the reader fails", func(*Dir) {}, io.MultiReader(strings.NewReader("half"), readerFunc(func([]byte) (int, error) { return 0, failing })), failing},
		{"no folder for uploads", func(d *Dir) { os.Remove(filepath.Join(d.root, "tmp")) }, strings.NewReader("x"), broker.Unavailable},
		{"no folder for blobs", func(d *Dir) { os.RemoveAll(d.shelf.path) }, strings.NewReader("x"), broker.Unavailable},
		{"the folder's sync fails", func(d *Dir) { d.shelf.synced.sync = func() error { return failing } }, strings.NewReader("x"), broker.Unavailable},
		{"no new folder", func(d *Dir) { d.shelf.left = 0; os.RemoveAll(d.root); os.WriteFile(d.root, nil, 0o600) }, strings.NewReader("x"), broker.Unavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "blobs")
			d := open(t, dir)
			if err := d.Delete(context.Background(), put(t, d, "first")); err != nil {
				t.Fatal(err)
			}
			test.hurt(d)
			id, _, err := d.Put(context.Background(), test.r)
			if !errors.Is(err, test.want) {
				t.Errorf("got %q, %v, want %v", id, err, test.want)
			}
			if test.want == broker.Unavailable && errors.Unwrap(err) == nil {
				t.Errorf("%v does not carry its cause", err)
			}
			os.Remove(dir) // where it is a file now
			if got := files(t, filepath.Dir(dir)); len(got) != 0 {
				t.Errorf("left behind: %q", got)
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestPanicLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	func() {
		defer func() { recover() }()
		d.Put(context.Background(), readerFunc(func([]byte) (int, error) { panic("blown") }))
	}()
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
	put(t, d, "and it goes on")
}

// TestSyncs counts what uploads ask of the disk.
func TestSyncs(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	before := d.Stats()
	put(t, d, "first")
	if got, want := d.Stats(), (Stats{1, before.FolderSyncs + 3}); got != want {
		t.Errorf("the first: got %+v, want %+v: the file, two folders above, and the folder it is in", got, want)
	}
	before = d.Stats()
	put(t, d, "second")
	if got, want := d.Stats(), (Stats{before.FileSyncs + 1, before.FolderSyncs + 1}); got != want {
		t.Errorf("the second: got %+v, want %+v: the file and its folder", got, want)
	}
}

// TestShelves fills folders one after the other.
func TestShelves(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	var shelves []*shelf
	for range 2*shelfSize + 1 {
		s, err := d.currentShelf()
		if err != nil {
			t.Fatal(err)
		}
		if len(shelves) == 0 || shelves[len(shelves)-1] != s {
			shelves = append(shelves, s)
		}
	}
	if len(shelves) != 3 {
		t.Errorf("%d blobs went to %d folders, want 3", 2*shelfSize+1, len(shelves))
	}
}

// TestGroup has many ask for a sync while one runs: the next one serves them all, also with its error.
func TestGroup(t *testing.T) {
	t.Parallel()
	const waiters = 20
	failing := errors.New("the disk is gone")
	began, release := make(chan struct{}), make(chan struct{})
	runs := 0
	g := group{sync: func() error {
		runs++
		if runs > 1 {
			return failing
		}
		close(began)
		<-release
		return nil
	}}
	first := make(chan error, 1)
	go func() { first <- g.do() }()
	<-began

	leader, leads := g.join()
	if !leads {
		t.Fatal("a round that has begun took another in")
	}
	var wg sync.WaitGroup
	for range waiters {
		r, leads := g.join()
		if leads || r != leader {
			t.Error("a round was opened while another one gathers")
		}
		wg.Go(func() {
			if err := g.wait(r); err != failing {
				t.Errorf("got %v, want the error of the round", err)
			}
		})
	}
	close(release)
	if err := g.lead(leader); err != failing {
		t.Errorf("the leader got %v, want the error of the round", err)
	}
	wg.Wait()
	if err := <-first; err != nil || runs != 2 {
		t.Errorf("got %v and %d syncs, want none and 2", err, runs)
	}
}

// BenchmarkPut stores blobs, for 1 and 16 uploads at once, beside a plain file that is synced, and counts folder syncs.
func BenchmarkPut(b *testing.B) {
	for _, size := range []int{100 << 10, 1 << 20, 20 << 20} {
		content := bytes.Repeat([]byte("0123456789abcdef"), size/16)
		for _, uploads := range []int{1, 16} {
			b.Run(fmt.Sprintf("size=%dK/uploads=%d", size>>10, uploads), func(b *testing.B) {
				d := open(b, b.TempDir())
				b.SetBytes(int64(size))
				b.ReportAllocs()
				var (
					left atomic.Int64
					wg   sync.WaitGroup
				)
				left.Store(int64(b.N))
				for range uploads {
					wg.Go(func() {
						for left.Add(-1) >= 0 {
							id, _, err := d.Put(context.Background(), bytes.NewReader(content))
							if err := errors.Join(err, d.Delete(context.Background(), id)); err != nil {
								b.Error(err)
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(d.Stats().FolderSyncs)/float64(b.N), "foldersyncs/op")
			})
		}
		b.Run(fmt.Sprintf("size=%dK/plain file", size>>10), func(b *testing.B) {
			dir := b.TempDir()
			b.SetBytes(int64(size))
			for b.Loop() {
				f, err := os.CreateTemp(dir, "")
				if err != nil {
					b.Fatal(err)
				}
				_, err = io.Copy(f, struct{ io.Reader }{bytes.NewReader(content)})
				if err := errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
