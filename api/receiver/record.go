package receiver

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/set"
)

// record is what must be known of an unfinished submission after a restart.
type record struct {
	client.Ref
	Outcome  client.State  `json:"outcome"` // decided; Submitted: not yet
	Problems []set.Problem `json:"problems,omitempty"`
	Missing  int           `json:"missing,omitempty"` // how often attachments were missing
}

func (r record) check(id client.SubmissionID) error {
	canonical, err := r.Ref.Canonical()
	switch {
	case err != nil:
		return err
	case canonical != r.Ref || r.SubmissionID != id:
		return fmt.Errorf("is about submission %.40q", r.SubmissionID)
	}
	switch r.Outcome {
	case client.Submitted, client.Accepted, client.Forwarded:
		return nil
	case client.Rejected:
		return checkProblems(r.Problems)
	}
	return fmt.Errorf("has the outcome %.40q", r.Outcome)
}

// records are the files of unfinished submissions, one each.
type records struct{ folder string }

const recordSuffix = ".json"

func (s records) path(id client.SubmissionID) string {
	return filepath.Join(s.folder, string(id)+recordSuffix)
}

// put writes a record: the whole of it, synced, or nothing.
func (s records) put(r record) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := archive.WriteFile(s.path(r.SubmissionID), raw); err != nil {
		return fmt.Errorf("write decision: %w", err)
	}
	return nil
}

// get reads the record of a submission. One that cannot be read is an error, since it may say what was told already.
func (s records) get(id client.SubmissionID) (r record, found bool, err error) {
	raw, err := os.ReadFile(s.path(id))
	if errors.Is(err, os.ErrNotExist) {
		return record{}, false, nil
	}
	if err == nil {
		err = wire.Decode(raw, &r)
	}
	if err == nil {
		err = r.check(id)
	}
	if err != nil {
		return record{}, false, fmt.Errorf("decision record %s: %w", s.path(id), err)
	}
	return r, true, nil
}

// drop forgets a submission. If that does not survive a power failure, the record is found again and found to be done.
func (s records) drop(id client.SubmissionID) error {
	if err := os.Remove(s.path(id)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// all names the submissions that have a record, those that can be read also beside an error.
func (s records) all() (refs []client.Ref, err error) {
	entries, err := os.ReadDir(s.folder)
	for _, entry := range entries {
		name, isRecord := strings.CutSuffix(entry.Name(), recordSuffix)
		if !isRecord {
			continue
		}
		r, found, unread := s.get(client.SubmissionID(name))
		if found {
			refs = append(refs, r.Ref)
		}
		err = errors.Join(err, unread)
	}
	return refs, err
}
