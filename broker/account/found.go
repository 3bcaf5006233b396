package account

import (
	"context"

	"github.com/vierkant/vierkant/broker"
)

// MayFound reports whether there is a point in offering somebody to make an organisation.
func (a *Accounts) MayFound(who broker.Caller) bool {
	return who.RequireOperator() == nil || a.cfg.Founding && who.Person != ""
}

// Found makes an organisation. Operators make it for others; a person, where the environment lets people do that, becomes its owner.
func (a *Accounts) Found(ctx context.Context, who broker.Caller, name string) (org broker.Org, err error) {
	if !a.MayFound(who) {
		return broker.Org{}, who.RequireOperator()
	}
	err = a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if org, err = broker.AddOrg(tx, a.cfg.Now(), who, name); err != nil || who.RequireOperator() == nil {
			return err
		}
		p, err := readPerson(tx, who.Person)
		if err != nil {
			return err
		}
		if len(p.Orgs) >= MaxFounded {
			return broker.Conflict.New("too-many-organisations", "a person who belongs to %d organisations makes no further ones: ask whoever runs this service", MaxFounded)
		}
		_, err = a.join(tx, who, org.ID, p, broker.RoleOwner)
		return err
	})
	return org, err
}
