package broker

import "context"

// Submissions takes applications in from senders and hands them out to subscribers.
type Submissions struct{ Exchange }

// Announcement is what a sender says before it sends (FIT-Connect contract 3.2, 3.5).
type Announcement struct {
	Destination DestinationID
	Case        CaseID // empty for a new case
	Service     Service
	Region      string // "DE…" or empty
	Attachments []AttachmentID
	Callback    *CallbackDraft // where the sender wants to be told of events; nil: nowhere
}

// Announce opens a submission, in a new case or in one of the caller's own. The checks run in the order of FIT-Connect
// contract 16: scope, shape, destination exists, its state, then what it offers. What is repeated is answered as the first time.
func (s *Submissions) Announce(ctx context.Context, who Caller, a Announcement, again Repeat) (Submission, error) {
	if err := who.Require(ScopeSend); err != nil {
		return Submission{}, err
	}
	if err := a.check(s.Limits, s.Callbacks); err != nil {
		return Submission{}, err
	}
	o := opening{who: who, again: again}
	admit := func(tx Tx) (err error) {
		if found, err := o.repeated(tx); err != nil || found {
			return err
		}
		if o.office, err = s.admit(tx, who, a); err != nil {
			return err
		}
		o.c, err = s.openCase(tx, who, a)
		return err
	}
	open := func(tx Tx) error {
		return s.begin(tx, &o, Submission{
			Destination: a.Destination, Service: a.Service, Region: a.Region, Announced: a.Attachments,
		}, a.Callback)
	}
	return s.announce(ctx, &o, admit, open)
}

// admit refuses what the destination does not take, and what the token does not allow. It returns whose the destination is.
func (s *Submissions) admit(tx Tx, who Caller, a Announcement) (OrgID, error) {
	d, err := tx.Destination(a.Destination)
	if err != nil {
		return "", noDestination(err, a.Destination)
	}
	return d.Org, s.admitTo(d, who, a)
}

func (s *Submissions) admitTo(d Destination, who Caller, a Announcement) error {
	if d.Status != DestinationActive {
		return Unprocessable.New("destination-state-invalid", "the destination is %s; it takes new submissions only while it is %s", d.Status, DestinationActive)
	}
	if d.RevokedKID != "" && d.RevokedKID == d.EncryptionKID {
		return Unprocessable.New("destination-key-revoked", "the certificate of the destination's encryption key %s was revoked: nothing may be sealed for it. Announce again once the destination has another key", d.EncryptionKID)
	}
	if err := d.takes(a.Service.Identifier, a.Region); err != nil {
		return err
	}
	return who.maySend(d, a.Service.Identifier, a.Region)
}

// openCase returns the case the submission belongs to: the caller's own, or a new one.
func (s *Submissions) openCase(tx Tx, who Caller, a Announcement) (Case, error) {
	if a.Case == "" {
		return Case{ID: NewID[CaseID](), Sender: who.Client, Org: who.Org, Destination: a.Destination, Created: s.Now()}, nil
	}
	c, err := tx.Case(a.Case)
	if err != nil || c.Sender != who.Client {
		return Case{}, noCase(err, a.Case)
	}
	if c.Destination != a.Destination {
		return Case{}, Unprocessable.New("case-destination-mismatch", "the case belongs to another destination: a further submission goes to the same one, else announce without caseId")
	}
	return c, nil
}

// List returns the submissions that wait at the caller's destinations, or at one of them. Without a destination the
// order is destination by destination, oldest first in each.
func (s *Submissions) List(ctx context.Context, who Caller, at DestinationID, p Page) (waiting []Submission, total int, err error) {
	return s.list(ctx, who, p, func(tx Tx) ([]Inbox, error) {
		from, err := fetchable(tx, who, at)
		return inboxes(from, SubmissionsAt), err
	})
}

func inboxes(of []DestinationID, inbox func(DestinationID) Inbox) []Inbox {
	all := make([]Inbox, len(of))
	for i, d := range of {
		all[i] = inbox(d)
	}
	return all
}

// fetchable returns the destinations that the caller may fetch from, or only the one asked for.
func fetchable(tx Tx, who Caller, at DestinationID) ([]DestinationID, error) {
	if at != "" {
		d, err := tx.Destination(at)
		if err != nil {
			return nil, noDestination(err, at)
		}
		return []DestinationID{at}, d.mayFetch(who)
	}
	assigned, err := tx.AssignedDestinations(who.Client)
	var ids []DestinationID
	for _, d := range assigned {
		if d.mayFetch(who) == nil {
			ids = append(ids, d.ID)
		}
	}
	return ids, err
}
