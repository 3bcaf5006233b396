package postgres

import (
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// PutOrg implements broker.Tx.
func (t *tx) PutOrg(o broker.Org) error {
	return t.save([]lock{alone(anOrg, string(o.ID))}, record.NewOrg(o),
		"insert into orgs (record, id) values ($1, $2) on conflict (id) do update set record = excluded.record", string(o.ID))
}

// Org implements broker.Tx.
func (t *tx) Org(id broker.OrgID) (broker.Org, error) {
	return fetch[record.Org](t, []lock{shared(anOrg, string(id))}, "select record from orgs where id = $1", string(id))
}

// PutClient implements broker.Tx.
func (t *tx) PutClient(c broker.Client) error {
	return t.save([]lock{alone(aClient, string(c.ID))}, record.NewClient(c),
		"insert into clients (record, id) values ($1, $2) on conflict (id) do update set record = excluded.record", string(c.ID))
}

// Client implements broker.Tx.
func (t *tx) Client(id broker.ClientID) (broker.Client, error) {
	return fetch[record.Client](t, []lock{shared(aClient, string(id))}, "select record from clients where id = $1", string(id))
}

// PutServiceKey implements broker.Tx.
func (t *tx) PutServiceKey(k broker.ServiceKey) error {
	t.hint |= KeysChanged
	return t.save([]lock{alone(serviceKeysOf, string(k.Use))}, record.NewServiceKey(k),
		"insert into service_keys (record, use, kid) values ($1, $2, $3) on conflict (use, kid) do update set record = excluded.record",
		string(k.Use), k.KID)
}

// ServiceKeys implements broker.Tx.
func (t *tx) ServiceKeys(use broker.KeyUse) ([]broker.ServiceKey, error) {
	return fetchAll[record.ServiceKey](t, []lock{alone(serviceKeysOf, string(use))},
		"select record from service_keys where use = $1 order by place", string(use))
}

// PutRoute implements broker.Tx.
func (t *tx) PutRoute(r broker.Route) error {
	t.hint |= RoutesChanged
	return t.save([]lock{alone(aRoute, string(r.ID)), shared(theRoutes, "")}, record.NewRoute(r),
		"insert into routes (record, id) values ($1, $2) on conflict (id) do update set record = excluded.record", string(r.ID))
}

// DeleteRoute implements broker.Tx.
func (t *tx) DeleteRoute(id broker.RouteID) error {
	t.hint |= RoutesChanged
	return t.remove([]lock{alone(aRoute, string(id)), shared(theRoutes, "")}, "delete from routes where id = $1", string(id))
}

// Routes implements broker.Tx.
func (t *tx) Routes() ([]broker.Route, error) {
	return fetchAll[record.Route](t, []lock{alone(theRoutes, "")}, "select record from routes order by place")
}
