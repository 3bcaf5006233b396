package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/set"
)

// tracing is the flags of "events".
type tracing struct {
	box                         inbox
	receipt, destination, where string
	save                        string
}

func eventsCommand() *cobra.Command {
	var t tracing
	cmd := &cobra.Command{
		Use:   "events (--receipt FILE | SUBMISSION) [--save FILE]",
		Short: "Read the event log of a submission, verify every signature, and show what happened",
		Long: `Reads the log of the submission's case and verifies every entry: signature, issuer and its right to say this, time, order, and
that all mean the same sealed parts. One entry that does not hold makes the whole log an error that names it.

An online service names the submission by the receipt of "vierkant send"; then the log is also held against what was sent. An
authority names it by its id: destination and case are found in its folder (--dir) or among what waits, or are given.

--save keeps the log with all keys that verify it: "vierkant verify FILE" checks it at any time, without the service, which deletes
a case some time after the decision.`,
		ValidArgsFunction: completeWaiting(&t.box.from),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || (len(args) == 1) == (t.receipt != "") {
				return usageError{fmt.Errorf("name the submission by --receipt or by its id, one of them; see \"%s --help\"", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return t.run(cmd.Context(), outputOf(cmd), args) },
	}
	t.box.from.flags(cmd)
	t.box.folderFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&t.receipt, "receipt", "", "receipt of \"vierkant send\"")
	flags.StringVar(&t.destination, "destination", "", "with --case: destination of the submission")
	flags.StringVar(&t.where, "case", "", "with --destination: case of the submission")
	flags.StringVar(&t.save, "save", "", "new file for the log and the keys that verify it")
	completeFile(cmd, "receipt", "json")
	completeFile(cmd, "save", "json")
	completeNothing(cmd, "destination", "case")
	return cmd
}

func (t *tracing) run(ctx context.Context, out output, args []string) error {
	c, subject, err := t.open(ctx, args)
	if err != nil {
		return err
	}
	var kept *newFile
	if t.save != "" {
		if kept, err = reserve(t.save, 0o600); err != nil {
			return err
		}
		defer kept.drop()
	}
	evidence, log, err := c.Evidence(ctx, subject.Ref)
	if err != nil {
		return err
	}
	if err := subject.check(log); err != nil {
		return err
	}
	if kept != nil {
		if err := kept.keepJSON(evidence); err != nil {
			return err
		}
	}
	value := verifiedLog{subject.Ref, log.State(subject.Ref), entries(log)}
	return out.show(value, func(to io.Writer) {
		value.show(to)
		if subject.tags != nil {
			fmt.Fprintf(to, "It names the very sealed parts of %s.\n", subject.from)
		}
		timeline(to, log)
	})
}

// subject is the submission whose log is looked at, and what it is held against.
type subject struct {
	client.Ref
	tags *set.AuthenticationTags // nil if none are known
	from string                  // where the tags are from
}

func (s subject) check(log client.Log) error {
	if s.tags == nil {
		return nil
	}
	if err := log.CheckTags(s.Ref, *s.tags); err != nil {
		return fmt.Errorf("%s: %w", s.from, err)
	}
	return nil
}

// open finds the submission, and a client of the side that names it.
func (t *tracing) open(ctx context.Context, args []string) (*client.Client, subject, error) {
	if t.receipt != "" {
		r, err := readReceipt(t.receipt)
		if err != nil {
			return nil, subject{}, err
		}
		c, err := t.box.from.open(asSender, nil)
		return c, subject{r.Ref, &r.Tags, t.receipt}, err
	}
	id, err := submissionID(args[0])
	if err != nil {
		return nil, subject{}, err
	}
	d, err := t.box.openWith(nil, nil, nil)
	if err != nil {
		return nil, subject{}, err
	}
	found, err := t.find(ctx, d, id)
	return d.client, found, err
}

func (t *tracing) find(ctx context.Context, d *desk, id client.SubmissionID) (subject, error) {
	if t.destination != "" || t.where != "" {
		if uuid.Validate(t.destination) != nil || uuid.Validate(t.where) != nil {
			return subject{}, usageError{errors.New("--destination and --case belong together, and are UUIDs")}
		}
		return subject{Ref: client.Ref{DestinationID: client.DestinationID(t.destination), SubmissionID: id, CaseID: client.CaseID(t.where)}}, nil
	}
	report, exists, err := d.saved(id)
	if err != nil {
		return subject{}, err
	}
	if exists {
		return subject{report.Ref, &report.Tags, d.folder(id)}, nil
	}
	ref, err := d.find(ctx, id)
	return subject{Ref: ref}, err
}

// readReceipt reads what "send" or "reply" wrote.
func readReceipt(path string) (client.Receipt, error) {
	var r client.Receipt
	if err := readJSON(path, &r); err != nil {
		return r, err
	}
	canonical, err := r.Canonical()
	if err != nil || r.Tags.Metadata == "" {
		return r, fmt.Errorf("%s is no receipt of \"vierkant send\"", path)
	}
	r.Ref = canonical
	return r, nil
}

// verifiedLog is what programs read of a log.
type verifiedLog struct {
	client.Ref
	State  client.State `json:"state"`
	Events []entry      `json:"events"`
}

// show tells people where the submission stands.
func (l verifiedLog) show(to io.Writer) {
	fmt.Fprintf(to, "%s %s is %s. All %d signatures hold.\n", titleOf(l.Ref), l.ID(), l.State, len(l.Events))
}
