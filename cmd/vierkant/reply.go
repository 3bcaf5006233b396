package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
)

// replying is the flags of "reply".
type replying struct {
	from connection
	dir  string
	to   string
	enclosure
}

func replyCommand() *cobra.Command {
	var r replying
	cmd := &cobra.Command{
		Use:   "reply (SUBMISSION [--dir DIR] | --to RECEIPT) --data FILE --schema URI [--attachment FILE]...",
		Short: "Reply to a submission, or answer what an authority replied",
		Long: `Seals data and attachments on this machine and submits them in the case of a submission.

An authority names the submission by its id. It is read from DIR/SUBMISSION, where "fetch", "accept" or "receive" saved it: the sender's
key for replies stands in its metadata, if the sender asked for replies ("vierkant send --reply-key"). The submission may be
decided or not.

An online service answers by --to, the receipt of its application, once the authority has replied: the answer is sealed to the present
key of the authority, which is checked as "vierkant send" does.

"vierkant replies" shows on the other side what came. Keep the receipt (--receipt, 0600): "vierkant events --receipt FILE" tells what
became of the reply.`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return savedIDs(r.dir), cobra.ShellCompDirectiveNoFileComp
		},
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || (len(args) == 1) == (r.to != "") {
				return usageError{fmt.Errorf("name the submission by its id or by --to, one of them; see \"%s --help\"", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), outputOf(cmd), args) },
	}
	r.from.flags(cmd)
	r.enclosure.flags(cmd, "what is replied, as .json or .xml (required)", "URI of the data's schema, which both sides know (required)")
	cmd.Flags().StringVar(&r.dir, "dir", defaultInbox, "folder in which each submission has a folder of its own")
	cmd.Flags().StringVar(&r.to, "to", "", "an online service: receipt of the application")
	completeFolder(cmd, "dir")
	completeFile(cmd, "to", "json")
	return cmd
}

// savedIDs names what is saved in an inbox.
func savedIDs(dir string) []cobra.Completion {
	entries, _ := os.ReadDir(dir) // a completion has nowhere to say why
	var ids []cobra.Completion
	for _, entry := range entries {
		if id, err := client.ParseID(entry.Name()); err == nil && id == entry.Name() {
			ids = append(ids, id)
		}
	}
	return ids
}

func (r *replying) run(ctx context.Context, out output, args []string) error {
	if err := r.check(); err != nil {
		return err
	}
	kept, err := r.reserve()
	if err != nil {
		return err
	}
	defer kept.drop()
	progress := newMeter("sent", out)
	defer progress.end()
	c, send, err := r.open(args, progress)
	if err != nil {
		return err
	}
	what := client.Reply{}
	if what.Data, what.Attachments, err = r.read(); err != nil {
		return err
	}
	receipt, err := send(ctx, what)
	progress.end()
	return r.conclude(ctx, c, receipt, err, kept, out)
}

func (r *replying) check() error {
	if err := r.checkData(); err != nil {
		return err
	}
	if r.schema == "" {
		return usageError{errors.New("--schema is required: the URI of the schema of --data, which both sides know")}
	}
	return r.checkFiles()
}

// open returns a client of the side that replies, and how it does.
func (r *replying) open(args []string, m *meter) (*client.Client, func(context.Context, client.Reply) (client.Receipt, error), error) {
	if r.to != "" {
		return r.openSender(m)
	}
	id, err := submissionID(args[0])
	if err != nil {
		return nil, nil, err
	}
	f, err := r.saved(id)
	if err != nil {
		return nil, nil, err
	}
	c, err := r.from.open(asSubscriber, m.progress())
	if err != nil {
		return nil, nil, err
	}
	s, err := c.Subscriber(nil)
	return c, func(ctx context.Context, what client.Reply) (client.Receipt, error) { return s.Reply(ctx, f, what) }, err
}

func (r *replying) openSender(m *meter) (*client.Client, func(context.Context, client.Reply) (client.Receipt, error), error) {
	to, err := readReceipt(r.to)
	if err != nil {
		return nil, nil, err
	}
	c, err := r.from.open(asSender, m.progress())
	return c, func(ctx context.Context, what client.Reply) (client.Receipt, error) {
		return c.Sender().Answer(ctx, to.Ref, what)
	}, err
}

// saved reads a submission from where it was saved, and checks it.
func (r *replying) saved(id client.SubmissionID) (*client.Fetched, error) {
	policy, err := r.from.policy()
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(r.dir, string(id))
	f, _, err := archive.Load(folder, archive.Trust{Policy: policy, Now: time.Now()})
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(archive.Parts(err)) == 0:
		return nil, &notSavedError{id, r.dir}
	case err == nil && f.SubmissionID != id:
		err = fmt.Errorf("%s holds something else, %s", folder, f.ID())
	}
	if err != nil {
		return nil, &damagedError{folder, err}
	}
	return f, nil
}

// notSavedError is a submission that is not there to be replied to.
type notSavedError struct {
	id  client.SubmissionID
	dir string
}

func (e *notSavedError) Error() string {
	return fmt.Sprintf("submission %s is not saved in the folder %s", e.id, e.dir)
}
