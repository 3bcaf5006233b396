package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// Save writes f, a submission or a sender's answer, as a folder of its own below root, named by its id: all of it, synced, or nothing. The
// report is signed with the signing key of the destination. now is the time of fetching.
//
// Attachments are moved there, across file systems copied, and f names them in their new place; if Save fails they may be
// gone, and f has to be fetched again. A folder that is there already stays if its report names the same submission with the same tags, and
// is an error if not. What else is in it is not looked at: that is for [Verify].
func Save(root string, f *client.Fetched, signing keys.Private, now time.Time) (folder string, err error) {
	return save(root, f, func(d *draft) error { return d.sign(signing, now) }, checkSaved)
}

// save fills a folder, seals it off, and gives it its name. What carries that name already is for check to judge.
func save(root string, f *client.Fetched, sealOff func(*draft) error, check func(folder string, f *client.Fetched) error) (string, error) {
	if canonical, err := f.Ref.Canonical(); err != nil || canonical != f.Ref {
		return "", fmt.Errorf("save: expected ids in canonical form, found %v", f.Ref)
	}
	folder, err := saveIn(root, f, sealOff, check)
	if err != nil {
		return "", fmt.Errorf("save %s: %w", strings.Replace(f.Subject(), ":", " ", 1), err)
	}
	for i, a := range f.Attachments {
		f.Attachments[i].Path = filepath.Join(folder, filepath.FromSlash(place(i, a.Filename)))
	}
	return folder, nil
}

func saveIn(root string, f *client.Fetched, sealOff func(*draft) error, check func(folder string, f *client.Fetched) error) (string, error) {
	final := filepath.Join(root, f.ID())
	if _, err := os.Lstat(final); err == nil {
		return final, check(final, f)
	}
	if err := MakeFolder(root); err != nil {
		return "", err
	}
	lock, err := Hold(root, syscall.LOCK_SH) // against Sweep
	if err != nil {
		return "", err
	}
	defer lock.Close()
	d := draft{Fetched: f}
	if d.folder, err = os.MkdirTemp(root, unfinished); err != nil {
		return "", err
	}
	if err = d.fill(sealOff); err == nil {
		err = os.Rename(d.folder, final)
	}
	if err == nil {
		return final, SyncFolder(root)
	}
	removed := os.RemoveAll(d.folder)
	if errors.Is(err, fs.ErrExist) { // somebody was faster
		err = check(final, f)
	}
	return final, errors.Join(err, removed)
}

// checkSaved says whether a folder is already that of the submission, and syncs its name: whoever made it may have died before.
func checkSaved(folder string, f *client.Fetched) error {
	report, err := Read(folder)
	if err != nil {
		return fmt.Errorf("%s is there already: %w", folder, err)
	}
	if report.Ref != f.Ref || !report.Tags.Equal(f.Tags) {
		return fmt.Errorf("%s is there already, with another submission or other parts", folder)
	}
	return SyncFolder(filepath.Dir(folder))
}

// draft is a folder on its way to be one of a submission.
type draft struct {
	*client.Fetched
	folder string
	files  []File
}

func (d *draft) fill(sealOff func(*draft) error) error {
	log, err := json.MarshalIndent(d.Evidence, "", "  ")
	if err != nil {
		return err
	}
	if err := d.add(File{Part: client.InMetadata, Path: metadataFile, MIMEType: seal.JSON}, d.RawMetadata); err != nil {
		return err
	}
	if err := d.addData(); err != nil {
		return err
	}
	if err := d.addAttachments(); err != nil {
		return err
	}
	if err := d.add(File{Part: PartLog, Path: logFile, MIMEType: seal.JSON}, log); err != nil {
		return err
	}
	if err := sealOff(d); err != nil {
		return err
	}
	return SyncFolder(d.folder)
}

func (d *draft) path(f File) string { return filepath.Join(d.folder, filepath.FromSlash(f.Path)) }

func (d *draft) add(f File, content []byte) error {
	if err := os.WriteFile(d.path(f), content, ownerFile); err != nil {
		return err
	}
	return d.list(f)
}

// list puts a file that is in its place into the report, as it can be read back.
func (d *draft) list(f File) error {
	var err error
	if f.Size, f.SHA512, err = settle(d.path(f)); err != nil {
		return err
	}
	d.files = append(d.files, f)
	return nil
}

func (d *draft) addData() error {
	f := File{Part: client.InData, MIMEType: d.Data.MIMEType}
	switch d.Data.MIMEType {
	case "": // none: the first generation allows it
		return nil
	case seal.JSON:
		f.Path = jsonFile
	case seal.XML:
		f.Path = xmlFile
	default:
		return fmt.Errorf("data of the type %q cannot be kept", d.Data.MIMEType)
	}
	return d.add(f, d.Data.Content)
}

func (d *draft) addAttachments() error {
	if len(d.Attachments) == 0 {
		return nil
	}
	folder := filepath.Join(d.folder, attachments)
	if err := os.Mkdir(folder, ownerOnly); err != nil {
		return err
	}
	for i, a := range d.Attachments {
		f := File{Part: client.InAttachment(a.ID), Path: place(i, a.Filename), Filename: clip(a.Filename), MIMEType: clip(a.MIMEType)}
		if err := move(a.Path, d.path(f)); err != nil {
			return err
		}
		if err := d.list(f); err != nil {
			return err
		}
		if d.files[len(d.files)-1].SHA512 != a.Hash.Content {
			return fmt.Errorf("%s is not what was fetched: somebody changed the file meanwhile", f.Part)
		}
	}
	return SyncFolder(folder)
}

// clip keeps a report small, whatever a sender writes. Of an attachment the whole is in the metadata.
func clip(text string) string {
	const most = 256 // bytes, like a file name or a media type
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// place is the path of the attachment with this index.
func place(i int, filename string) string {
	return path.Join(attachments, fmt.Sprintf("%02d-%s", i+1, harmless(filename)))
}

// sign writes the report, twice.
func (d *draft) sign(signing keys.Private, now time.Time) error {
	report := Report{
		Format: Format, Ref: d.Ref, SubmissionURL: d.Evidence.Service, Service: d.Service, ServiceName: clip(d.ServiceName), Region: d.Region,
		FetchedAt: now.UTC().Truncate(time.Second), State: d.Log.State(d),
		MetadataVersion: versionOf(d.Metadata.Schema), DataSchema: d.Data.SchemaURI,
		Tags: d.Tags, Files: d.files, Checks: fetchChecks(d.Ref), SigningKey: signing.Public,
	}
	report.SubmittedAt = submittedAt(d.Log, d)
	raw, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	if _, err := ParseReport(raw); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	signed, err := keys.SignPS512(reportType, signing.KID, raw, signing.Secret)
	if err != nil {
		return err
	}
	return errors.Join(WriteFile(filepath.Join(d.folder, reportFile), raw), WriteFile(filepath.Join(d.folder, signedFile), []byte(signed)))
}

// fetchChecks names what [client.Subscriber.Fetch] has checked, in its order (FIT-Connect contract 10.7). Nothing is offered for answers.
func fetchChecks(ref client.Ref) []string {
	if ref.ReplyID != "" {
		return []string{checkEvents, checkTags, "decryption", checkMetadata, checkHashes, "syntax of the data"}
	}
	return []string{checkEvents, checkTags, "decryption", checkMetadata, "offer of the destination", checkHashes, "syntax of the data"}
}

// Names of checks in a report.
const (
	checkSignature = "signature of the report"
	checkDigests   = "files"
	checkEvents    = "event log"
	checkTags      = "authentication tags"
	checkMetadata  = "metadata schema"
	checkHashes    = "hashes"
)

// versionOf reads the version out of the address of a metadata schema; the first did without one (FIT-Connect contract 10.1).
func versionOf(schema string) string {
	if schema == "" {
		return "1.0.0"
	}
	return path.Base(strings.TrimSuffix(schema, "/metadata.schema.json"))
}

func submittedAt(log client.Log, s client.Subject) time.Time {
	for _, e := range log.Of(s) {
		if e.ByService && strings.HasPrefix(path.Base(e.Type), "submit-") {
			return e.Issued
		}
	}
	return time.Time{}
}
