package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/routing"
)

// Why an application or a reply is not sent. Each is wrapped with what was expected.
var (
	// ErrInvalid means: the application or reply itself is wrong.
	ErrInvalid = errors.New("invalid application")
	// ErrNotOffered means: the destination does not take such an application or answer.
	ErrNotOffered = errors.New("not offered by the destination")
)

// Purposes of attachments (FIT-Connect contract 10.3).
const (
	PurposeForm       = "form"       // the whole application as a document for people
	PurposeAttachment = "attachment" // what the applicant uploaded
	PurposeReport     = "report"     // made by the online service afterwards
	PurposeData       = "data"       // data too large for the data part
)

const maxAttachments = 100 // of a submission or a reply (FIT-Connect contract 11)

// Application is what an online service sends to an authority.
type Application struct {
	Destination DestinationID // e.g. of a [Route]
	Service     string        // URN, e.g. of a [Route]
	ServiceName string        // for people; may be empty
	Region      string        // "DE" and 0 to 12 digits, e.g. of a [Route]; may be empty
	Case        CaseID        // of an earlier submission to the same destination, to continue its case; may be empty

	Data        Data
	Attachments []Attachment

	// What else the metadata say; each may be left out (FIT-Connect contract 10.4 to 10.6).
	Author       *Author
	Reference    *Reference
	ReplyChannel *ReplyChannel
	Payment      *Payment
	DataSets     []DataSet
}

// Data is the payload of an application.
type Data struct {
	Content   []byte
	MIMEType  string // application/json or application/xml
	SchemaURI string // names its schema; the destination must offer it for the service
	Signature *Signature
}

// Attachment is a file that belongs to an application.
type Attachment struct {
	Filename    string // without a path; may be empty
	MIMEType    string
	Purpose     string // one of the purposes; "" is [PurposeAttachment]
	Description string
	Signature   *Signature

	// Open gives the content; see [Bytes] and [File]. It is called for the hash, and again for each upload and each repeat of one,
	// from several goroutines, and it must give the same every time. What it gives is never read into memory as a whole; if it can
	// seek, a fragment does not read what comes before it. It is closed once, not while it is read, and before [Sender.Send] returns.
	Open func() (io.ReadCloser, error)
}

// Bytes makes an [Attachment.Open] of content in memory.
func Bytes(content []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return memory{bytes.NewReader(content)}, nil }
}

// memory can seek, which io.NopCloser would hide.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// File makes an [Attachment.Open] of a file.
func File(path string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return os.Open(path) }
}

var urnPattern = regexp.MustCompile(`^urn:[a-z0-9][a-z0-9-]{0,31}:[a-z0-9()+,.:=@;$_!*'%/?#-]+$`)

const maxURN = 255

// check judges what can be judged without the destination. What goes into the metadata is left to their schema.
func (a Application) check(now time.Time) error {
	if len(a.Service) > maxURN || !urnPattern.MatchString(a.Service) {
		return fmt.Errorf("%w: Service: expected a URN in lower case, found %.80q", ErrInvalid, a.Service)
	}
	if a.Case != "" {
		if _, err := ParseID(a.Case); err != nil {
			return fmt.Errorf("%w: Case: %w", ErrInvalid, err)
		}
	}
	if err := a.checkReplyKey(now); err != nil {
		return err
	}
	return a.content().check()
}

// checkReplyKey judges the key of replies as the authority will.
func (a Application) checkReplyKey(now time.Time) error {
	if a.ReplyChannel == nil || a.ReplyChannel.FitConnect == nil {
		return nil
	}
	if _, err := a.ReplyChannel.replyKey(now); err != nil {
		return fmt.Errorf("%w: ReplyChannel: %w", ErrInvalid, err)
	}
	return nil
}

// content is what of the application is sealed.
func (a Application) content() content {
	return content{a.Data, a.Attachments, Metadata{
		Author: a.Author, Reference: a.Reference, ReplyChannel: a.ReplyChannel, Payment: a.Payment, DataSets: a.DataSets,
	}}
}

// content is what is sealed of an application or a reply.
type content struct {
	data        Data
	attachments []Attachment
	metadata    Metadata // without what describes data and attachments
}

func (c content) check() error {
	if err := checkSyntax(c.data.MIMEType, c.data.Content); err != nil {
		return fmt.Errorf("%w: Data: %w", ErrInvalid, err)
	}
	if len(c.attachments) > maxAttachments {
		return fmt.Errorf("%w: expected at most %d attachments, found %d", ErrInvalid, maxAttachments, len(c.attachments))
	}
	for i, attachment := range c.attachments {
		if attachment.Open == nil {
			return fmt.Errorf("%w: Attachments[%d]: Open is missing", ErrInvalid, i)
		}
		if name := attachment.Filename; name != "" && (name != filepath.Base(name) || strings.ContainsAny(name, `/\`)) {
			return fmt.Errorf("%w: Attachments[%d]: expected a Filename without a path, found %.80q", ErrInvalid, i, name)
		}
	}
	return nil
}

// checkOffer holds the application against what the destination takes.
func (a Application) checkOffer(d Destination) error {
	if d.Status != Active {
		return fmt.Errorf("%w: it is %.40q and takes nothing now", ErrNotOffered, d.Status)
	}
	service, ok := d.service(a.Service)
	if !ok {
		return fmt.Errorf("%w: the service %s", ErrNotOffered, a.Service)
	}
	if a.Region != "" {
		region, err := routing.ParseRegion(a.Region)
		if err != nil {
			return fmt.Errorf("%w: Region: %w", ErrInvalid, err)
		}
		if !serves(service, region) {
			return fmt.Errorf("%w: the service in the region %s", ErrNotOffered, region)
		}
	}
	schema := wire.SubmissionSchema{SchemaURI: a.Data.SchemaURI, MIMEType: a.Data.MIMEType}
	if !slices.Contains(service.SubmissionSchemas, schema) {
		return fmt.Errorf("%w: data of schema %q as %s", ErrNotOffered, schema.SchemaURI, schema.MIMEType)
	}
	if !slices.Contains(d.MetadataVersions, metadataVersion) {
		return fmt.Errorf("%w: metadata version %s, only %q", ErrNotOffered, metadataVersion, d.MetadataVersions)
	}
	if name, ok := a.ReplyChannel.offered(d.ReplyChannels); !ok {
		return fmt.Errorf("%w: the reply channel %s", ErrNotOffered, name)
	}
	return nil
}

// offered reports whether the chosen channel is among those that a destination declares, and its name. A destination that
// declares none is not known to refuse any: the declaration is optional (FIT-Connect contract 3.3).
func (r *ReplyChannel) offered(declared *wire.ReplyChannels) (name string, ok bool) {
	if r == nil || declared == nil {
		return "", true
	}
	for _, channel := range []struct {
		name     string
		chosen   bool
		declared []byte
	}{
		{"eMail", r.EMail != nil, declared.EMail},
		{"deMail", r.DeMail != nil, declared.DeMail},
		{"fink", r.Fink != nil, declared.Fink},
		{"elster", r.Elster != nil, declared.Elster},
		{"fitConnect", r.FitConnect != nil, declared.FitConnect},
		{"idBundDeMailbox", r.IDBundDeMailbox != nil, declared.IDBundDeMailbox},
	} {
		if channel.chosen && wire.Absent(channel.declared) {
			return channel.name, false
		}
	}
	return "", true
}
