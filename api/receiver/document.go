package receiver

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/seal"
)

// Document is a whole submission for a program to read: what [Program] writes with [InputDocument]. Paths are absolute.
type Document struct {
	client.Ref
	Service     string          `json:"service"`
	ServiceName string          `json:"serviceName,omitempty"`
	Region      string          `json:"region,omitempty"`
	Forwarded   bool            `json:"forwarded"`
	Folder      string          `json:"folder"`
	Metadata    json.RawMessage `json:"metadata"` // as the sender wrote them
	Data        *DocumentData   `json:"data,omitempty"`
	Attachments []DocumentFile  `json:"attachments"`
}

// DocumentData are the data of a Document: JSON as it is, XML as a text. XML in another encoding than UTF-8 has no content here:
// read the file.
type DocumentData struct {
	MIMEType  string `json:"mimeType"`
	SchemaURI string `json:"schemaUri"`
	Path      string `json:"path"`
	Content   any    `json:"content,omitempty"`
}

// DocumentFile is an attachment of a Document.
type DocumentFile struct {
	ID          client.AttachmentID `json:"attachmentId"`
	Path        string              `json:"path"`
	Filename    string              `json:"filename,omitempty"` // as the sender wrote it: never use it as a path
	MIMEType    string              `json:"mimeType"`
	Purpose     string              `json:"purpose"`
	Description string              `json:"description,omitempty"`
	Size        int64               `json:"size"`
	SHA512      string              `json:"sha512"`
}

// NewDocument describes a submission that is saved.
func NewDocument(r Received) Document {
	f := r.Submission
	d := Document{
		Ref: r.Ref, Service: f.Service, ServiceName: f.ServiceName, Region: f.Region, Forwarded: r.Forwarded, Folder: r.Folder,
		Metadata: f.RawMetadata, Attachments: []DocumentFile{},
	}
	if f.Data.MIMEType != "" {
		d.Data = &DocumentData{MIMEType: f.Data.MIMEType, SchemaURI: f.Data.SchemaURI, Path: dataPath(r)}
		switch {
		case f.Data.MIMEType == seal.JSON:
			d.Data.Content = json.RawMessage(f.Data.Content)
		case utf8.Valid(f.Data.Content):
			d.Data.Content = string(f.Data.Content)
		}
	}
	for _, a := range f.Attachments {
		d.Attachments = append(d.Attachments, DocumentFile{
			ID: a.ID, Path: a.Path, Filename: a.Filename, MIMEType: a.MIMEType, Purpose: a.Purpose, Description: a.Description,
			Size: a.Size, SHA512: a.Hash.Content,
		})
	}
	return d
}

// bytes is the document as JSON, on one line.
func (d Document) bytes() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // XML would become unreadable
	err := encoder.Encode(d)
	return out.Bytes(), err
}

// dataPath is where the data are saved, "" if there are none.
func dataPath(r Received) string {
	if r.Submission.Data.MIMEType == "" || r.Folder == "" {
		return ""
	}
	return archive.DataPath(r.Folder, r.Submission.Data.MIMEType)
}
