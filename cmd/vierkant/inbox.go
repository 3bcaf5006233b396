package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
)

const defaultInbox = "inbox"

// inbox is the flags of the commands of an authority: the broker, the private keys of its destinations, and the folder in which each
// submission that was fetched has a folder of its own.
type inbox struct {
	from connection
	keys keyFolders
	dir  string
}

func (b *inbox) flags(cmd *cobra.Command) {
	b.from.flags(cmd)
	b.keys.flags(cmd)
	b.folderFlag(cmd)
}

func (b *inbox) folderFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&b.dir, "dir", defaultInbox, "folder in which each submission has a folder of its own")
	completeFolder(cmd, "dir")
}

// command completes a command that is about one submission, which is its argument.
func (b *inbox) command(cmd *cobra.Command, run func(ctx context.Context, out output, box *inbox, argument string) error) *cobra.Command {
	cmd.Args, cmd.ValidArgsFunction = oneArgument("submission"), completeWaiting(&b.from)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return run(cmd.Context(), outputOf(cmd), b, args[0])
	}
	b.flags(cmd)
	return cmd
}

// desk is where an authority works: what the flags of an inbox lead to.
type desk struct {
	*client.Subscriber
	client *client.Client
	own    map[client.DestinationID]client.Keys
	policy keys.Policy
	dir    string
}

// open opens a desk that can read and decide.
func (b *inbox) open() (*desk, error) {
	own, err := b.from.ownKeys(b.keys)
	if err != nil {
		return nil, err
	}
	return b.openWith(own, nil, nil)
}

// openToFetch opens a desk that can fetch, too. The caller closes the scratch, after all that was fetched.
func (b *inbox) openToFetch(m *meter) (*desk, *scratch, error) {
	own, err := b.from.ownKeys(b.keys)
	if err != nil {
		return nil, nil, err
	}
	s, err := newScratch(b.dir)
	if err != nil {
		return nil, nil, err
	}
	d, err := b.openWith(own, m, s)
	if err != nil {
		return nil, nil, errors.Join(err, s.close())
	}
	return d, s, nil
}

// openWith opens a desk with these keys, which may be none to read only. Meter and scratch are for fetching.
func (b *inbox) openWith(own map[client.DestinationID]client.Keys, m *meter, s *scratch) (*desk, error) {
	cfg, err := b.from.config(asSubscriber)
	if err != nil {
		return nil, err
	}
	if s != nil {
		cfg.Scratch = s.path // on the file system where the files will stay
	}
	cfg.Progress = m.progress()
	c, err := client.New(cfg)
	if err != nil {
		return nil, err
	}
	subscriber, err := c.Subscriber(own)
	if err != nil {
		return nil, err
	}
	return &desk{subscriber, c, own, cfg.Policy, b.dir}, nil
}

// receive fetches a submission, checks it and saves it, unless it was saved before. The caller closes it.
func (d *desk) receive(ctx context.Context, id client.SubmissionID) (f *client.Fetched, folder string, err error) {
	before, exists, err := d.saved(id)
	if err != nil {
		return nil, "", err
	}
	if f, err = d.Fetch(ctx, id); err != nil {
		return nil, "", err
	}
	if exists && !before.Tags.Equal(f.Tags) {
		err = &damagedError{d.folder(id), errors.New("other sealed parts than the service has now")}
		return nil, "", errors.Join(err, f.Close())
	}
	folder, err = archive.Save(d.dir, f, d.own[f.DestinationID].Signing, time.Now())
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("it is sound, but could not be kept: %w", err), f.Close())
	}
	return f, folder, nil
}

// saved returns the report of a submission that was saved, and false if it was not. What lies there and does not hold is an error.
func (d *desk) saved(id client.SubmissionID) (report archive.Report, exists bool, err error) {
	folder := d.folder(id)
	_, err = os.Lstat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return report, false, nil
	case err != nil:
		return report, false, err
	}
	report, err = archive.Verify(folder, archive.Trust{Policy: d.policy, Now: time.Now()})
	if err == nil && report.SubmissionID != id {
		err = fmt.Errorf("%s holds another %s, %s", folder, kindOf(report.Ref), report.ID())
	}
	if err != nil {
		return report, true, &damagedError{folder, err}
	}
	return report, true, nil
}

// folder is where a submission is saved.
func (d *desk) folder(id client.SubmissionID) string { return filepath.Join(d.dir, string(id)) }

// damagedError is a folder in the place of a saved submission that does not hold one.
type damagedError struct {
	folder string
	err    error
}

func (e *damagedError) Error() string {
	return fmt.Sprintf("%s exists and does not hold a sound submission: %v", e.folder, e.err)
}

func (e *damagedError) Unwrap() error { return e.err }

// find returns destination and case of a submission that was saved or waits.
func (d *desk) find(ctx context.Context, id client.SubmissionID) (client.Ref, error) {
	if report, err := archive.Read(d.folder(id)); err == nil && report.SubmissionID == id {
		return report.Ref, nil
	}
	refs, err := d.Waiting(ctx, "")
	if err != nil {
		return client.Ref{}, err
	}
	for _, ref := range refs {
		if ref.SubmissionID == id {
			return ref, nil
		}
	}
	return client.Ref{}, &unknownError{id, d.dir}
}

// unknownError is a submission of which neither destination nor case are known.
type unknownError struct {
	id  client.SubmissionID
	dir string
}

func (e *unknownError) Error() string {
	return fmt.Sprintf("submission %s does not wait at a destination of this client, and is not in the folder %s", e.id, e.dir)
}

// submissionID reads the argument of a command.
func submissionID(text string) (client.SubmissionID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return "", usageError{fmt.Errorf("%q is no id of a submission: expected a UUID; \"vierkant list\" shows those that wait", text)}
	}
	return client.SubmissionID(id.String()), nil
}
