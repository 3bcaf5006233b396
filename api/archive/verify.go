package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
)

const (
	maxContent = 512 << 20       // bytes of metadata, data and log, each
	maxAhead   = 5 * time.Minute // how far clocks may differ
)

// Trust is what a verifier brings along. Only the Policy is required, and only Signing protects the files: the report alone says what
// was in them, so without keys to hold it against, everything but the events can be made anew by anybody whose certificate the Policy takes.
type Trust struct {
	Policy  keys.Policy   // judges keys of the destination as of the time when they signed
	Service keys.Set      // of the delivery service; empty: those saved beside the log
	Signing []keys.Public // of the destination, all that ever signed; empty: those saved in log and report
	Events  []keys.Public // of the destination, for its events if others sign reports; empty: Signing
	Now     time.Time     // zero is the present
}

// Verify checks a saved submission without asking anybody: that the report is signed, that every file is the one that was saved
// and none is missing or came on top, every signature and the order of events in the log, that report and log
// name the same authentication tags, the metadata against their schema, and the hashes in the metadata against data and attachments.
// Which submission it is, is for the caller to compare ([Report.Ref]): a folder may have any name. Modes of files are not checked, since
// not every copy keeps them.
//
// Each part that does not hold is a [*PartError], all of them joined; [Parts] lists them. With the report itself broken nothing else
// can be judged. Other errors are those of the file system. The Report is what was saved, with its Verification if all
// held; it is empty if the report does not hold.
func Verify(folder string, t Trust) (Report, error) {
	_, report, err := inspect(folder, t, false)
	return report, err
}

// Load verifies a saved submission and returns it as it was fetched then, to be handled or decided later. Its attachments stay in
// the folder. Errors are those of [Verify].
func Load(folder string, t Trust) (*client.Fetched, Report, error) {
	return inspect(folder, t, true)
}

func inspect(folder string, t Trust, load bool) (*client.Fetched, Report, error) {
	if len(t.Policy.Rules) == 0 {
		return nil, Report{}, errors.New("verify saved submission: expected a policy for keys")
	}
	if t.Now.IsZero() {
		t.Now = time.Now()
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, Report{}, fmt.Errorf("verify saved submission: %w", err)
	}
	defer root.Close()
	i := inspection{root: root, trust: t, broken: map[string]bool{}, load: load}
	if err := i.run(); err != nil {
		return nil, i.report, fmt.Errorf("verify saved submission %s: %w", folder, err)
	}
	if err := errors.Join(i.findings...); err != nil {
		return nil, i.report, err
	}
	i.report.Verification = i.verification()
	if !load {
		return nil, i.report, nil
	}
	return i.fetched(folder), i.report, nil
}

// inspection is one look at a folder.
type inspection struct {
	root  *os.Root
	trust Trust
	load  bool // the data too

	report   Report
	signer   keys.Public
	contents map[string][]byte // of the parts that are read whole
	evidence client.Evidence
	log      client.Log
	metadata client.Metadata

	noFolder bool            // of attachments: what has this name is something else
	broken   map[string]bool // parts: nothing more is said about them
	findings []error
}

func (i *inspection) find(part, file string, err error) {
	i.broken[part] = true
	i.findings = append(i.findings, &PartError{part, file, err})
}

// run returns the errors of the file system; what does not hold it collects.
func (i *inspection) run() error {
	if err := i.readReport(); err != nil || i.broken[PartReport] {
		return err
	}
	for _, step := range []func() error{i.checkFolder, i.checkFiles, i.checkLog, i.checkMetadata} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// read returns a file of the folder whole. What is no plain file of at most limit bytes is a finding, and nil.
func (i *inspection) read(part, path string, limit int64) ([]byte, error) {
	file, err := i.open(part, path)
	if err != nil || file == nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		i.find(part, path, fmt.Errorf("expected at most %d bytes", limit))
		return nil, nil
	}
	return content, err
}

// open opens a plain file; one that is missing or something else is a finding, and nil.
func (i *inspection) open(part, path string) (*os.File, error) {
	about, err := i.root.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), i.noFolder && strings.HasPrefix(path, attachments+"/"):
		i.find(part, path, errors.New("the file is missing"))
		return nil, nil
	case err != nil:
		return nil, err
	case !about.Mode().IsRegular():
		i.find(part, path, fmt.Errorf("expected a plain file, found %s", kind(about.Mode())))
		return nil, nil
	}
	return i.root.Open(path)
}

// kind says what a directory entry is.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSymlink != 0:
		return "a link"
	}
	return "something else"
}

// readReport believes a report only after its signature held.
func (i *inspection) readReport() error {
	raw, err := i.read(PartReport, reportFile, maxReport)
	if err != nil || raw == nil {
		return err
	}
	signed, err := i.read(PartReport, signedFile, 2*maxReport)
	if err != nil || signed == nil {
		return err
	}
	jws, err := keys.ParseCompact(string(signed), 2*maxReport)
	if err == nil && (jws.Typ != reportType || jws.Alg != keys.PS512) {
		err = fmt.Errorf("expected typ %s and alg %s", reportType, keys.PS512)
	}
	if err != nil {
		i.find(PartReport, signedFile, err)
		return nil
	}
	if !bytes.Equal(jws.Payload, raw) {
		i.find(PartReport, reportFile, errors.New("differs from what was signed"))
		return nil
	}
	report, err := ParseReport(raw)
	if err == nil {
		err = i.checkSigner(report, jws)
	}
	if err != nil {
		i.find(PartReport, signedFile, err)
		return nil
	}
	i.report = report
	return nil
}

func (i *inspection) checkSigner(report Report, jws keys.Compact) error {
	key := report.SigningKey
	if given := (keys.Set{Keys: i.trust.Signing}); len(given.Keys) > 0 {
		var found bool
		if key, found = given.Lookup(jws.KID); !found {
			return fmt.Errorf("signed with the key %.70q, which is none of those given", jws.KID)
		}
	}
	if key.KID != jws.KID || report.SigningKey.KID != jws.KID {
		return fmt.Errorf("signed with the key %.70q, the report names %.70q", jws.KID, report.SigningKey.KID)
	}
	if report.FetchedAt.After(i.trust.Now.Add(maxAhead)) {
		return fmt.Errorf("made in the future, at %s", report.FetchedAt.Format(time.RFC3339))
	}
	if err := i.trust.Policy.Check(key, keys.Signature, report.FetchedAt); err != nil {
		return err
	}
	i.signer = key
	return key.VerifyPS512(jws.SigningInput, jws.Signature)
}

// checkFolder finds what was not saved there.
func (i *inspection) checkFolder() error {
	known := map[string]bool{".": true, reportFile: true, signedFile: true}
	for _, f := range i.report.Files {
		known[f.Path], known[path.Dir(f.Path)] = true, true
	}
	return fs.WalkDir(i.root.FS(), ".", func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		isFolder := at == "." || at == attachments
		switch {
		case !known[at]:
			i.find(PartFolder, at, errors.New("was not saved with the submission"))
		case isFolder && !entry.IsDir():
			i.noFolder = true
			i.find(PartFolder, at, fmt.Errorf("expected a folder, found %s", kind(entry.Type())))
		}
		if entry.IsDir() && !isFolder {
			return fs.SkipDir
		}
		return nil
	})
}

// checkFiles holds every file against the report, and keeps those that are looked into.
func (i *inspection) checkFiles() error {
	i.contents = map[string][]byte{}
	for _, f := range i.report.Files {
		keep := f.Part == client.InMetadata || f.Part == PartLog || i.load && f.Part == client.InData
		if err := i.checkFile(f, keep); err != nil {
			return err
		}
	}
	return nil
}

func (i *inspection) checkFile(f File, keep bool) error {
	file, err := i.open(f.Part, f.Path)
	if err != nil || file == nil {
		return err
	}
	defer file.Close()
	in := io.LimitReader(file, f.Size+1)
	if keep {
		content, err := io.ReadAll(io.LimitReader(file, min(f.Size+1, maxContent)))
		if err != nil {
			return err
		}
		i.contents[f.Part], in = content, bytes.NewReader(content)
	}
	size, digest, err := digestOf(in)
	if err != nil {
		return err
	}
	if (size != f.Size || digest != f.SHA512) && f.Part != PartLog {
		i.find(f.Part, f.Path, errors.New("differs from what was saved: the SHA-512 is not the one in the report"))
	}
	if f.Part == PartLog && digest != f.SHA512 {
		i.findInLog()
	}
	return nil
}

func (i *inspection) verification() *Verification {
	v := &Verification{
		At: i.trust.Now.UTC().Truncate(time.Second), ServiceKeys: Saved, SigningKeys: Saved, ReportSigner: i.signer.KID,
		Checks: []string{checkSignature, checkDigests, checkEvents, checkTags, checkMetadata, checkHashes},
	}
	if len(i.trust.Service.Keys) > 0 {
		v.ServiceKeys = Given
	}
	if len(i.trust.Signing) > 0 {
		v.SigningKeys = Given
	}
	return v
}
