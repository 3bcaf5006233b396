package backup_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/backup"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/crypto/keys"
)

// spoil changes a file, or makes it.
func spoil(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(raw), 0o600); err != nil {
		t.Fatal(err)
	}
}

func flipped(at int) func([]byte) []byte {
	return func(raw []byte) []byte { raw[at] ^= 1; return raw }
}

// TestSpoilt spoils a backup in one way after the other. Each is found, with the key file or without unless it says otherwise, and nothing is
// restored.
func TestSpoilt(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	other, err := keys.CreateWrapper(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	manifest := func(change func(map[string]any)) func(t *testing.T, folder string) {
		return func(t *testing.T, folder string) {
			spoil(t, filepath.Join(folder, "manifest.json"), func(raw []byte) []byte {
				var m map[string]any
				if err := json.Unmarshal(raw, &m); err != nil {
					t.Fatal(err)
				}
				change(m)
				raw, _ = json.Marshal(m)
				return raw
			})
		}
	}
	file := func(name string, change func([]byte) []byte) func(t *testing.T, folder string) {
		return func(t *testing.T, folder string) { spoil(t, filepath.Join(folder, name), change) }
	}
	blob := blobPath(h.named[1])
	tests := []struct {
		name    string
		spoil   func(t *testing.T, folder string)
		want    string
		without bool // it is found without the key file, too
	}{
		{"a bit of the records", file("vierkant.db", flipped(5000)), "vierkant.db is not what was backed up", true},
		{"a bit of a blob", file(blob, flipped(77)), blob + " is not what was backed up", true},
		{"a blob that is cut off", file(blob, func(raw []byte) []byte { return raw[:len(raw)-1] }), blob + " is not what was backed up", true},
		{"a blob that is missing", func(t *testing.T, folder string) { os.Remove(filepath.Join(folder, blob)) }, blob + " is missing", true},
		{"a file that does not belong there", file("blobs/letter", func([]byte) []byte { return nil }), "SHA256SUMS names those that belong here", true},
		{"a digest", file("SHA256SUMS", flipped(3)), "SHA256SUMS is not the one of the manifest", true},
		{"no digests", func(t *testing.T, folder string) { os.Remove(filepath.Join(folder, "SHA256SUMS")) }, "SHA256SUMS is not the one of the manifest", true},
		{"no manifest", func(t *testing.T, folder string) { os.Remove(filepath.Join(folder, "manifest.json")) }, "was perhaps never finished", true},
		{"a manifest that is cut off", file("manifest.json", func(raw []byte) []byte { return raw[:100] }), "manifest.json cannot be read", true},
		{"a newer format", manifest(func(m map[string]any) { m["format"] = 2 }), "written by a newer vierkant", true},
		{"a member nobody knows", manifest(func(m map[string]any) { m["more"] = 1 }), "unknown field", true},
		{"another environment", manifest(func(m map[string]any) { m["environment"] = "production" }), "its manifest was altered", false},
		{"another moment", manifest(func(m map[string]any) { m["moment"] = "2020-01-01T00:00:00Z" }), "its manifest was altered", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder, _ := h.write(t)
			test.spoil(t, folder)
			for _, w := range []*keys.Wrapper{h.cfg.Wrapper, nil} {
				if _, err := backup.Verify(t.Context(), folder, w, nil); (w != nil || test.without) && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("with the key file %t: got %v, want an error that says %q", w != nil, err, test.want)
				}
			}
			data := filepath.Join(t.TempDir(), "data")
			if _, err := backup.Restore(t.Context(), folder, backup.RestoreConfig{Data: data, Wrapper: h.cfg.Wrapper}); err == nil {
				t.Error("it is restored")
			}
			if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the data folder is made: %v", err)
			}
		})
	}
	folder, _ := h.write(t)
	if _, err := backup.Verify(t.Context(), folder, other, nil); !errors.Is(err, backup.ErrKeyFile) {
		t.Errorf("another key file: got %v, want %v", err, backup.ErrKeyFile)
	}
}

// TestSmuggled has digests and manifest agree on a file that would lie outside the data folder: no backup has such a name.
func TestSmuggled(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	folder, m := h.write(t)
	spoil(t, filepath.Join(folder, "SHA256SUMS"), func(raw []byte) []byte { return append(raw, m.Sums+"  ../outside\n"...) })
	sum := backup.DigestOf(t, filepath.Join(folder, "SHA256SUMS"))
	spoil(t, filepath.Join(folder, "manifest.json"), func(raw []byte) []byte { return []byte(strings.Replace(string(raw), m.Sums, sum, 1)) })
	if _, err := backup.Verify(t.Context(), folder, nil, nil); err == nil || !strings.Contains(err.Error(), "a line that no backup has") {
		t.Errorf("got %v", err)
	}
}

// TestRestoreRefuses restores to nothing but an empty folder, which may have the key file.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	folder, _ := h.write(t)
	data := t.TempDir()
	spoil(t, filepath.Join(data, "vierkant.db"), func([]byte) []byte { return []byte("somebody's") })
	if _, err := backup.Restore(t.Context(), folder, backup.RestoreConfig{Data: data}); err == nil || !strings.Contains(err.Error(), "has something else in it (vierkant.db)") {
		t.Errorf("to a folder that has data: got %v", err)
	}
	if has := files(t, data); len(has) != 1 || has["vierkant.db"] != "somebody's" {
		t.Errorf("it has %v now", has)
	}

	h.cfg.KeyFile = filepath.Join(h.folder, "key")
	folder, _ = h.write(t)
	data = t.TempDir()
	key := filepath.Join(data, "key")
	spoil(t, key, func([]byte) []byte { return []byte("another key") })
	if _, err := backup.Restore(t.Context(), folder, backup.RestoreConfig{Data: data, KeyFile: key}); err == nil || !strings.Contains(err.Error(), "another key file than that of the backup") {
		t.Errorf("beside another key file: got %v", err)
	}
}

// TestRestoreAgain cuts a restoring off in its middle, and by its check: the folder cannot be served, and restoring again begins anew.
func TestRestoreAgain(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	folder, _ := h.write(t)
	data := filepath.Join(t.TempDir(), "data")
	ctx, end := context.WithCancel(t.Context())
	cfg := backup.RestoreConfig{Data: data, Report: func(s backup.Step) {
		if s.Doing == "restored" {
			end()
		}
	}}
	if _, err := backup.Restore(ctx, folder, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if backup.Refusal(data) == nil {
		t.Error("an unfinished folder may be served")
	}
	bad := errors.New("bad")
	cfg = backup.RestoreConfig{Data: data, Check: func(context.Context, backup.Manifest) error { return bad }}
	if _, err := backup.Restore(t.Context(), folder, cfg); !errors.Is(err, bad) {
		t.Errorf("got %v, want %v", err, bad)
	}
	if backup.Refusal(data) == nil {
		t.Error("a folder that did not pass the check may be served")
	}
	if _, err := backup.Restore(t.Context(), folder, backup.RestoreConfig{Data: data}); err != nil {
		t.Error(err)
	}
	if err := backup.Refusal(data); err != nil {
		t.Error(err)
	}
	if has := files(t, data); len(has) != 1+len(h.named) {
		t.Errorf("got %d files, want records and %d blobs", len(has), len(h.named))
	}
}

// TestCheckLogs finds an event that was altered in a store, a log that lacks its end, and the key file of somebody else.
func TestCheckLogs(t *testing.T) {
	t.Parallel()
	wrapper, err := keys.CreateWrapper(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := keys.CreateWrapper(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	chain := broker.NewChain(wrapper)
	for name, test := range map[string]struct {
		wrapper *keys.Wrapper
		alter   func(events []broker.Event, c *broker.Case)
		want    string
	}{
		"sound":            {wrapper, func([]broker.Event, *broker.Case) {}, ""},
		"altered":          {wrapper, func(events []broker.Event, _ *broker.Case) { events[1].Claims = []byte("other") }, "event 2 is not the one that was written"},
		"cut off":          {wrapper, func(_ []broker.Event, c *broker.Case) { c.Events = 4 }, "it has 3 events, and 4 were written"},
		"another end":      {wrapper, func(_ []broker.Event, c *broker.Case) { c.Chain = []byte("other") }, "does not end as its case remembers"},
		"another key file": {other, func([]broker.Event, *broker.Case) {}, "event 1 is not the one that was written"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "vierkant.db")
			store, err := bolt.Open(bolt.Config{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			c, events := logged(chain)
			test.alter(events, &c)
			err = store.Update(t.Context(), func(tx broker.Tx) error {
				err := tx.PutCase(c)
				for _, e := range events {
					err = errors.Join(err, tx.AppendEvent(e))
				}
				return err
			})
			if err := errors.Join(err, store.Close()); err != nil {
				t.Fatal(err)
			}
			alone, err := bolt.OpenFrozen(path)
			if err != nil {
				t.Fatal(err)
			}
			defer alone.Close()
			logs, err := backup.CheckLogs(t.Context(), alone, test.wrapper, nil)
			if test.want == "" && (err != nil || logs != backup.Logs{Cases: 1, Events: 3}) {
				t.Errorf("got %+v, %v", logs, err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want an error that says %q", err, test.want)
			}
		})
	}
}

// logged is a case with three events.
func logged(chain broker.Chain) (c broker.Case, events []broker.Event) {
	c = broker.Case{ID: "case", Sender: "sender", Destination: "destination", Events: 3}
	for n := range 3 {
		id := slices.Concat([]byte("event "), []byte{'1' + byte(n)})
		e := broker.Event{ID: broker.EventID(id), Case: c.ID, Number: n + 1, Submission: "submission", Claims: id}
		e.Chain = chain.Link(c.Chain, e)
		c.Chain = e.Chain
		events = append(events, e)
	}
	return c, events
}
