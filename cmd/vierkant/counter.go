package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/set"
)

// counter is where replies come in: what the flags of a mailbox lead to. Both sides do the same, each in its own way.
type counter struct {
	*client.Client
	dir    string
	find   func(context.Context, client.ReplyID) (client.Ref, error)
	fetch  func(context.Context, client.ReplyID) (*client.Fetched, error)
	save   func(*client.Fetched) (folder string, err error)
	accept func(context.Context, *client.Fetched) error
	reject func(context.Context, client.Ref, ...set.Problem) error
}

// open opens the counter of the side that the flags name. Meter and scratch are for fetching.
func (b *mailbox) open(m *meter, s *scratch) (*counter, error) {
	cfg, err := b.from.config(b.side())
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
	if b.authority {
		return b.openAuthority(c)
	}
	return b.openSender(c)
}

// openSender opens the counter of an online service. Destination and case are those of the receipt, so that no reply is taken for one to
// another application.
func (b *mailbox) openSender(c *client.Client) (*counter, error) {
	receipt, err := readReceipt(b.receipt)
	if err != nil {
		return nil, err
	}
	sender := c.Sender()
	return &counter{
		Client: c, dir: b.dir, accept: sender.AcceptReply, reject: sender.RejectReply,
		save: func(f *client.Fetched) (string, error) { return archive.Keep(b.dir, f) },
		find: func(_ context.Context, id client.ReplyID) (client.Ref, error) { return inCaseOf(receipt, id), nil },
		fetch: func(ctx context.Context, id client.ReplyID) (*client.Fetched, error) {
			return b.fetchToSender(ctx, sender, inCaseOf(receipt, id), receipt)
		},
	}, nil
}

func inCaseOf(receipt client.Receipt, id client.ReplyID) client.Ref {
	return client.Ref{DestinationID: receipt.DestinationID, ReplyID: id, CaseID: receipt.CaseID}
}

// fetchToSender also holds the log of the case against the receipt.
func (b *mailbox) fetchToSender(ctx context.Context, sender *client.Sender, ref client.Ref, receipt client.Receipt) (*client.Fetched, error) {
	if b.replyKey == "" {
		return nil, usageError{errors.New("--reply-key is required: the file that \"vierkant send --reply-key\" made")}
	}
	key, err := readReplyKey(b.replyKey)
	if err != nil {
		return nil, err
	}
	f, err := sender.FetchReply(ctx, ref, key)
	if err != nil {
		return nil, err
	}
	if err := f.Log.CheckTags(receipt, receipt.Tags); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", b.receipt, err), f.Close())
	}
	return f, nil
}

func (b *mailbox) openAuthority(c *client.Client) (*counter, error) {
	own, err := b.from.ownKeys(b.keys)
	if err != nil {
		return nil, err
	}
	s, err := c.Subscriber(own)
	if err != nil {
		return nil, err
	}
	return &counter{
		Client: c, dir: b.dir, fetch: s.FetchReply, accept: s.Accept, reject: s.Reject,
		save: func(f *client.Fetched) (string, error) {
			return archive.Save(b.dir, f, own[f.DestinationID].Signing, time.Now())
		},
		find: func(ctx context.Context, id client.ReplyID) (client.Ref, error) { return findAnswer(ctx, s, b.dir, id) },
	}, nil
}

// findAnswer returns destination and case of an answer that was saved or waits.
func findAnswer(ctx context.Context, s *client.Subscriber, dir string, id client.ReplyID) (client.Ref, error) {
	if report, err := archive.Read(filepath.Join(dir, string(id))); err == nil && report.ReplyID == id {
		return report.Ref, nil
	}
	refs, err := s.WaitingReplies(ctx, "")
	if err != nil {
		return client.Ref{}, err
	}
	for _, ref := range refs {
		if ref.ReplyID == id {
			return ref, nil
		}
	}
	return client.Ref{}, &unknownReplyError{id}
}

// unknownReplyError is a reply of which neither destination nor case are known.
type unknownReplyError struct{ id client.ReplyID }

func (e *unknownReplyError) Error() string {
	return fmt.Sprintf("reply %s does not wait at a destination of this client, and was not saved here", e.id)
}
