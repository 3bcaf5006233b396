package archive_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
)

// reply is one in the case of a submission.
func reply(t testing.TB) *client.Fetched {
	t.Helper()
	f := submission(t, 1)
	f.SubmissionID, f.ReplyID, f.Service, f.Region = "", "4e900000-0000-4000-8000-000000000001", "", ""
	record(t, f)
	return f
}

// TestAnswer: what a sender answered is saved by an authority as a submission is, and found by its own id.
func TestAnswer(t *testing.T) {
	t.Parallel()
	f := reply(t)
	folder := save(t, f)
	if filepath.Base(folder) != string(f.ReplyID) {
		t.Errorf("saved in %s, want the id of the reply", folder)
	}
	loaded, report, err := archive.Load(folder, own(t))
	if err != nil || loaded.Ref != f.Ref || report.State != client.Submitted || !report.SubmittedAt.Equal(fetched.Add(-time.Minute)) {
		t.Fatalf("Load = %+v, %v, want %v", report, err, f.Ref)
	}
	for _, check := range report.Checks {
		if strings.Contains(check, "offer") {
			t.Errorf("the report says that %q was checked: nothing is offered for replies", check)
		}
	}
	path := filepath.Join(folder, "data.json")
	write(t, path, append(read(t, path), ' '))
	if _, err := archive.Verify(folder, own(t)); len(parts(err)) != 1 || parts(err)[0] != "data" {
		t.Errorf("Verify: %v, want the data named", err)
	}
}

// TestKeep: a sender has no key to sign a report with, and keeps all the rest.
func TestKeep(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	f := reply(t)
	folder, err := archive.Keep(root, f)
	if err != nil {
		t.Fatalf("Keep: %v", err)
	}
	for path, want := range map[string]string{
		"metadata.json": string(f.RawMetadata), "data.json": string(f.Data.Content), "attachments/01-antrag.pdf": "%PDF-1.4 antrag",
	} {
		got := read(t, filepath.Join(folder, path))
		about, err := os.Stat(filepath.Join(folder, path))
		if err != nil || string(got) != want || about.Mode().Perm() != 0o600 {
			t.Errorf("%s: %q, %v, want %q with mode 0600", path, got, err, want)
		}
	}
	for _, report := range []string{"report.json", "report.jws"} {
		if _, err := os.Lstat(filepath.Join(folder, report)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v, want none", report, err)
		}
	}
	if f.Attachments[0].Path != filepath.Join(folder, "attachments", "01-antrag.pdf") {
		t.Errorf("the attachment is said to be at %s", f.Attachments[0].Path)
	}
	var kept client.Evidence
	if err := keys.UnmarshalStrict(read(t, filepath.Join(folder, "log.json")), &kept); err != nil {
		t.Fatal(err)
	}
	if log, err := kept.Verify(keys.Test(), fetched); err != nil || log.State(f) != client.Submitted {
		t.Errorf("the kept log: %v", err)
	}
	again := reply(t)
	again.Evidence.Tokens = append(again.Evidence.Tokens, "later")
	if _, err := archive.Keep(root, again); err != nil {
		t.Errorf("Keep again: %v, want none: the log may grow", err)
	}
}

// TestKeepInTheWay: what lies there and is something else is neither believed nor overwritten.
func TestKeepInTheWay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"metadata.json", "data.json", "attachments/02-Ausweis_Größe.png", "log.json"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			folder, err := archive.Keep(root, reply(t))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, filepath.FromSlash(name))
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if _, err := archive.Keep(root, reply(t)); err == nil {
				t.Error("Keep without it: want an error")
			}
			if name == "log.json" {
				return
			}
			write(t, path, []byte("else"))
			if _, err := archive.Keep(root, reply(t)); err == nil || string(read(t, path)) != "else" {
				t.Errorf("Keep beside something else: %v, want an error, and that it stays", err)
			}
		})
	}
}
