package receiver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// obtain gets the submission from where it was saved. What is gone or does not hold any more is fetched again.
func (r *Receiver) obtain(ctx context.Context, n *Received, evidence client.Evidence, log client.Log) error {
	folder := r.folderOf(n.SubmissionID)
	saved, _, err := archive.Load(folder, r.trust(n.DestinationID, evidence))
	if err == nil && saved.Ref != n.Ref {
		err = &archive.PartError{Part: archive.PartReport, Err: fmt.Errorf("is that of submission %s", saved.SubmissionID)}
	}
	switch {
	case err == nil:
		saved.Log, saved.Evidence = log, evidence
		n.Submission, n.Folder = saved, folder
		return archive.SyncFolder(r.config.Folder) // whoever saved it may have died before
	case len(archive.Parts(err)) > 0:
		r.log.ErrorContext(ctx, "saved submission does not hold and is fetched again", "submission", n.SubmissionID, "error", err)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := r.fetch(ctx, n); err != nil {
		return err
	}
	if err := r.save(n); err != nil {
		return errors.Join(err, n.Submission.Close())
	}
	return nil
}

// trust is how this receiver checks what it saved itself: the report by the key that it holds, which needs no certificate here, and
// the events by the keys in the log as it is now. After a roll-over of the signing key older reports do not hold: they are fetched again.
func (r *Receiver) trust(id client.DestinationID, now client.Evidence) archive.Trust {
	return archive.Trust{
		Policy: keys.Uncertified(), Service: now.ServiceKeys, Signing: []keys.Public{r.signing[id].Public}, Events: now.DestinationKeys.Keys, Now: r.now(),
	}
}

// errForeign means: the submission belongs to another destination, whose lane works on it.
var errForeign = errors.New("it is of another destination than it was named for")

// fetch gets the submission from the broker. Also if it is unsound, n names it then as the broker does.
func (r *Receiver) fetch(ctx context.Context, n *Received) error {
	fetched, err := r.subscriber.Fetch(ctx, n.SubmissionID)
	var unsound *client.RejectError
	if errors.As(err, &unsound) {
		fetched = &client.Fetched{Ref: unsound.Ref}
	} else if err != nil {
		return err
	}
	if fetched.DestinationID != n.DestinationID {
		return errors.Join(errForeign, fetched.Close())
	}
	n.Ref = fetched.Ref
	if err == nil {
		n.Submission, n.State = fetched, fetched.Log.State(fetched.SubmissionID)
	}
	return err
}

// save saves what was fetched. What lies in its place does not hold, and is removed only now that there is something better.
func (r *Receiver) save(n *Received) error {
	if err := archive.Remove(r.folderOf(n.SubmissionID)); err != nil {
		return err
	}
	var err error
	n.Folder, err = archive.Save(r.config.Folder, n.Submission, r.signing[n.DestinationID], r.now())
	return err
}

// unobtained deals with what there is no submission of. kept is empty if nothing is known of it.
func (r *Receiver) unobtained(ctx context.Context, n Received, kept record, err error) (condition, error) {
	var unsound *client.RejectError
	switch {
	case errors.Is(err, errForeign):
		return settled, err
	case errors.As(err, &unsound) && kept.Outcome != client.Accepted:
		return r.refuse(ctx, n, kept, unsound)
	case errors.Is(err, client.ErrNotFound) && kept.Outcome == "":
		return r.gone(ctx, n, err)
	}
	return waiting, err
}

// refuse rejects what is the sender's fault. An attachment that is missing may be the broker's, and a rejection cannot be taken back:
// so for that alone nothing is rejected before it was missing for the third time.
func (r *Receiver) refuse(ctx context.Context, n Received, kept record, unsound *client.RejectError) (condition, error) {
	const sure = 3
	certain := slices.ContainsFunc(unsound.Problems, func(p set.Problem) bool { return p.Type != missing })
	if kept.Missing++; !certain && kept.Missing < sure {
		kept.Ref, kept.Outcome = n.Ref, client.Submitted
		return waiting, errors.Join(fmt.Errorf("%w: %w", ErrLater, unsound), r.records.put(kept))
	}
	return r.settle(ctx, n, record{Outcome: client.Rejected, Problems: firstProblems(unsound.Problems)}, nil)
}

const missing = set.ProblemPrefix + string(client.MissingAttachment)

// gone deals with what was named and is not there. Decided by somebody else, or by the service for him, it is none of ours. If the log
// does not show that, the broker's list has the last word: what it names again is tried again.
func (r *Receiver) gone(ctx context.Context, n Received, err error) (condition, error) {
	log, unread := r.client.Events(ctx, n.Ref)
	if unread == nil && isFinal(log.State(n.SubmissionID)) {
		return settled, nil
	}
	return settled, err
}
