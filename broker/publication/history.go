package publication

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/record"
)

// Revision is one change of the routes of an organisation, as a whole.
type Revision struct {
	Org          broker.OrgID
	Number       int    // 1 is the first
	By           string // broker.Caller.Name of who published or proposed
	ReleasedBy   string // broker.Caller.Name of the second person; none: published at once
	Proposal     account.ProposalID
	At           time.Time
	Comment      string
	Put, Deleted int // routes
}

const (
	revisionEntries broker.EntryKind = "revision"     // ID: org/number; owner: the organisation
	changeEntries   broker.EntryKind = "route-change" // ID: org/number/place; owner: org/number
)

// revisionRecord is Revision as it is stored.
type revisionRecord struct {
	Org        broker.OrgID       `json:"org"`
	Number     int                `json:"number"`
	By         string             `json:"by"`
	ReleasedBy string             `json:"releasedBy,omitempty"`
	Proposal   account.ProposalID `json:"proposal,omitempty"`
	At         time.Time          `json:"at"`
	Comment    string             `json:"comment,omitempty"`
	Put        int                `json:"put,omitempty"`
	Deleted    int                `json:"deleted,omitempty"`
}

// changeRecord is Change as it is stored: both whole and signed, so that going back needs nothing else.
type changeRecord struct {
	Before *record.Route `json:"before,omitempty"`
	After  *record.Route `json:"after,omitempty"`
}

func revisionID(org broker.OrgID, number int) string { return string(org) + "/" + strconv.Itoa(number) }

// remark is what a revision says beside its changes.
type remark struct {
	by       string // none: the caller
	released string
	proposal account.ProposalID
	comment  string
}

// commit writes the changes of a plan, and into the history and the audit log that they were made.
func (p *Publisher) commit(w *world, who broker.Caller, plan Plan, say remark) (Revision, error) {
	return w.commit(p.cfg.Now(), who, plan, say)
}

func (w *world) commit(now time.Time, who broker.Caller, plan Plan, say remark) (Revision, error) {
	_, last, err := w.tx.EntriesOf(revisionEntries, string(plan.Org), broker.Page{Limit: 1})
	if err != nil {
		return Revision{}, err
	}
	r := Revision{
		Org: plan.Org, Number: last + 1, By: say.by, ReleasedBy: say.released, Proposal: say.proposal, At: now.UTC(), Comment: say.comment,
	}
	if r.By == "" {
		r.By = who.Name()
	}
	w.giveAges(plan, r.At)
	for i, c := range plan.Changes {
		if err := w.write(revisionID(r.Org, r.Number), i, c); err != nil {
			return Revision{}, err
		}
		if c.After != nil {
			r.Put++
		} else {
			r.Deleted++
		}
	}
	if err := broker.WriteEntry(w.tx, revisionEntries, revisionID(r.Org, r.Number), string(r.Org), revisionRecord(r)); err != nil {
		return Revision{}, err
	}
	if err := broker.MarkRoutes(w.tx); err != nil {
		return Revision{}, err
	}
	return r, broker.Note(w.tx, now, who, broker.Deed{
		Org: r.Org, Deed: "routes.published", Subject: fmt.Sprintf("revision %d", r.Number), Detail: r.describe(plan),
	})
}

func (r Revision) describe(plan Plan) string {
	text := enumerate("route", convert(plan.Changes, Change.Key)) + fmt.Sprintf(": %d put, %d deleted", r.Put, r.Deleted)
	if r.Comment != "" {
		text += "; " + r.Comment
	}
	return text
}

// giveAges makes new routes younger than all that are there, and the later of them younger than the earlier: equal routes are answered in the order of their
// ages, and clocks of nodes differ.
func (w *world) giveAges(plan Plan, now time.Time) {
	if n := len(w.all); n > 0 && !now.After(w.all[n-1].Published) {
		now = w.all[n-1].Published.Add(1)
	}
	for i, c := range plan.Changes {
		if c.After != nil && c.After.Published.IsZero() {
			c.After.Published = now.Add(time.Duration(i))
		}
	}
}

func (w *world) write(revision string, place int, c Change) error {
	var made changeRecord
	if c.Before != nil {
		r := record.NewRoute(*c.Before)
		made.Before = &r
	}
	if c.After == nil {
		if err := w.tx.DeleteRoute(c.Before.ID); err != nil {
			return err
		}
	} else {
		r := record.NewRoute(*c.After)
		made.After = &r
		if err := w.tx.PutRoute(*c.After); err != nil {
			return err
		}
	}
	return broker.WriteEntry(w.tx, changeEntries, revision+"/"+strconv.Itoa(place), revision, made)
}

// History lists the revisions of an organisation, oldest first. It takes the right to read.
func (p *Publisher) History(ctx context.Context, who broker.Caller, org broker.OrgID, page broker.Page) (all []Revision, total int, err error) {
	err = p.list(ctx, who, org, page, func(tx broker.Tx) error {
		all, total, err = broker.EntriesAs(func(r revisionRecord) Revision { return Revision(r) })(tx.EntriesOf(revisionEntries, string(org), page))
		return err
	})
	return all, total, err
}

// Changes lists what a revision changed. It takes the right to read.
func (p *Publisher) Changes(ctx context.Context, who broker.Caller, org broker.OrgID, number int, page broker.Page) (all []Change, total int, err error) {
	err = p.list(ctx, who, org, page, func(tx broker.Tx) error {
		if _, err := revisionOf(tx, org, number); err != nil {
			return err
		}
		all, total, err = broker.EntriesAs(changeRecord.domain)(tx.EntriesOf(changeEntries, revisionID(org, number), page))
		return err
	})
	return all, total, err
}

func revisionOf(tx broker.Tx, org broker.OrgID, number int) (Revision, error) {
	r, err := broker.ReadEntry[revisionRecord](tx, revisionEntries, revisionID(org, number))
	return Revision(r), broker.OrNotFound(err, "revision-not-found", "the organisation has no revision %d of its routes", number)
}

func (r changeRecord) domain() (c Change) {
	if r.Before != nil {
		before := r.Before.Domain()
		c.Before = &before
	}
	if r.After != nil {
		after := r.After.Domain()
		c.After = &after
	}
	return c
}
