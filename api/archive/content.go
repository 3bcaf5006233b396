package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/schemas"
)

// findInLog names the event that was changed, or the log as a whole.
func (i *inspection) findInLog() {
	if _, _, err := i.verifyLog(); err != nil {
		i.find(logPart(err), logFile, err)
		i.broken[PartLog] = true
		return
	}
	i.find(PartLog, logFile, errors.New("differs from what was saved: the SHA-512 is not the one in the report"))
}

func logPart(err error) string {
	var event *client.EventError
	if errors.As(err, &event) {
		return fmt.Sprintf("event %d", event.Number)
	}
	return PartLog
}

// verifyLog verifies the saved log with the keys that are trusted.
func (i *inspection) verifyLog() (client.Evidence, client.Log, error) {
	var e client.Evidence
	if err := keys.UnmarshalStrict(i.contents[PartLog], &e); err != nil {
		return e, nil, err
	}
	if e.Ref != i.report.Ref || e.Service != i.report.SubmissionURL {
		return e, nil, errors.New("is that of another submission")
	}
	trusted := e
	if len(i.trust.Service.Keys) > 0 {
		trusted.ServiceKeys = i.trust.Service
	}
	switch {
	case len(i.trust.Events) > 0:
		trusted.DestinationKeys.Keys = i.trust.Events
	case len(i.trust.Signing) > 0:
		trusted.DestinationKeys.Keys = i.trust.Signing
	}
	log, err := trusted.Verify(i.trust.Policy, i.trust.Now)
	return e, log, err
}

func (i *inspection) checkLog() error {
	if i.broken[PartLog] {
		return nil
	}
	var err error
	if i.evidence, i.log, err = i.verifyLog(); err != nil {
		i.find(logPart(err), logFile, err)
		return nil
	}
	ref := i.report.Ref
	if err := i.log.CheckTags(ref, i.report.Tags); err != nil {
		i.find(PartLog, logFile, err)
	}
	if i.log.State(ref) != i.report.State || !submittedAt(i.log, ref).Equal(i.report.SubmittedAt) {
		i.find(PartLog, logFile, errors.New("names another state or time of submission than the report"))
	}
	return nil
}

// checkMetadata judges the metadata by themselves, and what they say of the other parts.
func (i *inspection) checkMetadata() error {
	if i.broken[client.InMetadata] {
		return nil
	}
	registry, err := schemas.New()
	if err != nil {
		return err
	}
	raw := i.contents[client.InMetadata]
	if err = registry.Metadata(raw); err == nil {
		err = json.Unmarshal(raw, &i.metadata)
	}
	if err != nil {
		i.find(client.InMetadata, metadataFile, err)
		return nil
	}
	described := map[string]string{} // SHA-512 by part
	if data := i.metadata.ContentStructure.Data; data != nil {
		described[client.InData] = data.Hash.Content
	}
	for _, a := range i.metadata.ContentStructure.Attachments {
		described[partOf(a.ID)] = a.Hash.Content
	}
	i.checkHashes(described)
	return nil
}

// checkHashes holds the parts that the metadata describe against the files that were saved.
func (i *inspection) checkHashes(described map[string]string) {
	for _, f := range i.report.Files {
		part := f.Part
		if id, ok := strings.CutPrefix(part, client.InAttachment("")); ok {
			part = partOf(client.AttachmentID(id))
		}
		hash, ok := described[part]
		delete(described, part)
		switch {
		case part == client.InMetadata || part == PartLog:
		case !ok:
			i.find(f.Part, f.Path, errors.New("the metadata do not describe it"))
		case hash != f.SHA512 && !i.broken[f.Part]:
			i.find(f.Part, f.Path, errors.New("the SHA-512 differs from that in the metadata"))
		}
	}
	for _, part := range slices.Sorted(maps.Keys(described)) {
		i.find(part, "", errors.New("the metadata describe it, and it was not saved"))
	}
}

// partOf names an attachment by the one spelling of its id.
func partOf(id client.AttachmentID) string {
	if canonical, err := client.ParseID(id); err == nil {
		id = canonical
	}
	return client.InAttachment(id)
}
