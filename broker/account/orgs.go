package account

import (
	"context"

	"github.com/vierkant/vierkant/broker"
)

// Org returns an organisation of the caller's; an operator's may be any.
func (a *Accounts) Org(ctx context.Context, who broker.Caller, id broker.OrgID) (o broker.Org, err error) {
	if err := who.Entitled(id, broker.RightRead); err != nil {
		return broker.Org{}, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		o, err = tx.Org(id)
		return broker.NoOrg(err, id)
	})
	return o, err
}

// Orgs lists all organisations for an operator, in the order in which they were registered, for a person those that the person belongs to, and
// for an API client its own.
func (a *Accounts) Orgs(ctx context.Context, who broker.Caller, p broker.Page) (all []broker.Org, total int, err error) {
	if !who.Known() {
		return nil, 0, who.Require()
	}
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		var ids []broker.OrgID
		if ids, total, err = orgsOf(tx, who, p); err != nil {
			return err
		}
		all = make([]broker.Org, len(ids))
		for i, id := range ids {
			if all[i], err = tx.Org(id); err != nil {
				return err
			}
		}
		return nil
	})
	return all, total, err
}

func orgsOf(tx broker.Tx, who broker.Caller, p broker.Page) ([]broker.OrgID, int, error) {
	if who.RequireOperator() == nil {
		entries, total, err := tx.Entries(broker.OrgEntries, p)
		ids := make([]broker.OrgID, len(entries))
		for i, e := range entries {
			ids[i] = broker.OrgID(e.ID)
		}
		return ids, total, err
	}
	own := []broker.OrgID{who.Org}
	if who.Person != "" {
		me, err := readPerson(tx, who.Person)
		if err != nil {
			return nil, 0, err
		}
		own = me.Orgs
	}
	from := min(p.Offset, len(own))
	return own[from:min(from+p.Limit, len(own))], len(own), nil
}

// Rename gives an organisation another name.
func (a *Accounts) Rename(ctx context.Context, who broker.Caller, id broker.OrgID, name string) (o broker.Org, err error) {
	if err := who.Entitled(id, broker.RightPeople); err != nil {
		return broker.Org{}, err
	}
	if err := broker.CheckName("the name of an organisation", name); err != nil {
		return broker.Org{}, err
	}
	return o, a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if o, err = tx.Org(id); err != nil {
			return broker.NoOrg(err, id)
		}
		was := o.Name
		if o.Name = name; was == name {
			return nil
		}
		if err := tx.PutOrg(o); err != nil {
			return err
		}
		return a.note(tx, who, id, "organisation.renamed", string(id), was+" is now "+name)
	})
}

// Log lists the audit log of an organisation, oldest first; without one all logs, the installation's too, for operators.
func (a *Accounts) Log(ctx context.Context, who broker.Caller, org broker.OrgID, p broker.Page) (all []broker.Deed, total int, err error) {
	if err := mayLog(who, org, p); err != nil {
		return nil, 0, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		if org == "" {
			all, total, err = broker.AllDeeds(tx, p)
		} else {
			all, total, err = broker.Deeds(tx, org, p)
		}
		return err
	})
	return all, total, err
}

func mayLog(who broker.Caller, org broker.OrgID, p broker.Page) error {
	if org != "" {
		return who.MayList(org, p)
	}
	if err := who.RequireOperator(); err != nil {
		return err
	}
	return p.Check()
}
