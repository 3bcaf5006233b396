package archive

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// Format is the one that [Save] writes and [Verify] reads.
const Format = "vierkant-report/1"

const (
	reportType = "vierkant-report+jws" // typ of the signed report
	maxReport  = 16 << 20              // bytes; an attachment takes some 400

	reportFile   = "report.json"
	signedFile   = "report.jws"
	metadataFile = "metadata.json"
	jsonFile     = "data.json"
	xmlFile      = "data.xml"
	logFile      = "log.json"
	attachments  = "attachments" // folder
)

// Parts of a saved submission that are not parts of the submission itself; those are called "metadata", "data" and "attachment:<id>"
// as in problems ([client.InMetadata], [client.InData], [client.InAttachment]), and an entry of the log "event 3".
const (
	PartReport = "report"
	PartLog    = "log"
	PartFolder = "folder" // something that does not belong there
)

// Report says what a saved submission is.
type Report struct {
	Format string `json:"format"`
	client.Ref
	SubmissionURL   string       `json:"submissionUrl"` // of the delivery service
	Service         string       `json:"service"`       // as announced, like Region: the tags do not cover them
	ServiceName     string       `json:"serviceName,omitempty"`
	Region          string       `json:"region,omitempty"`
	SubmittedAt     time.Time    `json:"submittedAt"`
	FetchedAt       time.Time    `json:"fetchedAt"` // when it was saved and the report signed
	State           client.State `json:"state"`     // then
	MetadataVersion string       `json:"metadataVersion"`
	DataSchema      string       `json:"dataSchema,omitempty"`

	Tags       set.AuthenticationTags `json:"authenticationTags"` // of the sealed parts
	Files      []File                 `json:"files"`              // all but the report itself
	Checks     []string               `json:"checks"`             // what held when it was fetched
	SigningKey keys.Public            `json:"signingKey"`         // of the destination, which signs the report

	Verification *Verification `json:"verification,omitempty"` // what [Verify] found; never saved
}

// File is a file of a saved submission.
type File struct {
	Part     string `json:"part"`               // "metadata", "data", "attachment:<id>" or "log"
	Path     string `json:"path"`               // below the folder, with slashes
	Filename string `json:"filename,omitempty"` // of an attachment, as the sender wrote it, at most 256 bytes: never use it as a path
	MIMEType string `json:"mimeType,omitempty"` // at most 256 bytes
	Size     int64  `json:"size"`
	SHA512   string `json:"sha512"` // lower-case hex
}

// Verification is what a check of a saved submission found.
type Verification struct {
	At           time.Time `json:"at"`
	ServiceKeys  string    `json:"serviceKeys"` // [Given] or [Saved]
	SigningKeys  string    `json:"signingKeys"` // [Given] or [Saved]
	ReportSigner string    `json:"reportSigner"`
	Checks       []string  `json:"checks"` // what held
}

// Whose keys a verification relied on.
const (
	Given = "given" // the verifier's own
	Saved = "saved" // those beside the files, which prove little by themselves
)

// PartError means: a part of a saved submission does not hold.
type PartError struct {
	Part string // "metadata", "data", "attachment:<id>", "event 3", "log", "report" or "folder"
	File string // path below the folder, "" if it is about none
	Err  error  // what does not hold
}

// Error names part and file.
func (e *PartError) Error() string {
	if e.File == "" {
		return fmt.Sprintf("%s: %v", e.Part, e.Err)
	}
	return fmt.Sprintf("%s (%s): %v", e.Part, e.File, e.Err)
}

func (e *PartError) Unwrap() error { return e.Err }

// Parts lists what an error of [Verify] is about, in the order of the checks; nil if it is about no part.
func Parts(err error) []*PartError {
	switch e := err.(type) {
	case *PartError:
		return []*PartError{e}
	case interface{ Unwrap() []error }:
		var all []*PartError
		for _, one := range e.Unwrap() {
			all = append(all, Parts(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		return Parts(e.Unwrap())
	}
	return nil
}

// Read returns the report of a saved submission as it lies there, without checking anything but its form: for showing what
// was saved just now. The error is [*PartError] if it has not the form of a report.
func Read(folder string) (Report, error) {
	file, err := os.Open(filepath.Join(folder, reportFile))
	if err != nil {
		return Report{}, fmt.Errorf("read report: %w", err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxReport+1))
	if err != nil {
		return Report{}, fmt.Errorf("read report: %w", err)
	}
	report, err := ParseReport(raw)
	if err != nil {
		return Report{}, &PartError{PartReport, reportFile, err}
	}
	return report, nil
}

// ParseReport reads the bytes of a report and judges their form, not what they say.
func ParseReport(raw []byte) (Report, error) {
	if len(raw) > maxReport {
		return Report{}, fmt.Errorf("expected at most %d bytes", maxReport)
	}
	var r Report
	if err := keys.UnmarshalStrict(raw, &r); err != nil {
		return Report{}, err
	}
	if r.Format != Format {
		return Report{}, fmt.Errorf("expected the format %s, found %.40q", Format, r.Format)
	}
	canonical, err := r.Ref.Canonical()
	switch {
	case err != nil:
		return Report{}, err
	case canonical != r.Ref:
		return Report{}, errors.New("expected ids with dashes in lower case")
	case r.Verification != nil:
		return Report{}, errors.New("expected a report as it was saved, found one that speaks of its verification")
	case r.SigningKey.Key == nil || r.FetchedAt.IsZero():
		return Report{}, errors.New("expected a signing key and a time")
	}
	return r, checkFiles(r.Files)
}

// checkFiles demands each part once, under a path that can be nothing else.
func checkFiles(files []File) error {
	parts, paths := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		if err := f.check(); err != nil {
			return err
		}
		if parts[f.Part] || paths[f.Path] {
			return fmt.Errorf("%.80q is listed twice", f.Part)
		}
		parts[f.Part], paths[f.Path] = true, true
	}
	if !parts[client.InMetadata] || !parts[PartLog] {
		return errors.New("expected metadata and log among the files")
	}
	return nil
}

func (f File) check() error {
	if !f.fits() {
		return fmt.Errorf("%.80q cannot be the file of %.80q", f.Path, f.Part)
	}
	sum, err := hex.DecodeString(f.SHA512)
	if err != nil || len(sum) != digestSize || strings.ToLower(f.SHA512) != f.SHA512 || f.Size < 0 {
		return fmt.Errorf("%.80q: expected a size and a SHA-512 in lower-case hex", f.Part)
	}
	return nil
}

// fits reports whether the path is the one of the part.
func (f File) fits() bool {
	switch f.Part {
	case client.InMetadata:
		return f.Path == metadataFile
	case client.InData:
		return f.Path == jsonFile && f.MIMEType == seal.JSON || f.Path == xmlFile && f.MIMEType == seal.XML
	case PartLog:
		return f.Path == logFile
	}
	folder, name := path.Split(f.Path)
	number, rest, numbered := strings.Cut(name, "-")
	id, isAttachment := strings.CutPrefix(f.Part, client.InAttachment(""))
	return isAttachment && id != "" && folder == attachments+"/" &&
		numbered && number != "" && strings.Trim(number, "0123456789") == "" && harmless(rest) == rest
}

// find returns the file of a part.
func (r Report) find(part string) (File, bool) {
	for _, f := range r.Files {
		if f.Part == part {
			return f, true
		}
	}
	return File{}, false
}
