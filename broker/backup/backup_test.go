package backup_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/backup"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/storetest"
	"github.com/vierkant/vierkant/broker/transfer"
	"github.com/vierkant/vierkant/crypto/keys"
)

// home is a data folder in use.
type home struct {
	folder string
	cfg    backup.Config
	named  []broker.BlobID // blobs that records name
}

// newHome has one of everything, three blobs that records name, and one that none does.
func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{folder: t.TempDir()}
	wrapper, err := keys.CreateWrapper(filepath.Join(h.folder, "key"))
	if err != nil {
		t.Fatal(err)
	}
	store, err := bolt.Open(bolt.Config{Path: filepath.Join(h.folder, "vierkant.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	blobs, err := blobdir.Open(filepath.Join(h.folder, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	h.cfg = backup.Config{
		Store: store, Blobs: blobs, Data: h.folder, Wrapper: wrapper,
		About: backup.About{Environment: "test", PublicURL: "https://broker.example"},
	}
	if err := storetest.OneOfEach(store); err != nil {
		t.Fatal(err)
	}
	h.putBlob(t, "named by none")
	for n := range 3 {
		h.nameBlob(t, fmt.Sprint("attachment ", n), strings.Repeat(fmt.Sprint("blob ", n), 100_000*n))
	}
	return h
}

func (h *home) putBlob(t *testing.T, text string) broker.BlobID {
	t.Helper()
	id, _, err := h.cfg.Blobs.Put(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (h *home) nameBlob(t *testing.T, name, text string) broker.BlobID {
	t.Helper()
	id := h.putBlob(t, text)
	h.named = append(h.named, id)
	h.update(t, func(tx broker.Tx) error {
		return tx.PutAttachment(broker.Attachment{Submission: "s", ID: broker.AttachmentID(name), Sealed: broker.Sealed{Body: broker.Body{Blob: id}}})
	})
	return id
}

func (h *home) update(t *testing.T, fn func(broker.Tx) error) {
	t.Helper()
	if err := h.cfg.Store.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// write makes a backup that has to succeed.
func (h *home) write(t *testing.T) (folder string, m backup.Manifest) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "backup")
	m, err := backup.Write(t.Context(), folder, h.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return folder, m
}

// files lists what is in a folder, by path, with the content of each.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		name, nameErr := filepath.Rel(folder, path)
		all[name] = string(raw)
		return errors.Join(err, nameErr)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func blobPath(id broker.BlobID) string { return fmt.Sprintf("blobs/%s/%s/%s", id[:2], id[2:4], id) }

// rows reads everything in a store.
func rows(t *testing.T, path string) (all []string) {
	t.Helper()
	store, err := bolt.OpenFrozen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, kind := range transfer.Kinds() {
		for row, err := range store.Export(t.Context(), kind, 0) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(row))
		}
	}
	return all
}

// TestThereAndBack backs up, and restores: the records are the same, and of the blobs those that they name.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.cfg.KeyFile = filepath.Join(h.folder, "key")
	folder, m := h.write(t)
	has := files(t, folder)
	want := []string{"SHA256SUMS", "key", "manifest.json", "vierkant.db"}
	for _, id := range h.named {
		want = append(want, blobPath(id))
	}
	slices.Sort(want)
	var got []string
	for name := range has {
		got = append(got, name)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if m.Environment != "test" || m.Blobs != 3 || m.BlobBytes != 6*300_000 || !m.HasKey || m.Missing != nil {
		t.Errorf("got %+v", m)
	}
	data := filepath.Join(t.TempDir(), "data")
	r, err := backup.Restore(t.Context(), folder, backup.RestoreConfig{Data: data, KeyFile: filepath.Join(data, "key"), Wrapper: h.cfg.Wrapper})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Moment.Equal(m.Moment) || backup.Refusal(data) != nil {
		t.Errorf("got %+v, and %v", r, backup.Refusal(data))
	}
	delete(has, "SHA256SUMS")
	delete(has, "manifest.json")
	restored := files(t, data)
	for name, content := range has {
		if restored[name] != content {
			t.Errorf("%s is not what was backed up", name)
		}
	}
	if len(restored) != len(has) {
		t.Errorf("%d files were restored, want %d", len(restored), len(has))
	}
	if err := h.cfg.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if was, is := rows(t, filepath.Join(h.folder, "vierkant.db")), rows(t, filepath.Join(data, "vierkant.db")); !slices.Equal(was, is) {
		t.Errorf("the restored store has %d rows that are not the %d of the old one", len(is), len(was))
	}
}

// TestDeletedMeanwhile deletes a blob, and the record that names it, while the backup is made: it is in the backup if and only if the record is.
func TestDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	early, late := h.nameBlob(t, "early", "early"), h.nameBlob(t, "late", "late")
	drop := func(name string, id broker.BlobID) {
		h.update(t, func(tx broker.Tx) error {
			return tx.PutAttachment(broker.Attachment{Submission: "s", ID: broker.AttachmentID(name)})
		})
		if err := h.cfg.Blobs.Delete(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	seen := map[string]bool{}
	h.cfg.Report = func(s backup.Step) {
		if first := !seen[s.Doing]; first && s.Doing == "records" {
			drop("early", early)
		} else if first {
			drop("late", late)
		}
		seen[s.Doing] = true
	}
	folder, m := h.write(t)
	has := files(t, folder)
	if _, there := has[blobPath(early)]; there {
		t.Error("a blob that no record in the backup names is there")
	}
	if has[blobPath(late)] != "late" || m.Missing != nil {
		t.Errorf("a blob that a record names is not there: %+v", m)
	}
	if _, err := os.Stat(filepath.Join(h.folder, "blobs", "held")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("blobs are still held: %v", err)
	}
}

// TestLostBlob backs up what is left, and says what is not.
func TestLostBlob(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	if err := h.cfg.Blobs.Delete(t.Context(), h.named[1]); err != nil {
		t.Fatal(err)
	}
	folder, m := h.write(t)
	if m.Blobs != 2 || !slices.Equal(m.Missing, []string{string(h.named[1])}) {
		t.Errorf("got %+v", m)
	}
	if _, err := backup.Verify(t.Context(), folder, h.cfg.Wrapper, nil); err != nil {
		t.Error(err)
	}
}

// TestWriteRefuses asks for backups that cannot or should not be; each leaves everything as it was.
func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	there := t.TempDir()
	write := func(path, text string) {
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(there, "other.partial", "letter"), "somebody's")
	write(filepath.Join(there, "file"), "somebody's")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(h.folder, link); err != nil {
		t.Fatal(err)
	}
	before := files(t, there)
	ended, end := context.WithCancel(t.Context())
	end()
	tests := []struct {
		name, target string
		ctx          context.Context
		change       func(*backup.Config)
		want         string
	}{
		{"where something is", filepath.Join(there, "file"), t.Context(), nil, "is there already"},
		{"where no folder is", filepath.Join(there, "none", "backup"), t.Context(), nil, "no such file"},
		{"in the data folder", filepath.Join(h.folder, "backup"), t.Context(), nil, "is inside the data folder"},
		{"below the data folder", filepath.Join(h.folder, "blobs", "backup"), t.Context(), nil, "is inside the data folder"},
		{"in the data folder by a link", filepath.Join(link, "backup"), t.Context(), nil, "is inside the data folder"},
		{"where somebody has things", filepath.Join(there, "other"), t.Context(), nil, "has something else in it (letter)"},
		{"that is ended", filepath.Join(there, "ended"), ended, nil, "canceled"},
		{"with no key file", filepath.Join(there, "keyless"), t.Context(), func(c *backup.Config) { c.KeyFile = filepath.Join(there, "none") }, "key file: open"},
		{"on a disk with no room", filepath.Join(there, "full"), t.Context(), func(c *backup.Config) { c.Reserve = 1 << 60 }, "the broker needs them"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := h.cfg
			if test.change != nil {
				test.change(&cfg)
			}
			if _, err := backup.Write(test.ctx, test.target, cfg); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error that says %q", err, test.want)
			}
		})
	}
	if after := files(t, there); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("there is %v, want %v", after, before)
	}
	full := h.cfg
	full.Reserve = 1 << 60
	if _, err := backup.Write(t.Context(), filepath.Join(there, "full"), full); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a disk with no room: got %v, want %v", err, syscall.ENOSPC)
	}
}

// TestOneAtATime refuses a second backup while one is made, to the same place or another one, and replaces what a killed process left.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	place := t.TempDir()
	target := filepath.Join(place, "backup")
	left := filepath.Join(target+".partial", "blobs", "00")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	var same, other error
	cfg := h.cfg
	cfg.Report = func(backup.Step) {
		if same == nil {
			_, same = backup.Write(t.Context(), target, h.cfg)
			_, other = backup.Write(t.Context(), filepath.Join(place, "other"), h.cfg)
		}
	}
	if _, err := backup.Write(t.Context(), target, cfg); err != nil {
		t.Fatal(err)
	}
	if same == nil || !strings.Contains(same.Error(), "is in use") {
		t.Errorf("the same target: got %v", same)
	}
	if !errors.Is(other, blobdir.ErrHeld) {
		t.Errorf("another target: got %v, want %v", other, blobdir.ErrHeld)
	}
	if all, err := os.ReadDir(place); err != nil || len(all) != 1 {
		t.Errorf("got %v, %v; want the backup alone", all, err)
	}
}
