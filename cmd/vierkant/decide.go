package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/set"
)

func acceptCommand() *cobra.Command {
	var box inbox
	return box.command(&cobra.Command{
		Use:   "accept SUBMISSION [--dir DIR]",
		Short: "Accept a submission, after it was checked and saved",
		Long: `Fetches and checks the submission as "vierkant fetch" does, saves it into DIR/SUBMISSION unless it is there and sound, and only
then signs its acceptance. The service gives the content away no more after that, so what could not be saved is not accepted.`,
	}, accept)
}

func accept(ctx context.Context, out output, box *inbox, argument string) error {
	id, err := submissionID(argument)
	if err != nil {
		return err
	}
	progress := newMeter("fetched", out)
	defer progress.end()
	d, scratch, err := box.openToFetch(progress)
	if err != nil {
		return err
	}
	defer scratch.close()
	f, folder, err := d.receive(ctx, id)
	progress.end()
	if errors.Is(err, client.ErrNotFound) {
		return d.acceptedBefore(ctx, out, id, err)
	}
	if err != nil {
		return err
	}
	err = d.settle(ctx, f.Ref, client.Accepted, func() error { return d.Accept(ctx, f) })
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return showDecision(out, decision{f.Ref, client.Accepted, folder, nil})
}

// acceptedBefore says what became of a submission that the service gives away no more: accepting it again is no failure.
func (d *desk) acceptedBefore(ctx context.Context, out output, id client.SubmissionID, gone error) error {
	ref, err := d.find(ctx, id)
	if err != nil {
		return gone
	}
	log, err := d.Events(ctx, ref)
	if err != nil {
		return err
	}
	switch state := log.State(id); state {
	case client.Accepted:
		return showDecision(out, decision{ref, client.Accepted, d.leftover(id), nil})
	case client.Rejected, client.Deleted:
		return &decidedError{ref, state, gone}
	}
	return gone
}

func rejectCommand() *cobra.Command {
	var (
		box   inbox
		texts []string
	)
	cmd := box.command(&cobra.Command{
		Use:   "reject SUBMISSION --problem CODE[:INSTANCE[:DETAIL]]...",
		Short: "Reject a submission, and tell the sender why",
		Long:  "Signs the rejection with its problems, which sender and service can read.\n\n" + problemHelp(),
	}, func(ctx context.Context, out output, box *inbox, argument string) error {
		problems, err := parseProblems(texts)
		if err != nil {
			return usageError{fmt.Errorf("--problem: %w; see \"vierkant reject --help\"", err)}
		}
		return reject(ctx, out, box, argument, problems)
	})
	cmd.Flags().StringArrayVar(&texts, "problem", nil, "why, CODE[:INSTANCE[:DETAIL]]; may be repeated (required)")
	completeProblems(cmd)
	return cmd
}

func reject(ctx context.Context, out output, box *inbox, argument string, problems []set.Problem) error {
	d, ref, err := box.named(ctx, argument)
	if err != nil {
		return err
	}
	err = d.settle(ctx, ref, client.Rejected, func() error { return d.Reject(ctx, ref, problems...) })
	if err != nil {
		return err
	}
	return showDecision(out, decision{ref, client.Rejected, d.leftover(ref.SubmissionID), problems})
}

func forwardCommand() *cobra.Command {
	var box inbox
	return box.command(&cobra.Command{
		Use:   "forward SUBMISSION",
		Short: "Say that a submission was passed on, and that the decision is still to come",
		Long: `Signs an event that tells sender and service that the submission was passed on to a system behind this one. It can be
fetched on, and is to be accepted or rejected later.`,
	}, forward)
}

func forward(ctx context.Context, out output, box *inbox, argument string) error {
	d, ref, err := box.named(ctx, argument)
	if err != nil {
		return err
	}
	if err := d.settle(ctx, ref, client.Forwarded, func() error { return d.Forward(ctx, ref) }); err != nil {
		return err
	}
	return showDecision(out, decision{ref, client.Forwarded, "", nil})
}

// named opens a desk and finds the submission that an argument names.
func (b *inbox) named(ctx context.Context, argument string) (*desk, client.Ref, error) {
	id, err := submissionID(argument)
	if err != nil {
		return nil, client.Ref{}, err
	}
	d, err := b.open()
	if err != nil {
		return nil, client.Ref{}, err
	}
	ref, err := d.find(ctx, id)
	return d, ref, err
}

// leftover is the folder of a submission that was saved before, "" if there is none.
func (d *desk) leftover(id client.SubmissionID) string {
	if _, err := os.Lstat(d.folder(id)); err != nil {
		return ""
	}
	return d.folder(id)
}

// settle posts a decision. If it comes too late, or its answer got lost, the event log says what holds.
func (d *desk) settle(ctx context.Context, ref client.Ref, want client.State, post func() error) error {
	return settle(ctx, d.client, ref, want, post)
}

func settle(ctx context.Context, c *client.Client, ref client.Ref, want client.State, post func() error) error {
	err := post()
	tooLate := errors.Is(err, client.ErrConflict)
	if err == nil || !tooLate && !client.Retryable(err) {
		return err
	}
	log, unread := c.Events(context.WithoutCancel(ctx), ref)
	if unread != nil {
		return err
	}
	state := log.State(ref)
	switch {
	case tooLate:
		return &decidedError{ref, state, err}
	case state == want:
		return nil
	}
	return err
}

// decidedError is a decision that somebody made before.
type decidedError struct {
	ref   client.Ref
	state client.State
	err   error
}

func (e *decidedError) Error() string {
	return fmt.Sprintf("%s %s is %s already", kindOf(e.ref), e.ref.ID(), e.state)
}

func (e *decidedError) Unwrap() error { return e.err }

// decision is what became of a submission or reply.
type decision struct {
	client.Ref
	State    client.State  `json:"state"`
	Folder   string        `json:"folder,omitempty"` // where it is saved
	Problems []set.Problem `json:"problems,omitempty"`
}

func showDecision(out output, made decision) error {
	return out.show(made, func(to io.Writer) {
		reader := "the sender"
		if made.ReplyID != "" {
			reader = "the other side"
		}
		fmt.Fprintf(to, "%s %s is %s, in a signed event that %s can read.\n", titleOf(made.Ref), made.ID(), made.State, reader)
		if made.Folder != "" {
			fmt.Fprintf(to, "  saved in %s\n", made.Folder)
		}
		if made.Folder != "" && made.State == client.Rejected {
			fmt.Fprintln(to, "  It was not accepted: remove what is saved there, unless you may keep it.")
		}
		for _, p := range made.Problems {
			fmt.Fprintf(to, "  %s (%s): %s\n", codeOf(p), p.Instance, p.Detail)
		}
	})
}
