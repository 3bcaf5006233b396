package archive_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
)

// parts are the names of the parts that an error is about.
func parts(err error) []string {
	var names []string
	for _, p := range archive.Parts(err) {
		if !slices.Contains(names, p.Part) {
			names = append(names, p.Part)
		}
	}
	return names
}

func TestSaveAndVerify(t *testing.T) {
	t.Parallel()
	f := submission(t, 1)
	from := f.Attachments[0].Path
	folder := save(t, f)
	for path, want := range map[string]string{
		"metadata.json": string(f.RawMetadata), "data.json": string(f.Data.Content), "attachments/01-antrag.pdf": "%PDF-1.4 antrag",
		"attachments/02-Ausweis_Größe.png": "not a picture",
	} {
		got, err := os.ReadFile(filepath.Join(folder, path))
		about, _ := os.Stat(filepath.Join(folder, path))
		if err != nil || string(got) != want || about.Mode().Perm() != 0o600 {
			t.Errorf("%s: %q, %v, want %q with mode 0600", path, got, err, want)
		}
	}
	if _, err := os.Lstat(from); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(f.Attachments[0].Path) != filepath.Join(folder, "attachments") {
		t.Errorf("attachment at %s, %v, want it moved into the folder", f.Attachments[0].Path, err)
	}
	// The certificates have expired, and the keys were good when they signed.
	r, err := archive.Verify(folder, own(t))
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	if r.Ref != f.Ref || !r.Tags.Equal(f.Tags) || r.State != client.Forwarded || r.MetadataVersion != "2.1.0" || !r.FetchedAt.Equal(fetched) ||
		!r.SubmittedAt.Equal(fetched.Add(-time.Minute)) || len(r.Files) != 5 || r.Files[3].Filename != "Ausweis Größe.png" {
		t.Errorf("report %+v, want what was fetched", r)
	}
	if v := r.Verification; v.ServiceKeys != archive.Given || v.SigningKeys != archive.Given || v.ReportSigner != "destination-verify" || len(v.Checks) != 6 {
		t.Errorf("verification %+v, want that the keys were given", v)
	}
	if r, err = archive.Verify(folder, archive.Trust{Policy: keys.Test()}); err != nil || r.Verification.SigningKeys != archive.Saved || r.Verification.ServiceKeys != archive.Saved {
		t.Errorf("Verify with the keys saved: %v, %+v, want that it says so", err, r.Verification)
	}
	if saved, err := archive.Read(folder); err != nil || saved.Verification != nil || saved.Ref != f.Ref {
		t.Errorf("Read: %+v, %v, want the report as it was saved", saved, err)
	}
	if _, err := archive.Verify(folder, archive.Trust{}); err == nil {
		t.Error("Verify without a policy: got no error")
	}
	if _, err := archive.Verify(filepath.Join(folder, "elsewhere"), own(t)); !errors.Is(err, fs.ErrNotExist) || archive.Parts(err) != nil {
		t.Errorf("Verify of nothing: %v, want that it does not exist", err)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	f := submission(t, 1)
	f.Data.MIMEType = "application/xml"
	describe(t, f)
	got, _, err := archive.Load(save(t, f), own(t))
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	want, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if loaded, err := json.Marshal(got); err != nil || string(loaded) != string(want) {
		t.Errorf("loaded %s, %v, want %s", loaded, err, want)
	}
	if file, err := got.Attachments[1].Open(); err != nil {
		t.Errorf("attachment: %v", err)
	} else {
		_ = file.Close()
	}
}

// TestWithoutData: the first generation of metadata allows it.
func TestWithoutData(t *testing.T) {
	t.Parallel()
	f := submission(t, 1)
	f.Data, f.Attachments, f.Tags.Data, f.Tags.Attachments = client.ReceivedData{}, nil, "", nil
	f.RawMetadata, f.Metadata = []byte(`{"contentStructure":{"attachments":[]}}`), client.Metadata{}
	record(t, f)
	folder := save(t, f)
	r, err := archive.Verify(folder, own(t))
	if err != nil || r.MetadataVersion != "1.0.0" || len(r.Files) != 2 {
		t.Errorf("%+v, %v, want metadata and log only", r, err)
	}
	if err := os.Mkdir(filepath.Join(folder, "attachments"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Verify(folder, own(t)); !slices.Equal(parts(err), []string{"folder"}) {
		t.Errorf("Verify: %v, want that a folder for attachments came on top", err)
	}
}

// TestEveryBit changes one bit at a time, all over every file; the right part must be named.
func TestEveryBit(t *testing.T) {
	t.Parallel()
	folder, trust := save(t, submission(t, 1)), own(t)
	for path, part := range map[string]string{
		"metadata.json": "metadata", "data.json": "data", "attachments/01-antrag.pdf": client.InAttachment(first),
		"attachments/02-Ausweis_Größe.png": client.InAttachment(second), "report.json": "report", "report.jws": "report", "log.json": "",
	} {
		path := filepath.Join(folder, path)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{0, len(good) / 2, len(good) - 1} {
			for _, bit := range []int{0, 2, 5, 7} {
				bad := slices.Clone(good)
				bad[at] ^= 1 << bit
				write(t, path, bad)
				_, err := archive.Verify(folder, trust)
				found := parts(err)
				inLog := part == "" && len(found) == 1 && (found[0] == "log" || strings.HasPrefix(found[0], "event "))
				if !inLog && (part == "" || !slices.Equal(found, []string{part})) {
					t.Errorf("%s, byte %d, bit %d: %v, want the part %q", path, at, bit, err, part)
				}
			}
		}
		write(t, path, good)
	}
	if _, err := archive.Verify(folder, trust); err != nil {
		t.Fatalf("the test left something broken: %v", err)
	}
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestTampering: one thing at a time, by somebody with access to the folder and without the signing key.
func TestTampering(t *testing.T) {
	t.Parallel()
	one, two := client.InAttachment(first), client.InAttachment(second)
	for name, tc := range map[string]struct {
		tamper func(t *testing.T, folder string) error
		want   []string
		text   string // part of the message
	}{
		"nothing": {func(*testing.T, string) error { return nil }, nil, ""},
		"attachments swapped": {func(_ *testing.T, folder string) error {
			a, b := folder+"/attachments/01-antrag.pdf", folder+"/attachments/02-Ausweis_Größe.png"
			return errors.Join(os.Rename(a, folder+"/x"), os.Rename(b, a), os.Rename(folder+"/x", b))
		}, []string{one, two}, "attachments/01-antrag.pdf"},
		"renamed": {func(_ *testing.T, folder string) error {
			return os.Rename(folder+"/attachments/01-antrag.pdf", folder+"/attachments/03-antrag.pdf")
		}, []string{"folder", one}, "03-antrag.pdf"},
		"cut off": {func(_ *testing.T, folder string) error { return os.Truncate(folder+"/attachments/01-antrag.pdf", 3) }, []string{one}, "SHA-512"},
		"emptied": {func(_ *testing.T, folder string) error { return os.Truncate(folder+"/data.json", 0) }, []string{"data"}, ""},
		"longer": {func(t *testing.T, folder string) error {
			write(t, folder+"/data.json", append(read(t, folder+"/data.json"), ' '))
			return nil
		}, []string{"data"}, ""},
		"no metadata":            {func(_ *testing.T, folder string) error { return os.Remove(folder + "/metadata.json") }, []string{"metadata"}, "missing"},
		"no data":                {func(_ *testing.T, folder string) error { return os.Remove(folder + "/data.json") }, []string{"data"}, "missing"},
		"no attachment":          {func(_ *testing.T, folder string) error { return os.Remove(folder + "/attachments/01-antrag.pdf") }, []string{one}, "missing"},
		"no attachments":         {func(_ *testing.T, folder string) error { return os.RemoveAll(folder + "/attachments") }, []string{one, two}, "missing"},
		"no log":                 {func(_ *testing.T, folder string) error { return os.Remove(folder + "/log.json") }, []string{"log"}, "missing"},
		"no report":              {func(_ *testing.T, folder string) error { return os.Remove(folder + "/report.json") }, []string{"report"}, "report.json"},
		"no signature":           {func(_ *testing.T, folder string) error { return os.Remove(folder + "/report.jws") }, []string{"report"}, "report.jws"},
		"a file on top":          {func(t *testing.T, folder string) error { write(t, folder+"/note.txt", nil); return nil }, []string{"folder"}, "note.txt"},
		"a hidden one":           {func(t *testing.T, folder string) error { write(t, folder+"/attachments/.x", nil); return nil }, []string{"folder"}, ".x"},
		"a folder on top":        {func(_ *testing.T, folder string) error { return os.MkdirAll(folder+"/more/data.json", 0o700) }, []string{"folder"}, "more"},
		"data of the other type": {func(t *testing.T, folder string) error { write(t, folder+"/data.xml", nil); return nil }, []string{"folder"}, "data.xml"},
		"a link to the same bytes": {func(_ *testing.T, folder string) error {
			return errors.Join(os.Rename(folder+"/data.json", folder+"/../elsewhere"), os.Symlink("../elsewhere", folder+"/data.json"))
		}, []string{"data"}, "plain file"},
		"the folder is a link": {func(_ *testing.T, folder string) error {
			return errors.Join(os.Rename(folder+"/attachments", folder+"/../elsewhere"), os.Symlink("../elsewhere", folder+"/attachments"))
		}, []string{"folder", one, two}, ""},
		"the report is a link": {func(_ *testing.T, folder string) error {
			return errors.Join(os.Rename(folder+"/report.json", folder+"/../elsewhere"), os.Symlink("../elsewhere", folder+"/report.json"))
		}, []string{"report"}, "plain file"},
		"a folder in place of a file": {func(_ *testing.T, folder string) error {
			return errors.Join(os.Remove(folder+"/data.json"), os.Mkdir(folder+"/data.json", 0o700))
		}, []string{"data"}, "plain file"},
		"two things": {func(t *testing.T, folder string) error {
			write(t, folder+"/data.json", []byte("{}"))
			return os.Remove(folder + "/attachments/02-Ausweis_Größe.png")
		}, []string{"data", two}, ""},
		"second event changed": {func(t *testing.T, folder string) error { return edit(t, folder, 1) }, []string{"event 2"}, "submit-submission"},
		"third event changed":  {func(t *testing.T, folder string) error { return edit(t, folder, 2) }, []string{"event 3"}, "forward-submission"},
		"last event removed": {func(t *testing.T, folder string) error {
			return rewrite(t, folder, func(e *client.Evidence) { e.Tokens = e.Tokens[:2] })
		}, []string{"log"}, ""},
		"log of another submission": {func(t *testing.T, folder string) error {
			write(t, folder+"/log.json", read(t, save(t, submission(t, 2))+"/log.json"))
			return nil
		}, []string{"log"}, "another submission"},
		"events of another submission": {func(t *testing.T, folder string) error {
			other := submission(t, 2)
			return rewrite(t, folder, func(e *client.Evidence) { e.Tokens = other.Evidence.Tokens })
		}, []string{"event 1"}, ""},
		"log without its members": {func(t *testing.T, folder string) error { write(t, folder+"/log.json", []byte("{}")); return nil }, []string{"log"}, ""},
		"log not JSON":            {func(t *testing.T, folder string) error { write(t, folder+"/log.json", []byte("{")); return nil }, []string{"log"}, ""},
		"report of another": {func(t *testing.T, folder string) error {
			other := save(t, submission(t, 2))
			write(t, folder+"/report.json", read(t, other+"/report.json"))
			write(t, folder+"/report.jws", read(t, other+"/report.jws"))
			return nil
		}, []string{"log"}, "another submission"},
		"signed event as report": {func(t *testing.T, folder string) error {
			write(t, folder+"/report.jws", []byte(submission(t, 1).Evidence.Tokens[2]))
			return nil
		}, []string{"report"}, "typ"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := save(t, submission(t, 1))
			if err := tc.tamper(t, folder); err != nil {
				t.Fatal(err)
			}
			for whose, trust := range map[string]archive.Trust{"own": own(t), "saved": {Policy: strict(t)}} {
				r, err := archive.Verify(folder, trust)
				if got := parts(err); !slices.Equal(got, tc.want) || !strings.Contains(fmt.Sprint(err), tc.text) {
					t.Errorf("with %s keys: %v, want the parts %q and %q", whose, err, tc.want, tc.text)
				}
				if err != nil && r.Verification != nil {
					t.Errorf("with %s keys: a verification without one: %+v", whose, r.Verification)
				}
				if f, _, err := archive.Load(folder, trust); (f == nil) != (err != nil) || (err != nil) != (tc.want != nil) {
					t.Errorf("with %s keys: Load = %v, %v", whose, f != nil, err)
				}
			}
		})
	}
}

// rewrite changes the saved log.
func rewrite(t testing.TB, folder string, change func(*client.Evidence)) error {
	var e client.Evidence
	if err := json.Unmarshal(read(t, folder+"/log.json"), &e); err != nil {
		return err
	}
	change(&e)
	raw, err := json.MarshalIndent(e, "", "  ")
	write(t, folder+"/log.json", raw)
	return err
}

// edit changes one character in the signature of an event.
func edit(t testing.TB, folder string, event int) error {
	return rewrite(t, folder, func(e *client.Evidence) {
		token, other := []byte(e.Tokens[event]), byte('A')
		at := len(token) - 20
		if token[at] == other {
			other = 'B'
		}
		token[at] = other
		e.Tokens[event] = string(token)
	})
}

// TestKeys: an archive is worth what its keys are worth.
func TestKeys(t *testing.T) {
	t.Parallel()
	folder := save(t, submission(t, 1))
	renamed := serving(t).Public
	renamed.KID = signing(t).KID
	for name, tc := range map[string]struct {
		change func(*archive.Trust)
		want   []string
	}{
		"service keys of another":         {func(t *archive.Trust) { t.Service.Keys = t.Signing }, []string{"event 1"}},
		"signing key of another":          {func(t *archive.Trust) { t.Signing = t.Service.Keys }, []string{"report"}},
		"another key under the same name": {func(t *archive.Trust) { t.Signing = []keys.Public{renamed} }, []string{"report"}},
		"no anchor":                       {func(t *archive.Trust) { t.Policy = keys.Strict("reference", nil) }, []string{"report"}},
		"from the future":                 {func(t *archive.Trust) { t.Now = fetched.Add(-time.Hour) }, []string{"report"}},
		"clocks that differ":              {func(t *archive.Trust) { t.Now = fetched.Add(-time.Minute) }, nil},
		"a decade later":                  {func(t *archive.Trust) { t.Now = fetched.AddDate(10, 0, 0) }, nil},
	} {
		trust := own(t)
		tc.change(&trust)
		if _, err := archive.Verify(folder, trust); !slices.Equal(parts(err), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// TestForgedReport: signed again with another key, whole and sound in itself.
func TestForgedReport(t *testing.T) {
	t.Parallel()
	f := submission(t, 1)
	forger := key(t, foreign, "destination-verify")
	folder, err := archive.Save(t.TempDir(), f, forger, fetched)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Verify(folder, own(t)); !slices.Equal(parts(err), []string{"report"}) {
		t.Errorf("Verify with own keys: %v, want that the report does not hold", err)
	}
	if _, err := archive.Verify(folder, archive.Trust{Policy: strict(t)}); !slices.Equal(parts(err), []string{"report"}) {
		t.Errorf("Verify with anchors: %v, want that the report does not hold", err)
	}
}

// TestSignedTooLate: with a key whose certificate had expired then.
func TestSignedTooLate(t *testing.T) {
	t.Parallel()
	folder, err := archive.Save(t.TempDir(), submission(t, 1), signing(t), fetched.AddDate(0, 0, 3))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Verify(folder, own(t)); !slices.Equal(parts(err), []string{"report"}) {
		t.Errorf("Verify: %v, want that the report does not hold", err)
	}
}

// TestDishonest: the owner of the key signs a report that contradicts log or metadata.
func TestDishonest(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*client.Fetched)
		want   []string
	}{
		"other tags":          {func(f *client.Fetched) { f.Tags.Data = f.Tags.Metadata }, []string{"log"}},
		"other data":          {func(f *client.Fetched) { f.Data.Content = []byte("{}") }, []string{"data"}},
		"an attachment fewer": {func(f *client.Fetched) { f.Attachments = f.Attachments[:1] }, []string{client.InAttachment(second)}},
		"no data":             {func(f *client.Fetched) { f.Data = client.ReceivedData{} }, []string{"data"}},
		"other metadata":      {func(f *client.Fetched) { f.RawMetadata = []byte(`{"$schema":"x"}`) }, []string{"metadata"}},
	} {
		f := submission(t, 1)
		tc.change(f)
		if _, err := archive.Verify(save(t, f), own(t)); !slices.Equal(parts(err), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// TestNames: a stranger's file name stays in the folder and recognisable.
func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"antrag.pdf":                    "01-antrag.pdf",
		"":                              "01-",
		"..":                            "01-..",
		"../../etc/passwd":              "01-.._.._etc_passwd",
		`C:\Temp\x.exe`:                 "01-C__Temp_x.exe",
		"Größe\x00 1.pdf":               "01-Größe__1.pdf",
		"Gro\u0308\u00dfe.pdf":          "01-Größe.pdf",
		"latin\xff\u202e\n.pdf":         "01-latin___.pdf",
		strings.Repeat("ü", 60) + ".p":  "01-" + strings.Repeat("ü", 39) + ".p",
		strings.Repeat("a", 300) + ".p": "01-" + strings.Repeat("a", 78) + ".p",
	} {
		f := submission(t, 1)
		f.Attachments[0].Filename = name
		folder := save(t, f)
		if got := read(t, filepath.Join(folder, "attachments", want)); string(got) != "%PDF-1.4 antrag" {
			t.Errorf("%q: %q, want it as %s", name, got, want)
		}
		if _, err := archive.Verify(folder, own(t)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestSaveTwice: the second finds the first, and leaves it alone.
func TestSaveTwice(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var folders []string
	for range 2 {
		f := submission(t, 1)
		folder, err := archive.Save(root, f, signing(t), fetched)
		if err != nil || filepath.Dir(f.Attachments[1].Path) != filepath.Join(folder, "attachments") {
			t.Errorf("Save: %v, attachment at %s", err, f.Attachments[1].Path)
		}
		folders = append(folders, folder)
	}
	if left, err := os.ReadDir(root); err != nil || len(left) != 1 || folders[0] != folders[1] {
		t.Errorf("%v, %v in the folder, want the submission alone", left, err)
	}
}

// TestSaveInTheWay: what is in the place of a submission and is not it is not taken for it.
func TestSaveInTheWay(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(t *testing.T, final string) error{
		"an empty folder":    func(_ *testing.T, final string) error { return os.Mkdir(final, 0o700) },
		"a file":             func(_ *testing.T, final string) error { return os.WriteFile(final, nil, 0o600) },
		"another submission": func(t *testing.T, final string) error { return os.Rename(save(t, submission(t, 2)), final) },
		"a report only":      func(t *testing.T, final string) error { return archive.MakeFolder(filepath.Join(final, "report.json")) },
		"the same, other tags": func(t *testing.T, final string) error {
			f := submission(t, 1)
			f.Tags.Data = f.Tags.Metadata
			return os.Rename(save(t, f), final)
		},
	} {
		root, f := t.TempDir(), submission(t, 1)
		if err := put(t, filepath.Join(root, string(f.SubmissionID))); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Save(root, f, signing(t), fetched); err == nil {
			t.Errorf("%s: got no error", name)
		}
		if _, err := os.Stat(f.Attachments[0].Path); err != nil {
			t.Errorf("%s: %v, want what was fetched where it was", name, err)
		}
	}
}

// TestLongTexts: whatever a sender writes, the report can be read again.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	f := submission(t, 1)
	f.Attachments[0].Filename, f.Attachments[0].MIMEType = strings.Repeat("\x01", 3<<20), "a/"+strings.Repeat("b", 1000)
	describe(t, f)
	r, err := archive.Verify(save(t, f), own(t))
	if err != nil {
		t.Fatal(err)
	}
	name := r.Files[2].Filename
	if len(name) > 256 || !strings.HasPrefix(f.Attachments[0].Filename, name) || len(r.Files[2].MIMEType) > 256 {
		t.Errorf("name of %d bytes, type of %d, want the beginnings", len(name), len(r.Files[2].MIMEType))
	}
}

// TestRemove: once more is no harm, and what a removal that was cut off left is removed by the next one.
func TestRemove(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	f := submission(t, 1)
	folder, err := archive.Save(root, f, signing(t), fetched)
	if err == nil {
		err = os.MkdirAll(filepath.Join(root, ".new-removed-"+string(f.SubmissionID), "attachments"), 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := archive.Remove(folder); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(root); err != nil || len(left) != 0 {
		t.Errorf("%v, %v in the folder, want nothing", left, err)
	}
}

func TestMakeFolder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for range 2 {
		if err := archive.MakeFolder(filepath.Join(root, "a", "b")); err != nil {
			t.Error(err)
		}
	}
	if about, err := os.Stat(filepath.Join(root, "a")); err != nil || about.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v, want mode 0700", about, err)
	}
	write(t, filepath.Join(root, "file"), nil)
	if err := errors.Join(os.Symlink("nowhere", filepath.Join(root, "link")), archive.MakeFolder(root)); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"file/a", "link/a"} {
		if err := archive.MakeFolder(filepath.Join(root, path)); err == nil {
			t.Errorf("%s: got no error", path)
		}
	}
}

func TestWriteFile(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	path := filepath.Join(root, "a.json")
	for _, want := range []string{"one", "two"} {
		if err := archive.WriteFile(path, []byte(want)); err != nil || string(read(t, path)) != want {
			t.Errorf("%v, want %s in the file", err, want)
		}
	}
	if about, err := os.Stat(path); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v, want mode 0600", about, err)
	}
	if err := archive.WriteFile(filepath.Join(root, "folder/a"), nil); err == nil {
		t.Error("in a folder that is not there: got no error")
	}
	if err := errors.Join(os.Mkdir(filepath.Join(root, "b"), 0o700), os.Mkdir(filepath.Join(root, "b/c"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := archive.WriteFile(filepath.Join(root, "b"), nil); err == nil {
		t.Error("in place of a folder: got no error")
	}
	if left, err := os.ReadDir(root); err != nil || len(left) != 2 {
		t.Errorf("%v, %v in the folder, want no draft", left, err)
	}
}

func TestSaveFails(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(f *client.Fetched, root *string){
		"below a file": func(_ *client.Fetched, root *string) {
			*root += "/file"
			write(t, *root, nil)
		},
		"an id that is a path": func(f *client.Fetched, _ *string) { f.SubmissionID = "../x" },
		"an id in upper case": func(f *client.Fetched, _ *string) {
			f.SubmissionID = client.SubmissionID(strings.ToUpper(string(f.SubmissionID)))
		},
		"an attachment that is gone":            func(f *client.Fetched, _ *string) { _ = os.Remove(f.Attachments[1].Path) },
		"an attachment that was changed":        func(f *client.Fetched, _ *string) { write(t, f.Attachments[1].Path, []byte("x")) },
		"data of a kind that cannot be carried": func(f *client.Fetched, _ *string) { f.Data.MIMEType = "text/plain" },
	} {
		f, root := submission(t, 1), t.TempDir()
		change(f, &root)
		if _, err := archive.Save(root, f, signing(t), fetched); err == nil {
			t.Errorf("%s: got no error", name)
		}
		if left, err := os.ReadDir(root); err == nil && len(left) > 0 {
			t.Errorf("%s: left %v behind", name, left)
		}
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, ".new-123/attachments"), 0o700); err != nil {
		t.Fatal(err)
	}
	folder, err := archive.Save(root, submission(t, 1), signing(t), fetched)
	if err != nil {
		t.Fatal(err)
	}
	if err := archive.Sweep(root); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(root)
	if err != nil || len(left) != 1 || left[0].Name() != filepath.Base(folder) {
		t.Errorf("%v, %v in the folder, want the submission alone", left, err)
	}
	// It waits for those who are saving.
	lock, err := os.Open(root)
	if err == nil {
		err = errors.Join(syscall.Flock(int(lock.Fd()), syscall.LOCK_SH), os.Mkdir(filepath.Join(root, ".new-124"), 0o700))
	}
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, func() { _ = lock.Close() })
	if err := archive.Sweep(root); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(root); err != nil || len(left) != 1 {
		t.Errorf("%v, %v in the folder, want the submission alone", left, err)
	}
	if err := archive.Sweep(filepath.Join(root, "elsewhere")); err != nil {
		t.Errorf("Sweep of nothing: %v", err)
	}
}

// seed is a report that may be read; its key is none that a policy would take.
const seed = `{"format":"vierkant-report/1","destinationId":"0a10bf46-1e4c-4a0e-9a10-6a1a2f6f9d01",
"submissionId":"5ab00000-0000-4000-8000-000000000001","caseId":"ca5e0000-0000-4000-8000-000000000001","submissionUrl":"https://broker.example",
"service":"urn:x:y","submittedAt":"2024-05-06T07:07:09Z","fetchedAt":"2024-05-06T07:08:09Z","state":"submitted","metadataVersion":"2.1.0",
"authenticationTags":{"metadata":"AAAAAAAAAAAAAAAAAAAAAA"},"files":[
{"part":"metadata","path":"metadata.json","size":1,"sha512":"` + sum + `"},{"part":"data","path":"data.json","mimeType":"application/json","size":2,"sha512":"` + sum + `"},
{"part":"attachment:f7a9","path":"attachments/01-antrag.pdf","filename":"ä","size":3,"sha512":"` + sum + `"},{"part":"log","path":"log.json","size":4,"sha512":"` + sum + `"}],
"checks":["files"],"signingKey":{"kty":"RSA","kid":"k","e":"AQAB","n":"` + modulus + `"}}`

const (
	sum = "abababababababababababababababababababababababababababababababab" +
		"abababababababababababababababababababababababababababababababab"
	modulus = "yZ3N6uLlcQxXb1ZQ2r0mWJmVtXv3oFvVXkqvQmYpJ0S3dC2WkX9nA5bq8dTfGh1KLmOpQrStUvWxYz012345-w"
)

// FuzzReport: whatever a report says, it is read or refused, and what is read is written and read again as the same.
func FuzzReport(f *testing.F) {
	f.Add("{}")
	f.Add(seed)
	for _, change := range [][2]string{
		{`"data.json"`, `"../data.json"`}, {`"data.json"`, `"data.xml"`}, {`"attachments/01-antrag.pdf"`, `"attachments/../x"`}, {`"size":`, `"size":-`},
		{`"part":"data"`, `"part":"metadata"`}, {`"part":"log"`, `"part":"x"`}, {`vierkant-report/1`, `vierkant-report/2`},
		{`"state"`, `"verification":{},"state"`}, {`5ab0`, `5AB0`},
	} {
		f.Add(strings.Replace(seed, change[0], change[1], 1))
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := archive.ParseReport([]byte(text))
		if err != nil {
			return
		}
		for _, file := range r.Files {
			if !filepath.IsLocal(file.Path) || strings.Count(file.Path, "/") > 1 {
				t.Errorf("took the path %q", file.Path)
			}
		}
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := archive.ParseReport(raw); err != nil {
			t.Errorf("does not read what it wrote: %v", err)
		}
	})
}

// TestReportRefused are the seeds of the fuzzing that must not pass.
func TestReportRefused(t *testing.T) {
	t.Parallel()
	good := string(read(t, save(t, submission(t, 1))+"/report.json"))
	for _, text := range []string{good, seed} {
		if _, err := archive.ParseReport([]byte(text)); err != nil {
			t.Errorf("%.60s: %v", text, err)
		}
	}
	for _, change := range [][2]string{
		{`"data.json"`, `"../data.json"`}, {`"data.json"`, `"data.xml"`}, {`"attachments/01-antrag.pdf"`, `"attachments/../x"`},
		{`"attachments/01-antrag.pdf"`, `"attachments/"`}, {`"attachments/01-antrag.pdf"`, `"attachments/."`}, {`"attachments/01-antrag.pdf"`, `"attachments/.."`},
		{`"attachments/01-antrag.pdf"`, `"01-antrag.pdf"`}, {`"attachments/01-antrag.pdf"`, `"attachments/02-Ausweis_Größe.png"`},
		{`"size": `, `"size": -`}, {`"part": "data"`, `"part": "metadata"`}, {`"part": "log"`, `"part": "x"`}, {`vierkant-report/1`, `vierkant-report/2`},
		{`"state"`, `"verification":{},"state"`}, {`5ab0`, `5AB0`}, {`"fetchedAt": "2024-05-06T07:08:09Z"`, `"fetchedAt": "0001-01-01T00:00:00Z"`}, {`"sha512": "`, `"sha512": "0`},
		{`"state"`, `"State":"","state"`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Errorf("%s is not in the report", change[0])
		}
		if _, err := archive.ParseReport([]byte(bad)); err == nil {
			t.Errorf("%s: got no error", change[1])
		}
	}
}

// TestAcrossFileSystems: attachments are copied where they cannot be renamed.
func TestAcrossFileSystems(t *testing.T) {
	t.Parallel()
	elsewhere, err := os.MkdirTemp("/dev/shm", "archive-test-")
	if err != nil {
		t.Skip("there is no second file system at /dev/shm")
	}
	t.Cleanup(func() { _ = os.RemoveAll(elsewhere) })
	f := submission(t, 1)
	folder, err := archive.Save(elsewhere, f, signing(t), fetched)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Verify(folder, own(t)); err != nil {
		t.Error(err)
	}
	if about, err := os.Stat(f.Attachments[0].Path); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("attachment: %v, %v, want mode 0600", about, err)
	}
}
