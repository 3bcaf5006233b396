package account

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const (
	proposalEntries broker.EntryKind = "proposal"      // owner: the organisation
	openProposals   broker.EntryKind = "proposal-open" // the same ids while they are open; no value
)

// ProposalID names a proposal.
type ProposalID string

// ProposalState is where a proposal stands. It leaves Open once, and for good.
type ProposalState string

// The states.
const (
	Open      ProposalState = "open"
	Released  ProposalState = "released"
	Withdrawn ProposalState = "withdrawn" // by the side that made it
	Refused   ProposalState = "refused"   // by somebody who could have released it
	Outdated  ProposalState = "outdated"  // it no longer fits what is there
	Expired   ProposalState = "expired"   // nobody decided in time
)

// Proposal is something that takes two persons, and how far it is.
type Proposal struct {
	ID      ProposalID
	Org     broker.OrgID
	Subject string            // what is proposed, for the package that does it, like "routes"
	Value   json.RawMessage   // it
	Digest  string            // hex SHA-256 of Value
	By      string            // broker.Caller.Name
	Person  broker.PersonID   // who proposed, if a person did
	Behind  []broker.PersonID // who else can have proposed: who was shown a secret of the client that did
	Made    time.Time
	Expires time.Time // zero: see Ends
	State   ProposalState

	// Zero while it is open.
	ReleasedBy string // broker.Caller.Name
	Releaser   broker.PersonID
	ClosedBy   string // broker.Caller.Name; ReleasedBy if it was released
	Closed     time.Time
	Note       string // why it was closed
}

// proposalRecord is Proposal as it is stored.
type proposalRecord struct {
	ID      ProposalID        `json:"id"`
	Org     broker.OrgID      `json:"org"`
	Subject string            `json:"subject"`
	Value   json.RawMessage   `json:"value"`
	Digest  string            `json:"digest"`
	By      string            `json:"by"`
	Person  broker.PersonID   `json:"person,omitempty"`
	Behind  []broker.PersonID `json:"behind,omitempty"`
	Made    time.Time         `json:"made"`
	Expires time.Time         `json:"expires,omitzero"`
	State   ProposalState     `json:"state"`

	ReleasedBy string          `json:"releasedBy,omitempty"`
	Releaser   broker.PersonID `json:"releaser,omitempty"`
	ClosedBy   string          `json:"closedBy,omitempty"`
	Closed     time.Time       `json:"closed,omitzero"`
	Note       string          `json:"note,omitempty"`
}

// Wish is what is to be proposed.
type Wish struct {
	Org     broker.OrgID
	Subject string        // for the package that does it
	Value   any           // as json.Marshal writes it; the digest is over exactly that
	Lasts   time.Duration // it waits for its second person; zero: ProposalsLast
}

// Propose writes down what the caller would have done.
func Propose(tx broker.Tx, now time.Time, who broker.Caller, what Wish) (Proposal, error) {
	if err := who.Entitled(what.Org, broker.RightDraft); err != nil {
		return Proposal{}, err
	}
	raw, err := json.Marshal(what.Value)
	if err != nil {
		return Proposal{}, err
	}
	behind, err := behind(tx, who)
	if err != nil {
		return Proposal{}, err
	}
	p := Proposal{
		ID: broker.NewID[ProposalID](), Org: what.Org, Subject: what.Subject, Value: raw, Digest: broker.Digest(raw),
		By: who.Name(), Person: who.Person, Behind: behind, Made: now.UTC(), Expires: now.UTC().Add(cmp.Or(what.Lasts, ProposalsLast)), State: Open,
	}
	if err := room(tx, p.Org); err != nil {
		return Proposal{}, err
	}
	if err := tx.PutEntry(broker.Entry{Kind: openProposals, ID: string(p.ID), Owner: string(p.Org)}); err != nil {
		return Proposal{}, err
	}
	return p, p.put(tx, now, who, "proposal.made")
}

// behind returns who can act as the client that asks.
func behind(tx broker.Tx, who broker.Caller) ([]broker.PersonID, error) {
	if who.Client == "" {
		return nil, nil
	}
	c, err := tx.Client(who.Client)
	if errors.Is(err, broker.ErrNoRow) {
		return nil, broker.Unauthenticated.Wrap(err, "unauthorized", "the client of this access token is unknown")
	}
	return c.ShownTo, err
}

// room refuses an organisation that is not there, or has too much proposed already.
func room(tx broker.Tx, org broker.OrgID) error {
	if _, err := tx.Org(org); err != nil {
		return broker.NoOrg(err, org)
	}
	_, open, err := tx.EntriesOf(openProposals, string(org), broker.Page{Limit: 1})
	if err == nil && open >= MaxOpen {
		return broker.Conflict.New("too-many-proposals", "an organisation has at most %d open proposals: release, refuse or withdraw some", MaxOpen)
	}
	return err
}

// put writes a proposal, and into the audit log what became of it.
func (p Proposal) put(tx broker.Tx, now time.Time, who broker.Caller, deed string) error {
	if err := broker.WriteEntry(tx, proposalEntries, string(p.ID), string(p.Org), proposalRecord(p)); err != nil {
		return err
	}
	detail := p.Subject + " " + p.Digest
	if p.Note != "" {
		detail += ": " + p.Note
	}
	return broker.Note(tx, now, who, broker.Deed{Org: p.Org, Deed: deed, Subject: string(p.ID), Detail: detail})
}

// Release closes a proposal as released; the caller of Release does in the same transaction what was proposed. digest is that of what the
// person was shown. It refuses
//
//   - whoever is no person, Forbidden
//   - a person who may not release for the organisation, Forbidden, or is not of it, NotFound
//   - the person who proposed, or was shown a secret of the client that did, Forbidden
//   - a proposal that is closed, or waited too long, Conflict
//   - another digest than that of what was proposed, Conflict.
func Release(tx broker.Tx, now time.Time, who broker.Caller, id ProposalID, digest string) (Proposal, error) {
	p, err := ProposalOf(tx, who, id)
	if err != nil {
		return Proposal{}, err
	}
	if err := p.releasable(who, now); err != nil {
		return Proposal{}, err
	}
	if err := p.matches(digest); err != nil {
		return Proposal{}, err
	}
	p.ReleasedBy, p.Releaser = who.Name(), who.Person
	return p.close(tx, now, who, Released, "")
}

func (p Proposal) releasable(who broker.Caller, now time.Time) error {
	if who.Person == "" {
		return broker.Forbidden.New("second-person-needed", "what was proposed is released by a person, with a personal token: not by an API client, and not at the machine")
	}
	if err := who.Entitled(p.Org, broker.RightRelease); err != nil {
		return err
	}
	if who.Person == p.Person {
		return broker.Forbidden.New("second-person-needed", "you proposed this: another person releases it")
	}
	if slices.Contains(p.Behind, who.Person) {
		return broker.Forbidden.New("second-person-needed", "a client proposed this whose secret was shown to you: another person releases it")
	}
	return p.Waits(now)
}

// matches refuses the digest of anything else, and a proposal that was altered where it is stored.
func (p Proposal) matches(digest string) error {
	if has := broker.Digest(p.Value); digest != has || digest != p.Digest {
		return broker.Conflict.New("proposal-changed", "this is not the digest of what was proposed, which is %s: look at the proposal again", has)
	}
	return nil
}

func (p Proposal) mustBeOpen() error {
	if p.State != Open {
		return broker.Conflict.New("proposal-closed", "the proposal is not open any more: it is %s", p.State)
	}
	return nil
}

// Withdraw closes a proposal for the side that made it: whoever may propose may withdraw.
func Withdraw(tx broker.Tx, now time.Time, who broker.Caller, id ProposalID, note string) (Proposal, error) {
	return end(tx, now, who, id, Withdrawn, broker.RightDraft, note)
}

// Refuse closes a proposal for the side that could release it.
func Refuse(tx broker.Tx, now time.Time, who broker.Caller, id ProposalID, note string) (Proposal, error) {
	return end(tx, now, who, id, Refused, broker.RightRelease, note)
}

// Outdate closes a proposal that does not fit any more what is there. Whoever may see it may find that out.
func Outdate(tx broker.Tx, now time.Time, who broker.Caller, id ProposalID, note string) (Proposal, error) {
	return end(tx, now, who, id, Outdated, broker.RightRead, note)
}

func end(tx broker.Tx, now time.Time, who broker.Caller, id ProposalID, as ProposalState, takes broker.Right, note string) (Proposal, error) {
	p, err := ProposalOf(tx, who, id)
	if err != nil {
		return Proposal{}, err
	}
	if err := p.endable(who, takes); err != nil {
		return Proposal{}, err
	}
	return p.close(tx, now, who, as, note)
}

// endable refuses who lacks the right to end a proposal, and one that has ended.
func (p Proposal) endable(who broker.Caller, takes broker.Right) error {
	if err := who.Entitled(p.Org, takes); err != nil {
		return err
	}
	return p.mustBeOpen()
}

func (p Proposal) close(tx broker.Tx, now time.Time, who broker.Caller, as ProposalState, note string) (Proposal, error) {
	p.State, p.ClosedBy, p.Closed, p.Note = as, who.Name(), now.UTC(), note
	if err := tx.DeleteEntry(openProposals, string(p.ID)); err != nil {
		return Proposal{}, err
	}
	return p, p.put(tx, now, who, "proposal."+string(as))
}

// ProposalOf returns a proposal that the caller may see; a foreign one is NotFound.
func ProposalOf(tx broker.Tx, who broker.Caller, id ProposalID) (Proposal, error) {
	r, err := broker.ReadEntry[proposalRecord](tx, proposalEntries, string(id))
	if err != nil {
		return Proposal{}, noProposal(err, id)
	}
	if err := who.Entitled(r.Org, broker.RightRead); errors.Is(err, broker.NotFound) {
		return Proposal{}, noProposal(broker.ErrNoRow, id)
	} else if err != nil {
		return Proposal{}, err
	}
	return Proposal(r), nil
}
