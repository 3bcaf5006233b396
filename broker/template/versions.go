package template

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/publication"
)

// Subject is that of proposals of this package.
const Subject = "template"

// Outcome is what became of a change: the template as it is now, and what was proposed, if it takes a second person.
type Outcome struct {
	Template Template
	Proposal *account.Proposal
}

// proposed is the value of a proposal.
type proposed struct {
	Template ID            `json:"template"`
	Base     string        `json:"base"` // Template.base of what was looked at
	Comment  string        `json:"comment,omitempty"`
	Content  contentRecord `json:"content"`
}

// Change gives a template other content. A draft is simply another one then; of what is open or closed it makes a new version, or proposes it.
func (t *Templates) Change(ctx context.Context, who broker.Caller, id ID, c Content, comment string) (Outcome, error) {
	if err := c.check(); err != nil {
		return Outcome{}, err
	}
	if err := publication.CheckComment(comment); err != nil {
		return Outcome{}, err
	}
	return t.update(ctx, who, id, func(tx broker.Tx, was Template) (Outcome, error) {
		if was.State == Draft {
			return t.redraft(tx, who, was, c)
		}
		return t.publish(tx, who, was, c, comment)
	})
}

// Open lets everybody see and adopt a template. Of a draft it makes the first version, or proposes it; one that is closed is open at once.
func (t *Templates) Open(ctx context.Context, who broker.Caller, id ID, comment string) (Outcome, error) {
	if err := publication.CheckComment(comment); err != nil {
		return Outcome{}, err
	}
	seen, err := t.Get(ctx, who, id)
	if err == nil && seen.State != Draft {
		seen, err = t.turn(ctx, who, id, Open)
	}
	if err != nil || seen.State != Draft {
		return Outcome{Template: seen}, err
	}
	return t.update(ctx, who, id, func(tx broker.Tx, was Template) (Outcome, error) {
		if was.State != Draft {
			return Outcome{}, stateInvalid("the template was opened meanwhile: look at it again")
		}
		return t.publish(tx, who, was, was.Content, comment)
	})
}

// update changes a template in a transaction, for who may draft.
func (t *Templates) update(ctx context.Context, who broker.Caller, id ID, change func(broker.Tx, Template) (Outcome, error)) (out Outcome, err error) {
	err = t.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		was, err := owned(tx, who, id, broker.RightDraft)
		if err == nil {
			out, err = change(tx, was)
		}
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	return out, t.cfg.Routes.Follow(ctx)
}

func (t *Templates) redraft(tx broker.Tx, who broker.Caller, was Template, c Content) (Outcome, error) {
	was.Content, was.Changed = c, t.now()
	if err := was.put(tx); err != nil {
		return Outcome{}, err
	}
	return Outcome{Template: was}, t.note(tx, who, was.Org, "template.changed", string(was.ID), was.Name)
}

// publish makes a version, or proposes it.
func (t *Templates) publish(tx broker.Tx, who broker.Caller, was Template, c Content, comment string) (Outcome, error) {
	if err := publishable(tx, was, c); err != nil {
		return Outcome{}, err
	}
	if !t.cfg.Publisher.Rule().FourEyes {
		now, err := t.release(tx, who, was, Version{By: who.Name(), Comment: comment, Content: c})
		return Outcome{Template: now}, err
	}
	base, err := was.base()
	if err != nil {
		return Outcome{}, err
	}
	p, err := account.Propose(tx, t.now(), who, account.Wish{
		Org: was.Org, Subject: Subject, Value: proposed{was.ID, base, comment, newContent(c)}, Lasts: t.cfg.Publisher.Rule().Lasts,
	})
	return Outcome{was, &p}, err
}

// base is a digest of what a proposal would change.
func (t Template) base() (string, error) {
	raw, err := json.Marshal(versionRecord{Template: t.ID, Number: t.Version, Content: newContent(t.Content)})
	return broker.Digest(raw), err
}

func publishable(tx broker.Tx, was Template, c Content) error {
	if err := incomplete("the template", c.Missing()); err != nil {
		return err
	}
	return was.fits(tx, c)
}

// release makes a version and puts it in force; a draft is open with it.
func (t *Templates) release(tx broker.Tx, who broker.Caller, was Template, v Version) (Template, error) {
	now := was
	now.Content, now.Version, now.Changed = v.Content, was.Version+1, t.now()
	if was.State == Draft {
		now.State = Open
	}
	v.Template, v.Number, v.At = now.ID, now.Version, now.Changed
	if err := broker.WriteEntry(tx, versionEntries, versionID(now.ID, v.Number), string(now.ID), newVersion(v)); err != nil {
		return Template{}, err
	}
	for _, put := range []func(broker.Tx) error{now.put, now.offer, broker.MarkRoutes} {
		if err := put(tx); err != nil {
			return Template{}, err
		}
	}
	return now, t.note(tx, who, now.Org, "template.released", string(now.ID), fmt.Sprintf("version %d of %s", now.Version, now.Name))
}

func versionID(t ID, n int) string { return fmt.Sprintf("%s/%d", t, n) }

// Proposed returns what was proposed, for those who decide about it: the template as it is, and its content as it would be.
func (t *Templates) Proposed(ctx context.Context, who broker.Caller, id account.ProposalID) (p account.Proposal, now Template, then Content, err error) {
	err = t.cfg.Store.View(ctx, func(tx broker.Tx) error {
		var value proposed
		if p, value, err = readProposal(tx, who, id); err != nil {
			return err
		}
		then = value.Content.domain()
		now, err = readTemplate(tx, value.Template)
		return err
	})
	return p, now, then, err
}

func readProposal(tx broker.Tx, who broker.Caller, id account.ProposalID) (p account.Proposal, value proposed, err error) {
	if p, err = account.ProposalOf(tx, who, id); err != nil {
		return p, value, err
	}
	if p.Subject != Subject {
		return p, value, broker.Conflict.New("conflict", "this proposal is not about a template but about %s: it is released there", p.Subject)
	}
	return p, value, json.Unmarshal(p.Value, &value)
}

// Release puts in force what somebody else proposed. If the template was changed since, the proposal is outdated, for good.
func (t *Templates) Release(ctx context.Context, who broker.Caller, id account.ProposalID, digest string) (p account.Proposal, err error) {
	var outdated error
	err = t.cfg.Store.Update(ctx, func(tx broker.Tx) (err error) {
		if p, err = account.Release(tx, t.now(), who, id, digest); err != nil {
			return err
		}
		outdated, err = t.carryOut(tx, who, p)
		return errors.Join(outdated, err)
	})
	if outdated != nil {
		return account.Proposal{}, errors.Join(outdated, t.outdate(ctx, who, id))
	}
	if err != nil {
		return account.Proposal{}, err
	}
	return p, t.cfg.Routes.Follow(ctx)
}

// carryOut does what a proposal proposes, unless it is outdated.
func (t *Templates) carryOut(tx broker.Tx, who broker.Caller, p account.Proposal) (outdated, err error) {
	_, value, err := readProposal(tx, who, p.ID)
	if err != nil {
		return nil, err
	}
	was, err := readTemplate(tx, value.Template)
	if err != nil {
		return nil, err
	}
	if outdated, err = stale(tx, was, value); outdated != nil || err != nil {
		return outdated, err
	}
	_, err = t.release(tx, who, was, Version{
		By: p.By, ReleasedBy: p.ReleasedBy, Proposal: p.ID, Comment: value.Comment, Content: value.Content.domain(),
	})
	return nil, err
}

// stale says why something that was proposed does not fit any more.
func stale(tx broker.Tx, was Template, value proposed) (outdated, err error) {
	base, err := was.base()
	if err != nil {
		return nil, err
	}
	if base != value.Base {
		return broker.Conflict.New("proposal-outdated", "the template was changed after this was proposed: propose it again"), nil
	}
	err = publishable(tx, was, value.Content.domain())
	if errors.Is(err, broker.Conflict) {
		return broker.Conflict.Wrap(err, "proposal-outdated", "the template was adopted after this was proposed, so its services and schemas do not change any more"), nil
	}
	return nil, err
}

func (t *Templates) outdate(ctx context.Context, who broker.Caller, id account.ProposalID) error {
	return t.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		_, err := account.Outdate(tx, t.now(), who, id, "the template changed meanwhile")
		return err
	})
}

// Restore puts an earlier version in force again, as a new one. It was released before, so it happens at once.
func (t *Templates) Restore(ctx context.Context, who broker.Caller, id ID, number int, comment string) (now Template, err error) {
	if err := publication.CheckComment(comment); err != nil {
		return Template{}, err
	}
	err = t.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		was, err := owned(tx, who, id, broker.RightRead)
		if err != nil {
			return err
		}
		if err := t.mayAtOnce(who, was.Org); err != nil {
			return err
		}
		r, err := broker.ReadEntry[versionRecord](tx, versionEntries, versionID(id, number))
		if errors.Is(err, broker.ErrNoRow) {
			return broker.NotFound.New("version-not-found", "the template has no version %d: list its versions", number)
		}
		if err != nil {
			return err
		}
		if err := publishable(tx, was, r.domain().Content); err != nil {
			return err
		}
		if comment == "" {
			comment = fmt.Sprintf("back to version %d", number)
		}
		now, err = t.release(tx, who, was, Version{By: who.Name(), Comment: comment, Content: r.domain().Content})
		return err
	})
	if err != nil {
		return Template{}, err
	}
	return now, t.cfg.Routes.Follow(ctx)
}
