package testenv

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/vierkant/vierkant/crypto/seal"
)

// sampleCases send real files and fetch them again.
func sampleCases() []Case {
	return []Case{
		own("real files come back byte for byte", func(t *trial) {
			files := t.sampleFiles()
			for name, content := range files {
				if contentType := dataType(name); contentType != "" {
					t.sendSample(name, contentType, content, attachmentsOf(files))
				}
			}
		}),
	}
}

const needFiles = "needs a folder of further files to send"

// sampleFiles reads the folder of further files.
func (t *trial) sampleFiles() map[string][]byte {
	if t.cfg.Samples == "" {
		t.skip(needFiles)
		return nil
	}
	names, err := os.ReadDir(t.cfg.Samples)
	t.must("files to send", err)
	files := map[string][]byte{}
	for _, entry := range names {
		content, err := os.ReadFile(filepath.Join(t.cfg.Samples, entry.Name()))
		t.must("file to send", err)
		files[entry.Name()] = content
	}
	t.holds(len(files) > 0, "files in %s", t.cfg.Samples)
	return files
}

// dataType is the media type of what is sent as data, "" for other files.
func dataType(name string) string {
	return map[string]string{".json": seal.JSON, ".xml": seal.XML}[filepath.Ext(name)]
}

// attachmentsOf are the files that are not sent as data.
func attachmentsOf(files map[string][]byte) [][]byte {
	var attachments [][]byte
	for name, content := range files {
		if dataType(name) == "" {
			attachments = append(attachments, content)
		}
	}
	return attachments
}

// sendSample sends a file as data, others as attachments, and opens what comes back.
func (t *trial) sendSample(name, contentType string, content []byte, attachments [][]byte) {
	o := t.home()
	s := submission{office: o, attachments: map[string]string{}}
	plain := map[string][]byte{}
	for _, attachment := range attachments {
		id := newID()
		plain[id], s.attachments[id] = attachment, t.sealedFor(o, "application/pdf", attachment)
	}
	metadata, err := json.Marshal(map[string]any{"senderReference": name})
	t.must("metadata", err)
	s.metadata, s.data = t.sealedFor(o, seal.JSON, metadata), t.sealedFor(o, contentType, content)
	t.announce(&s, "")
	t.complete(s)
	t.checkFetched(s)
	a := t.get(t.submissions(s.path()), t.subscriber()).is(http.StatusOK)
	t.holds(t.opened(o, a.text("encryptedData")) == string(content) || t.ended(), "%s as it was sent", name)
	for id, want := range plain {
		t.holds(t.opened(o, t.download(s, id)) == string(want) || t.ended(), "attachment of %s as it was sent", name)
	}
	t.post(s, t.accept(s)).is(http.StatusNoContent)
	t.holds(strings.HasSuffix(events(t.log(s)), "accept-submission") || t.ended(), "an accepted submission")
}
