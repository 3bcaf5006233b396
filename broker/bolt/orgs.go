package bolt

import (
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// PutOrg implements broker.Tx.
func (t *tx) PutOrg(o broker.Org) error { return t.save(orgs, []byte(o.ID), record.NewOrg(o)) }

// Org implements broker.Tx.
func (t *tx) Org(id broker.OrgID) (broker.Org, error) {
	return fetch[record.Org](t, orgs, []byte(id))
}

// PutClient implements broker.Tx.
func (t *tx) PutClient(c broker.Client) error {
	return t.save(clients, []byte(c.ID), record.NewClient(c))
}

// Client implements broker.Tx.
func (t *tx) Client(id broker.ClientID) (broker.Client, error) {
	return fetch[record.Client](t, clients, []byte(id))
}
