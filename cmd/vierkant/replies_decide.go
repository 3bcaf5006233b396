package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
)

func fetchReplyCommand() *cobra.Command {
	var box mailbox
	return box.command(&cobra.Command{
		Use:   "fetch REPLY (--receipt FILE --reply-key FILE | --authority) [--dir DIR]",
		Short: "Fetch a reply, check everything, open it and save it",
		Long: `Fetches a reply, verifies its event log, compares the authentication tags, opens all parts, checks hashes and metadata, and only then
writes it into DIR/REPLY (0600): metadata.json, data, attachments and log.json, the event log that "vierkant verify" checks. The folder of
an authority also has a signed report, as "vierkant fetch" writes it. All of it is there or nothing.

An online service names its application by the receipt of "vierkant send": a reply to another one is refused. Nothing is accepted by this.`,
	}, box.fetch)
}

func (b *mailbox) fetch(ctx context.Context, out output, id client.ReplyID) error {
	return b.withFetched(ctx, out, id, func(c *counter, f *client.Fetched, folder string) error {
		value := savedReply{Ref: f.Ref, State: f.Log.State(f), Folder: folder, Attachments: []savedFile{}}
		if f.Data.MIMEType != "" {
			value.Data = archive.DataPath(folder, f.Data.MIMEType)
		}
		for _, a := range f.Attachments {
			value.Attachments = append(value.Attachments, savedFile{a.Path, a.Filename, a.MIMEType, a.Size})
		}
		return out.show(value, value.show)
	})
}

// withFetched fetches a reply, saves it, and does something with it.
func (b *mailbox) withFetched(ctx context.Context, out output, id client.ReplyID, do func(*counter, *client.Fetched, string) error) error {
	progress := newMeter("fetched", out)
	defer progress.end()
	scratch, err := newScratch(b.dir)
	if err != nil {
		return err
	}
	defer scratch.close()
	c, err := b.open(progress, scratch)
	if err != nil {
		return err
	}
	f, err := c.fetch(ctx, id)
	progress.end()
	if errors.Is(err, client.ErrNotFound) {
		return &goneReplyError{c, id, err}
	}
	if err != nil {
		return err
	}
	folder, err := c.save(f)
	if err != nil {
		return errors.Join(fmt.Errorf("it is sound, but could not be kept: %w", err), f.Close())
	}
	return errors.Join(do(c, f, folder), f.Close())
}

// goneReplyError is a reply that the service does not give away, perhaps not any more.
type goneReplyError struct {
	at  *counter
	id  client.ReplyID
	err error
}

func (e *goneReplyError) Error() string { return e.err.Error() }

func (e *goneReplyError) Unwrap() error { return e.err }

// savedReply is what programs read of a reply that was saved.
type savedReply struct {
	client.Ref
	State       client.State `json:"state"`
	Folder      string       `json:"folder"`
	Data        string       `json:"data,omitempty"` // path
	Attachments []savedFile  `json:"attachments"`
}

type savedFile struct {
	Path     string `json:"path"`
	Filename string `json:"filename,omitempty"` // as its sender wrote it
	MIMEType string `json:"mimeType"`
	Size     int64  `json:"size"`
}

func (r savedReply) show(to io.Writer) {
	fmt.Fprintf(to, "Reply %s\n  case         %s\n  destination  %s\n  folder       %s\n", r.ReplyID, r.CaseID, r.DestinationID, r.Folder)
	if r.Data != "" {
		fmt.Fprintf(to, "    %s\n", r.Data)
	}
	for _, a := range r.Attachments {
		fmt.Fprintf(to, "    %s %12d bytes   %s\n", a.Path, a.Size, strings.TrimSpace(printable(a.Filename+" "+a.MIMEType)))
	}
	fmt.Fprintln(to, "Everything in it was checked. It is not decided by this: \"vierkant replies accept\" or \"vierkant replies reject\" does that.")
}

func acceptReplyCommand() *cobra.Command {
	var box mailbox
	return box.command(&cobra.Command{
		Use:   "accept REPLY (--receipt FILE --reply-key FILE | --authority) [--dir DIR]",
		Short: "Accept a reply, after it was checked and saved",
		Long: `Fetches, checks and saves the reply as "vierkant replies fetch" does, and only then accepts it. The service gives the content away no
more after that. An authority signs the event of that itself; for an online service, which has no key to sign with, the service signs it.`,
	}, box.accept)
}

func (b *mailbox) accept(ctx context.Context, out output, id client.ReplyID) error {
	err := b.withFetched(ctx, out, id, func(c *counter, f *client.Fetched, folder string) error {
		if err := settle(ctx, c.Client, f.Ref, client.Accepted, func() error { return c.accept(ctx, f) }); err != nil {
			return err
		}
		return showDecision(out, decision{f.Ref, client.Accepted, folder, nil})
	})
	var gone *goneReplyError
	if errors.As(err, &gone) {
		return gone.decided(ctx, out)
	}
	return err
}

// decided says what became of a reply that the service gives away no more: accepting it again is no failure.
func (e *goneReplyError) decided(ctx context.Context, out output) error {
	ref, err := e.at.find(ctx, e.id)
	if err != nil {
		return e
	}
	log, err := e.at.Events(ctx, ref)
	if err != nil {
		return errors.Join(e, err)
	}
	switch state := log.State(ref); state {
	case client.Accepted:
		return showDecision(out, decision{ref, state, e.at.leftover(e.id), nil})
	case client.Rejected, client.Deleted:
		return &decidedError{ref, state, e.err}
	}
	return e
}

// leftover is the folder of a reply that was saved before, "" if there is none.
func (c *counter) leftover(id client.ReplyID) string {
	folder := filepath.Join(c.dir, string(id))
	if _, err := os.Lstat(folder); err != nil {
		return ""
	}
	return folder
}

func rejectReplyCommand() *cobra.Command {
	var (
		box   mailbox
		texts []string
	)
	cmd := box.command(&cobra.Command{
		Use:   "reject REPLY (--receipt FILE | --authority) --problem CODE[:INSTANCE[:DETAIL]]...",
		Short: "Reject a reply, and tell its sender why",
		Long:  "Rejects a reply with its problems, in a signed event that both sides and the service can read.\n\n" + problemHelp(),
	}, func(ctx context.Context, out output, id client.ReplyID) error { return box.reject(ctx, out, id, texts) })
	cmd.Flags().StringArrayVar(&texts, "problem", nil, "why, CODE[:INSTANCE[:DETAIL]]; may be repeated (required)")
	completeProblems(cmd)
	return cmd
}

func (b *mailbox) reject(ctx context.Context, out output, id client.ReplyID, texts []string) error {
	problems, err := parseProblems(texts)
	if err != nil {
		return usageError{fmt.Errorf("--problem: %w; see \"vierkant replies reject --help\"", err)}
	}
	c, err := b.open(nil, nil)
	if err != nil {
		return err
	}
	ref, err := c.find(ctx, id)
	if err != nil {
		return err
	}
	if err := settle(ctx, c.Client, ref, client.Rejected, func() error { return c.reject(ctx, ref, problems...) }); err != nil {
		return err
	}
	return showDecision(out, decision{ref, client.Rejected, c.leftover(id), problems})
}
