package archive

import (
	"path/filepath"

	"github.com/vierkant/vierkant/api/client"
)

// fetched puts a submission together again, after all of it held.
func (i *inspection) fetched(folder string) *client.Fetched {
	f := &client.Fetched{
		Ref: i.report.Ref, Service: i.report.Service, ServiceName: i.report.ServiceName, Region: i.report.Region,
		Metadata: i.metadata, RawMetadata: i.contents[client.InMetadata], Tags: i.report.Tags, Log: i.log, Evidence: i.evidence,
	}
	if data := i.metadata.ContentStructure.Data; data != nil {
		f.Data = client.ReceivedData{
			Content: i.contents[client.InData], MIMEType: data.SubmissionSchema.MIMEType, SchemaURI: data.SubmissionSchema.SchemaURI,
		}
	}
	for _, info := range i.metadata.ContentStructure.Attachments {
		part := partOf(info.ID)
		file, _ := i.report.find(part) // the hashes held, so it is there
		info.ID = client.AttachmentID(part[len(client.InAttachment("")):])
		f.Attachments = append(f.Attachments, client.ReceivedAttachment{
			AttachmentInfo: info, Path: filepath.Join(folder, filepath.FromSlash(file.Path)), Size: file.Size,
		})
	}
	return f
}
