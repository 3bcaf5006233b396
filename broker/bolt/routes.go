package bolt

import (
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// PutServiceKey implements broker.Tx.
func (t *tx) PutServiceKey(k broker.ServiceKey) error {
	n, err := t.claim(serviceKeyNumbers, append(text(string(k.Use)), k.KID...))
	if err != nil {
		return err
	}
	return t.save(serviceKeys, text(string(k.Use)).num(n), record.NewServiceKey(k))
}

// ServiceKeys implements broker.Tx.
func (t *tx) ServiceKeys(use broker.KeyUse) ([]broker.ServiceKey, error) {
	return fetchAll[record.ServiceKey](t, serviceKeys, text(string(use)))
}

// PutRoute implements broker.Tx.
func (t *tx) PutRoute(r broker.Route) error {
	n, err := t.claim(routeNumbers, []byte(r.ID))
	if err != nil {
		return err
	}
	return t.save(routes, num(n), record.NewRoute(r))
}

// DeleteRoute implements broker.Tx.
func (t *tx) DeleteRoute(id broker.RouteID) error {
	n, known := t.numberOf(routeNumbers, []byte(id))
	if !known {
		return t.writable()
	}
	if err := t.delete(routes, num(n)); err != nil {
		return err
	}
	return t.delete(routeNumbers, []byte(id))
}

// Routes implements broker.Tx.
func (t *tx) Routes() ([]broker.Route, error) { return fetchAll[record.Route](t, routes, nil) }
