package cms

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/seal"
)

// keep writes a submission into a folder of its own below root, named by its id, and syncs it: either all of it is there or
// nothing. Files are 0600. What is there already is the same submission, and stays.
//
//	submission.json      ids, service, region, authentication tags
//	metadata.json        as the sender wrote them
//	data.json, data.xml  the payload
//	attachments/01-…     in the order of the metadata
//	events.txt           the signed event log, one token a line
func keep(root string, f *client.Fetched) (string, error) {
	final := filepath.Join(root, string(f.SubmissionID))
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	files, err := filesOf(f)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return "", fmt.Errorf("keep submission: %w", err)
	}
	draft, err := os.MkdirTemp(root, ".new-")
	if err != nil {
		return "", fmt.Errorf("keep submission: %w", err)
	}
	if err := fill(draft, files); err != nil {
		return "", errors.Join(fmt.Errorf("keep submission %s: %w", f.SubmissionID, err), os.RemoveAll(draft))
	}
	if err := os.Rename(draft, final); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", errors.Join(fmt.Errorf("keep submission %s: %w", f.SubmissionID, err), os.RemoveAll(draft))
	}
	return final, syncFolder(root)
}

// filesOf are the contents by path.
func filesOf(f *client.Fetched) (map[string][]byte, error) {
	about, err := json.MarshalIndent(map[string]any{
		"submission": f.Ref, "service": f.Service, "region": f.Region, "authenticationTags": f.Tags,
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"submission.json": about, "metadata.json": f.RawMetadata}
	switch f.Data.MIMEType {
	case seal.JSON:
		files["data.json"] = f.Data.Content
	case seal.XML:
		files["data.xml"] = f.Data.Content
	}
	for i, a := range f.Attachments {
		files[filepath.Join("attachments", fmt.Sprintf("%02d-%s", i+1, harmless(a.Filename)))] = a.Content
	}
	var tokens strings.Builder
	for _, event := range f.Log {
		tokens.WriteString(event.Token + "\n")
	}
	files["events.txt"] = []byte(tokens.String())
	return files, nil
}

// harmless turns a stranger's file name into one that can do nothing.
func harmless(name string) string {
	const most = 80
	name = strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '-' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z') {
			return r
		}
		return '_'
	}, name)
	return name[max(len(name)-most, 0):] // the end tells the kind
}

func fill(folder string, files map[string][]byte) error {
	if err := os.Mkdir(filepath.Join(folder, "attachments"), 0o700); err != nil {
		return err
	}
	for path, content := range files {
		if err := write(filepath.Join(folder, path), content); err != nil {
			return err
		}
	}
	return errors.Join(syncFolder(filepath.Join(folder, "attachments")), syncFolder(folder))
}

func write(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
