package account

import (
	"context"
	"strings"

	"github.com/vierkant/vierkant/broker"
)

// LegalNames returns under which names certificates may be about an organisation.
func (a *Accounts) LegalNames(ctx context.Context, who broker.Caller, org broker.OrgID) (names []string, err error) {
	if err := who.Entitled(org, broker.RightRead); err != nil {
		return nil, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		names, err = broker.LegalNames(tx, org)
		return err
	})
	return names, err
}

// SetLegalNames replaces them. Only operators of the platform do, who looked at who the organisation is: whoever could name itself could
// take any certificate for its own. None is a list too; then no certificate is the organisation's.
func (a *Accounts) SetLegalNames(ctx context.Context, who broker.Caller, org broker.OrgID, names []string) error {
	if err := who.RequireOperator(); err != nil {
		return err
	}
	if err := broker.CheckLegalNames(names); err != nil {
		return err
	}
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if _, err := tx.Org(org); err != nil {
			return broker.NoOrg(err, org)
		}
		if err := broker.PutLegalNames(tx, org, names); err != nil {
			return err
		}
		return a.note(tx, who, org, "organisation.legal-names-set", string(org), strings.Join(names, "; "))
	})
}
