package archive

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vierkant/vierkant/api/client"
)

// Keep is [Save] for a sender, who has no key to sign a report with: the same files, without one. So [Verify] cannot judge them; what
// stays provable is the event log among them ([client.Evidence.Verify]). A folder that is there already stays if metadata, data and
// attachments in it are those of f, and is an error if not.
func Keep(root string, f *client.Fetched) (folder string, err error) {
	return save(root, f, func(*draft) error { return nil }, checkKept)
}

// checkKept says whether a folder holds what would be written, but for the log, which may have grown, and syncs its name.
func checkKept(folder string, f *client.Fetched) error {
	want := map[string]string{metadataFile: digestOfBytes(f.RawMetadata)} // SHA-512 by path
	if f.Data.MIMEType != "" {
		want[filepath.Base(DataPath(folder, f.Data.MIMEType))] = digestOfBytes(f.Data.Content)
	}
	for i, a := range f.Attachments {
		want[place(i, a.Filename)] = a.Hash.Content
	}
	for name, digest := range want {
		_, found, err := settle(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil || found != digest {
			return errors.Join(fmt.Errorf("%s is there already, and its %s is something else", folder, name), err)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, logFile)); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(folder))
}

func digestOfBytes(content []byte) string {
	_, digest, _ := digestOf(bytes.NewReader(content)) // memory can be read
	return digest
}
