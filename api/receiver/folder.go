package receiver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
)

const (
	decisionsFolder = ".decisions"
	scratchFolder   = ".scratch"
	lockFile        = ".lock"
)

// ErrInUse means: another receiver works in the folder.
var ErrInUse = errors.New("in use by another receiver")

// occupy takes the folder for this receiver, removes what one that died left half done, and returns what it left unfinished.
func (r *Receiver) occupy() (open map[client.DestinationID][]client.Ref, release func(), err error) {
	for _, folder := range []string{r.config.Folder, r.records.folder, r.config.Client.Scratch} {
		if err := archive.MakeFolder(folder); err != nil {
			return nil, nil, fmt.Errorf("receiver: %w", err)
		}
	}
	lock, err := lockFolder(r.config.Folder)
	if err != nil {
		return nil, nil, fmt.Errorf("receiver: %w", err)
	}
	release = func() { _ = lock.Close() }
	err = errors.Join(archive.Sweep(r.config.Folder), archive.Sweep(r.records.folder), empty(r.config.Client.Scratch))
	if err != nil {
		release()
		return nil, nil, fmt.Errorf("receiver: %w", err)
	}
	return r.unfinished(), release, nil
}

func lockFolder(folder string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = fmt.Errorf("%s is %w", folder, ErrInUse)
	default:
		err = fmt.Errorf("lock %s: %w", folder, err)
	}
	return nil, errors.Join(err, f.Close())
}

var errStillRuns = errors.New("the program that an earlier process started still runs")

// How long [lockSaved] waits for processes that were killed and are not gone yet.
const lockTries, lockPause = 20, 50 * time.Millisecond

// lockSaved takes the lock on a saved submission, for the program that decides about it. Nothing is added to the folder.
func lockSaved(ctx context.Context, folder string) (*os.File, error) {
	for try := 1; ; try++ {
		lock, err := archive.Hold(folder, syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return lock, nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return nil, fmt.Errorf("lock %s: %w", folder, err)
		case try == lockTries || ctx.Err() != nil:
			return nil, errStillRuns
		}
		time.Sleep(lockPause)
	}
}

// unfinished lists what the records speak of, by destination. Those of destinations that are not served here stay for whoever
// serves them, and those that cannot be read for somebody to look at: the others are no worse for them.
func (r *Receiver) unfinished() map[client.DestinationID][]client.Ref {
	refs, err := r.records.all()
	if err != nil {
		r.log.Error("unfinished submissions cannot be read", "error", err)
	}
	open := map[client.DestinationID][]client.Ref{}
	for _, ref := range refs {
		if _, served := r.lanes[ref.DestinationID]; !served {
			r.log.Warn("an unfinished submission is for a destination that is not served", "submission", ref.SubmissionID, "destination", ref.DestinationID)
			continue
		}
		open[ref.DestinationID] = append(open[ref.DestinationID], ref)
	}
	return open
}

// folderOf is where a submission is saved.
func (r *Receiver) folderOf(id client.SubmissionID) string {
	return filepath.Join(r.config.Folder, string(id))
}

func empty(folder string) error {
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, entry.Name())))
	}
	return err
}
