package template

import (
	"context"
	"errors"
	"slices"

	"github.com/vierkant/vierkant/broker"
)

// Create makes a draft of a template. It may lack anything but a name.
func (t *Templates) Create(ctx context.Context, who broker.Caller, org broker.OrgID, c Content) (Template, error) {
	if err := who.Entitled(org, broker.RightDraft); err != nil {
		return Template{}, err
	}
	if err := c.check(); err != nil {
		return Template{}, err
	}
	made := Template{ID: broker.NewID[ID](), Org: org, State: Draft, Content: c, Created: t.now(), Changed: t.now()}
	full := broker.Conflict.New("too-many-templates", "an organisation has at most %d templates: delete drafts that nobody needs", MaxTemplates)
	return made, t.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := room(tx, templateEntries, org, MaxTemplates, full); err != nil {
			return err
		}
		if err := made.put(tx); err != nil {
			return err
		}
		return t.note(tx, who, org, "template.created", string(made.ID), made.Name)
	})
}

// Get returns a template of the caller's organisation, or one that is no draft.
func (t *Templates) Get(ctx context.Context, who broker.Caller, id ID) (found Template, err error) {
	err = t.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		found, err = visible(tx, who, id)
		return err
	})
	return found, err
}

func visible(tx broker.Tx, who broker.Caller, id ID) (Template, error) {
	if !who.Known() {
		return Template{}, who.Require()
	}
	t, err := readTemplate(tx, id)
	if err == nil && t.State == Draft && who.Entitled(t.Org, broker.RightRead) != nil {
		return Template{}, noTemplate(id)
	}
	return t, err
}

// owned returns a template of an organisation for which the caller has a right. A foreign one is NotFound, also if the caller can see it
// elsewhere: among those of its own it is not.
func owned(tx broker.Tx, who broker.Caller, id ID, takes broker.Right) (Template, error) {
	t, err := readTemplate(tx, id)
	if err != nil {
		return Template{}, err
	}
	switch err := who.Entitled(t.Org, takes); {
	case errors.Is(err, broker.NotFound):
		return Template{}, noTemplate(id)
	case err != nil:
		return Template{}, err
	}
	return t, nil
}

// List lists those of an organisation, in the order they were created.
func (t *Templates) List(ctx context.Context, who broker.Caller, org broker.OrgID, p broker.Page) (all []Template, total int, err error) {
	err = t.list(ctx, who, org, p, func(tx broker.Tx) error {
		all, total, err = broker.EntriesAs(templateRecord.domain)(tx.EntriesOf(templateEntries, string(org), p))
		return err
	})
	return all, total, err
}

// Offered lists what everybody can adopt, in the order opened.
func (t *Templates) Offered(ctx context.Context, who broker.Caller, p broker.Page) (all []Template, total int, err error) {
	if !who.Known() {
		return nil, 0, who.Require()
	}
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = t.cfg.Store.View(ctx, func(tx broker.Tx) error {
		entries, n, err := tx.EntriesOf(openTemplates, "", p)
		if err != nil {
			return err
		}
		all, total = make([]Template, len(entries)), n
		for i, e := range entries {
			if all[i], err = readTemplate(tx, ID(e.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	return all, total, err
}

// Versions lists what was in force, the oldest first, for who may read what belongs to the owner.
func (t *Templates) Versions(ctx context.Context, who broker.Caller, id ID, p broker.Page) (all []Version, total int, err error) {
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = t.cfg.Store.View(ctx, func(tx broker.Tx) error {
		if _, err := owned(tx, who, id, broker.RightRead); err != nil {
			return err
		}
		all, total, err = broker.EntriesAs(versionRecord.domain)(tx.EntriesOf(versionEntries, string(id), p))
		return err
	})
	return all, total, err
}

// Delete removes a draft that nobody ever saw. What was opened is closed instead: it may have been adopted.
func (t *Templates) Delete(ctx context.Context, who broker.Caller, id ID) error {
	return t.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		was, err := owned(tx, who, id, broker.RightDraft)
		if err != nil {
			return err
		}
		if was.State != Draft {
			return stateInvalid("the template is %s, and only a draft can be deleted: close it, so that nobody else adopts it", was.State)
		}
		if err := tx.DeleteEntry(templateEntries, string(id)); err != nil {
			return err
		}
		return t.note(tx, who, was.Org, "template.deleted", string(id), was.Name)
	})
}

// Close keeps a template from being adopted further. It happens at once, and changes nothing for who has adopted it.
func (t *Templates) Close(ctx context.Context, who broker.Caller, id ID) (closed Template, err error) {
	return t.turn(ctx, who, id, Closed)
}

// turn opens what is closed, or closes what is open; what is so already stays so.
func (t *Templates) turn(ctx context.Context, who broker.Caller, id ID, to State) (turned Template, err error) {
	return turned, t.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if turned, err = owned(tx, who, id, broker.RightRead); err != nil {
			return err
		}
		if err := t.mayAtOnce(who, turned.Org); err != nil {
			return err
		}
		if turned.State == Draft {
			return stateInvalid("the template is still a draft: delete it, or open it first")
		}
		if turned.State == to {
			return nil
		}
		turned.State, turned.Changed = to, t.now()
		if err := turned.put(tx); err != nil {
			return err
		}
		if err := turned.offer(tx); err != nil {
			return err
		}
		return t.note(tx, who, turned.Org, "template."+deedOf(to), string(id), turned.Name)
	})
}

func deedOf(s State) string {
	if s == Open {
		return "opened"
	}
	return "closed"
}

// offer puts a template into the list of those that can be adopted, or takes it out.
func (t Template) offer(tx broker.Tx) error {
	if t.State == Open {
		return tx.PutEntry(broker.Entry{Kind: openTemplates, ID: string(t.ID)})
	}
	return tx.DeleteEntry(openTemplates, string(t.ID))
}

// fits refuses content that would change, for those who have adopted the template, what is attested in their routes.
func (t Template) fits(tx broker.Tx, c Content) error {
	if same(t.Services, c.Services) && same(t.Schemas, c.Schemas) {
		return nil
	}
	_, adopted, err := tx.EntriesOf(adoptionsOf, string(t.ID), broker.Page{Limit: 1})
	if err == nil && adopted > 0 {
		return broker.Conflict.New("template-adopted", "the services and schemas of a template do not change once it was adopted: make another template, and close this one")
	}
	return err
}

// same compares lists whose order says nothing.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func stateInvalid(text string, args ...any) error {
	return broker.Conflict.New("template-state-invalid", text, args...)
}
