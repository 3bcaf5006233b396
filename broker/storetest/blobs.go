package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/vierkant/vierkant/broker"
)

// TestBlobs runs the contract of broker.Blobs. open returns the blobs kept in dir, where others may have been kept before; those are
// closed first if they are an io.Closer.
func TestBlobs(t *testing.T, open func(t testing.TB, dir string) broker.Blobs) {
	tests := []struct {
		name string
		run  func(*blobHarness)
	}{
		{"any size survives", anySize},
		{"readers of any manner", readers},
		{"names are fresh", freshNames},
		{"what is not there", missingBlobs},
		{"names that lead elsewhere", oddNames},
		{"deleted", deletedBlobs},
		{"errors of the reader", readerErrors},
		{"contexts that end", blobContexts},
		{"reading in parts", seeking},
		{"many at once", manyAtOnce},
		{"reopened", reopenedBlobs},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := &blobHarness{T: t, dir: filepath.Join(t.TempDir(), "blobs")}
			h.blobs = open(t, h.dir)
			h.open = func() { h.blobs = open(t, h.dir) }
			t.Cleanup(h.close)
			test.run(h)
		})
	}
}

// blobHarness is a test with blobs of its own.
type blobHarness struct {
	*testing.T
	dir   string
	blobs broker.Blobs
	open  func()
}

func (h *blobHarness) close() {
	if c, ok := h.blobs.(io.Closer); ok {
		if err := c.Close(); err != nil {
			h.Errorf("Close: %v", err)
		}
	}
}

// content returns bytes that repeat with no power of two.
func content(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

func (h *blobHarness) put(r io.Reader, size int) broker.BlobID {
	h.Helper()
	id, n, err := h.blobs.Put(context.Background(), r)
	if err != nil {
		h.Fatalf("Put: %v", err)
	}
	if n != int64(size) {
		h.Errorf("Put: got size %d, want %d", n, size)
	}
	return id
}

func (h *blobHarness) check(id broker.BlobID, want []byte) {
	h.Helper()
	f, err := h.blobs.Open(context.Background(), id)
	if err != nil {
		h.Errorf("Open: %v", err)
		return
	}
	defer f.Close()
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, want) {
		h.Errorf("got %d bytes, %v, want the %d that were put", len(got), err, len(want))
	}
}

func (h *blobHarness) checkMissing(id broker.BlobID) {
	h.Helper()
	f, err := h.blobs.Open(context.Background(), id)
	if err == nil {
		f.Close()
	}
	if !errors.Is(err, broker.ErrNoRow) {
		h.Errorf("Open(%q): got error %v, want %v", id, err, broker.ErrNoRow)
	}
}

func anySize(h *blobHarness) {
	for _, size := range []int{0, 1, 511, 64 << 10, 128<<10 - 1, 128 << 10, 128<<10 + 1, 256 << 10, 1 << 20, 3<<20 + 7} {
		want := content(size)
		h.check(h.put(bytes.NewReader(want), size), want)
	}
}

// readers that give little at a time, that end with their last bytes, or that know more ways to be read.
func readers(h *blobHarness) {
	want := content(300_000)
	path := filepath.Join(h.TempDir(), "file")
	if err := os.WriteFile(path, want, 0o600); err != nil {
		h.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		h.Fatal(err)
	}
	defer file.Close()
	for name, r := range map[string]io.Reader{
		"half reads":         iotest.HalfReader(bytes.NewReader(want)),
		"one byte at a time": iotest.OneByteReader(bytes.NewReader(want)),
		"data with EOF":      iotest.DataErrReader(bytes.NewReader(want)),
		"a file":             file,
		"limited":            io.LimitReader(bytes.NewReader(append(want, "more"...)), int64(len(want))),
	} {
		h.Log(name)
		h.check(h.put(r, len(want)), want)
	}
}

func freshNames(h *blobHarness) {
	seen := map[broker.BlobID]bool{"": true}
	for range 50 {
		id := h.put(bytes.NewReader([]byte("same")), 4)
		if seen[id] {
			h.Errorf("the name %q was given twice, or is empty", id)
		}
		seen[id] = true
	}
}

func missingBlobs(h *blobHarness) {
	id := h.put(bytes.NewReader([]byte("there")), 5)
	other := []byte(id)
	other[len(other)-1] ^= 1 // one digit less or more
	h.checkMissing(broker.BlobID(other))
	if err := h.blobs.Delete(context.Background(), broker.BlobID(other)); err != nil {
		h.Errorf("Delete of what is not there: %v", err)
	}
	h.check(id, []byte("there"))
}

// oddNames tries names that were never given, and that as paths or patterns would reach something.
func oddNames(h *blobHarness) {
	id := h.put(bytes.NewReader([]byte("there")), 5)
	victim := filepath.Join(filepath.Dir(h.dir), "victim")
	if err := os.WriteFile(victim, []byte("not a blob"), 0o600); err != nil {
		h.Fatal(err)
	}
	absolute := victim
	odd := []string{
		"", ".", "..", "/", "../victim", "..\\victim", absolute, "./" + string(id), string(id) + "/", string(id) + "\x00", string(id) + "0",
		string(id[:len(id)-1]), "%", "*", "\xff\xfe", string(bytes.ToUpper([]byte(id))) + " ", "tmp", "lock",
		"../../../../../../../../../../etc/passwd", string(bytes.Repeat([]byte{'a'}, 100_000)),
	}
	for _, name := range odd {
		h.checkMissing(broker.BlobID(name))
		if err := h.blobs.Delete(context.Background(), broker.BlobID(name)); err != nil {
			h.Errorf("Delete(%.40q): %v", name, err)
		}
	}
	if _, err := os.Stat(victim); err != nil {
		h.Errorf("a file beside the blobs was reached: %v", err)
	}
	h.check(id, []byte("there"))
	h.check(h.put(bytes.NewReader([]byte("more")), 4), []byte("more"))
}

// deletedBlobs are gone for everybody but those who read them already.
func deletedBlobs(h *blobHarness) {
	want := content(400_000)
	id, other := h.put(bytes.NewReader(want), len(want)), h.put(bytes.NewReader(want), len(want))
	f, err := h.blobs.Open(context.Background(), id)
	if err != nil {
		h.Fatal(err)
	}
	defer f.Close()
	start := make([]byte, 1000)
	if _, err := io.ReadFull(f, start); err != nil {
		h.Fatal(err)
	}
	for range 2 {
		if err := h.blobs.Delete(context.Background(), id); err != nil {
			h.Errorf("Delete: %v", err)
		}
		h.checkMissing(id)
	}
	rest, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(append(start, rest...), want) {
		h.Errorf("a reader that held it got %d bytes, %v, want %d", len(start)+len(rest), err, len(want))
	}
	h.check(other, want)
}

// readerErrors come back as they are, the more so when they look like an end.
func readerErrors(h *blobHarness) {
	for _, want := range []error{errRefused, io.ErrUnexpectedEOF, fmt.Errorf("wrapped: %w", io.EOF), context.Canceled} {
		for _, size := range []int{0, 1, 128 << 10, 300_000} {
			r := io.MultiReader(bytes.NewReader(content(size)), iotest.ErrReader(want))
			id, n, err := h.blobs.Put(context.Background(), r)
			if err != want {
				h.Errorf("after %d bytes: got %q, %d, %v, want the very error of the reader: %v", size, id, n, err, want)
			}
		}
	}
}

// blobContexts end before and while something happens.
func blobContexts(h *blobHarness) {
	id := h.put(bytes.NewReader([]byte("there")), 5)
	ctx, cancel := context.WithCancel(context.Background())
	endless := readerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
	_, _, during := h.blobs.Put(ctx, endless)
	_, _, before := h.blobs.Put(ctx, bytes.NewReader(nil))
	_, opened := h.blobs.Open(ctx, id)
	for what, err := range map[string]error{
		"Put, cancelled meanwhile": during, "Put": before, "Open": opened, "Delete": h.blobs.Delete(ctx, id),
	} {
		if !errors.Is(err, context.Canceled) {
			h.Errorf("%s: got error %v, want %v", what, err, context.Canceled)
		}
	}
	h.check(id, []byte("there"))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func seeking(h *blobHarness) {
	want := content(200_000)
	f, err := h.blobs.Open(context.Background(), h.put(bytes.NewReader(want), len(want)))
	if err != nil {
		h.Fatal(err)
	}
	defer f.Close()
	if size, err := f.Seek(0, io.SeekEnd); err != nil || size != int64(len(want)) {
		h.Errorf("the end is at %d, %v, want %d", size, err, len(want))
	}
	if _, err := f.Seek(150_000, io.SeekStart); err != nil {
		h.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, want[150_000:]) {
		h.Errorf("got %d bytes from the middle, %v, want %d", len(got), err, len(want)-150_000)
	}
}

func manyAtOnce(h *blobHarness) {
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range rounds {
				want := content(w*10_000 + i)
				id, n, err := h.blobs.Put(context.Background(), bytes.NewReader(want))
				if err != nil || n != int64(len(want)) {
					h.Errorf("Put: got size %d, %v, want %d", n, err, len(want))
					return
				}
				h.check(id, want)
				if i%2 == 0 {
					continue
				}
				if err := h.blobs.Delete(context.Background(), id); err != nil {
					h.Errorf("Delete: %v", err)
				}
				h.checkMissing(id)
			}
		})
	}
	wg.Wait()
}

func reopenedBlobs(h *blobHarness) {
	want := content(100_000)
	id := h.put(bytes.NewReader(want), len(want))
	for range 2 {
		h.close()
		h.open()
		h.check(id, want)
	}
	h.check(h.put(bytes.NewReader(want), len(want)), want)
}
