package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Config is what Mails need. Store, Now, Log, URL and From are required, the rest has defaults where zero.
type Config struct {
	Store broker.Store
	Log   *slog.Logger
	Now   func() time.Time // wall clock

	// Send hands one mail to a mail server; see SMTP.Send. Nil: there is none, and mails are kept.
	Send func(ctx context.Context, from, to string, message []byte) error
	From string // sender of all mails, with or without a name

	// Sent, if it is not nil, is told of a mail that a mail server took, in the transaction that notes it.
	Sent func(broker.Tx, Mail) error
	// Wrap and Unwrap keep the links of personal letters while those are owed; see keys.Wrapper. Nil: there are no such letters.
	Wrap   func(plain []byte, context string) ([]byte, error)
	Unwrap func(wrapped []byte, context string) ([]byte, error)

	URL         string // public one of this environment
	Environment string // shown in subjects; production shows none
	Zone        *time.Location

	Gather  time.Duration // how long a mail takes further facts before it is sent: 1 h
	GiveUp  time.Duration // after its latest fact, a mail is not sent any more: 14 days
	Keep    time.Duration // for how long a mail can be read after it is over: 90 days
	Timeout time.Duration // of one exchange with the mail server: 30 s
	Lease   time.Duration // for how long a mail belongs to the node that sends it: 10 min
	Grace   time.Duration // for a running exchange when Run is to end: 5 s
	Look    time.Duration // how often the store is looked at for mails that others owe: 5 s
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		set       *time.Duration
		otherwise time.Duration
	}{
		{&c.Gather, time.Hour}, {&c.GiveUp, 14 * 24 * time.Hour}, {&c.Keep, 90 * 24 * time.Hour}, {&c.Timeout, 30 * time.Second},
		{&c.Lease, 10 * time.Minute}, {&c.Grace, 5 * time.Second}, {&c.Look, 5 * time.Second},
	} {
		if *d.set == 0 {
			*d.set = d.otherwise
		}
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Sent == nil {
		c.Sent = func(broker.Tx, Mail) error { return nil }
	}
	return c
}

func (c Config) check() error {
	if c.Store == nil || c.Now == nil || c.Log == nil || (c.Wrap == nil) != (c.Unwrap == nil) {
		return errors.New("config lacks Store, Now or Log, or one of Wrap and Unwrap")
	}
	if c.Gather < 0 || c.GiveUp < 0 || c.Keep < 0 || c.Timeout < 0 || c.Grace < 0 || c.Look < 0 {
		return errors.New("config has a negative duration")
	}
	if c.Lease < (batch+1)*c.Timeout {
		return fmt.Errorf("a Lease of %s is too short for a Timeout of %s: expected at least %d times as long", c.Lease, c.Timeout, batch+1)
	}
	if u, err := url.Parse(c.URL); err != nil || u.Hostname() == "" {
		return fmt.Errorf("%q is not a base URL", c.URL)
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		return fmt.Errorf("the sender %q is not a mail address", c.From)
	}
	return nil
}

// Mails are the mails of an environment.
type Mails struct {
	cfg     Config
	from    *mail.Address
	writer  *writer
	wake    broker.Signal
	trouble trouble // of Run
}

// New checks the configuration. It starts nothing.
func New(cfg Config) (*Mails, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	w, err := newWriter(cfg.URL, cfg.Environment, cfg.Zone)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	again := broker.Setbacks{Log: cfg.Log, Over: "mails are sent again", First: firstPause, Last: lastPause}
	return &Mails{cfg: cfg, from: from, writer: w, wake: make(broker.Signal, 1), trouble: trouble{Setbacks: again}}, nil
}

// List lists the mails of an organisation, in the order in which they came to be owed. It takes the right to read.
func (m *Mails) List(ctx context.Context, who broker.Caller, org broker.OrgID, p broker.Page) (all []Mail, total int, err error) {
	if err := who.MayList(org, p); err != nil {
		return nil, 0, err
	}
	err = m.cfg.Store.View(ctx, func(tx broker.Tx) error {
		all, total, err = m.views(tx)(tx.EntriesOf(mailEntries, string(org), p))
		return err
	})
	return all, total, err
}

// All lists the mails of all. Only operators may.
func (m *Mails) All(ctx context.Context, who broker.Caller, p broker.Page) (all []Mail, total int, err error) {
	if err := mayListAll(who, p); err != nil {
		return nil, 0, err
	}
	err = m.cfg.Store.View(ctx, func(tx broker.Tx) error {
		all, total, err = m.views(tx)(tx.Entries(mailEntries, p))
		return err
	})
	return all, total, err
}

// Get returns a mail of an organisation with its text as it would be sent now, without a code: that is in the mail alone. The link of a personal
// letter is shown while that is owed, to those who may say who belongs to the organisation: they pass it on if no mail can. It takes the right to read; of the
// organisation "", which has the letters of none, only operators have it.
func (m *Mails) Get(ctx context.Context, who broker.Caller, org broker.OrgID, id ID) (one Mail, text Text, err error) {
	if err := who.Entitled(org, broker.RightRead); err != nil {
		return Mail{}, Text{}, err
	}
	var (
		l letterhead
		r mailRecord
	)
	err = m.cfg.Store.View(ctx, func(tx broker.Tx) error {
		r, err = readMail(tx, id)
		if isNoRow(err) || err == nil && r.Org != org {
			return broker.NotFound.New("mail-not-found", "the organisation has no mail %s: list its mails", clip(string(id)))
		}
		if err != nil {
			return err
		}
		if one, err = m.view(tx, r); err != nil {
			return err
		}
		l, err = letterheadOf(tx, r.Org)
		return err
	})
	if err != nil {
		return Mail{}, Text{}, err
	}
	secret := hiddenCode
	if r.Template.personal() && r.Link != nil && who.Entitled(org, broker.RightPeople) == nil {
		if secret, err = m.link(r); err != nil {
			return Mail{}, Text{}, err
		}
	}
	text, err = m.writer.write(one, l, secret)
	return one, text, err
}

// Any is Get for a mail of whatever organisation, or of none. Only operators may.
func (m *Mails) Any(ctx context.Context, who broker.Caller, id ID) (one Mail, text Text, err error) {
	if err := who.RequireOperator(); err != nil {
		return Mail{}, Text{}, err
	}
	var org broker.OrgID
	err = m.cfg.Store.View(ctx, func(tx broker.Tx) error {
		r, err := readMail(tx, id)
		if isNoRow(err) {
			return broker.NotFound.New("mail-not-found", "there is no mail %s: list the mails", clip(string(id)))
		}
		org = r.Org
		return err
	})
	if err != nil {
		return Mail{}, Text{}, err
	}
	return m.Get(ctx, who, org, id)
}

// views makes of a page of entries the mails that they are.
func (m *Mails) views(tx broker.Tx) func([]broker.Entry, int, error) ([]Mail, int, error) {
	return func(entries []broker.Entry, total int, err error) ([]Mail, int, error) {
		records, total, err := broker.DecodeEntries[mailRecord](entries, total, err)
		all := make([]Mail, len(records))
		for i := 0; i < len(records) && err == nil; i++ {
			all[i], err = m.view(tx, records[i])
		}
		return all, total, err
	}
}

// view also says for what a mail will be kept that nobody has looked at yet.
func (m *Mails) view(tx broker.Tx, r mailRecord) (Mail, error) {
	one := r.domain()
	if r.State != StateOwed || r.Held != "" || r.Lease != "" {
		return one, nil
	}
	confirmed, err := isConfirmed(tx, r.To)
	switch {
	case err == nil && !confirmed && !r.Template.uninvited():
		one.Held = HeldForAddress
	case m.cfg.Send == nil:
		one.Held = HeldForServer
	}
	return one, err
}

// hiddenCode stands where a mail has its code.
const hiddenCode = "•••••-•••••-•••••-•••••-••••••"

// Stats measures what is owed.
type Stats struct {
	Queue           broker.Backlog // mails that wait for their turn; they are gathered first
	WithoutServer   int            // mails that are kept because there is no mail server
	WithoutApproval int            // mails that are kept because their addresses are not confirmed
}

// Stats returns the measures. They are kept, not counted.
func (m *Mails) Stats(ctx context.Context) (s Stats, err error) {
	err = m.cfg.Store.View(ctx, func(tx broker.Tx) error {
		first, n, err := tx.EntriesOf(owedEntries, inQueue, broker.Page{Limit: 1})
		if err != nil {
			return err
		}
		s = Stats{Queue: broker.Backlog{Count: n}}
		if n > 0 {
			r, err := broker.DecodeEntry[owedRecord](first[0])
			if err != nil {
				return err
			}
			s.Queue.Oldest = r.Since
		}
		if _, s.WithoutServer, err = tx.EntriesOf(owedEntries, forServer, broker.Page{Limit: 1}); err != nil {
			return err
		}
		_, all, err := tx.Entries(owedEntries, broker.Page{Limit: 1})
		s.WithoutApproval = all - n - s.WithoutServer
		return err
	})
	return s, err
}

func isNoRow(err error) bool { return errors.Is(err, broker.ErrNoRow) }
