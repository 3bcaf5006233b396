package bolt

import "github.com/vierkant/vierkant/broker"

// PutOrg implements broker.Tx.
func (t *tx) PutOrg(o broker.Org) error { return t.save(orgs, []byte(o.ID), newOrgRecord(o)) }

// Org implements broker.Tx.
func (t *tx) Org(id broker.OrgID) (broker.Org, error) {
	return fetch[orgRecord](t, orgs, []byte(id))
}

// PutClient implements broker.Tx.
func (t *tx) PutClient(c broker.Client) error {
	return t.save(clients, []byte(c.ID), newClientRecord(c))
}

// Client implements broker.Tx.
func (t *tx) Client(id broker.ClientID) (broker.Client, error) {
	return fetch[clientRecord](t, clients, []byte(id))
}
