package postgres

import (
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// PutDestination implements broker.Tx.
func (t *tx) PutDestination(d broker.Destination) error {
	if err := t.writable(); err != nil {
		return err
	}
	was, err := t.destinationAlone(d.ID)
	isNew := errors.Is(err, broker.ErrNoRow)
	if err != nil && !isNew {
		return err
	}
	if err := t.save(listLocks(d, was), record.NewDestination(d), `insert into destinations (record, id, org) values ($1, $2, $3)
		on conflict (id) do update set record = excluded.record, org = excluded.org`, string(d.ID), string(d.Org)); err != nil {
		return err
	}
	if !isNew {
		t.tally(destinationsTally(was.Org), -1)
	}
	t.tally(destinationsTally(d.Org), 1)
	return t.assign(d)
}

func (t *tx) assign(d broker.Destination) error {
	if err := t.put(nil, "delete from assignments where destination = $1", string(d.ID)); err != nil {
		return err
	}
	for _, c := range d.Clients {
		if err := t.put(nil, "insert into assignments (client, destination) values ($1, $2) on conflict do nothing", string(c), string(d.ID)); err != nil {
			return err
		}
	}
	return nil
}

// destinationAlone reads a destination that is about to be written.
func (t *tx) destinationAlone(id broker.DestinationID) (broker.Destination, error) {
	return fetch[record.Destination](t, []lock{alone(aDestination, string(id))}, "select record from destinations where id = $1", string(id))
}

// listLocks names the lists that the destinations are in.
func listLocks(ds ...broker.Destination) (locks []lock) {
	for _, d := range ds {
		locks = append(locks, shared(destinationsOf, string(d.Org)))
		for _, c := range d.Clients {
			locks = append(locks, shared(assignedTo, string(c)))
		}
	}
	return locks
}

// Destination implements broker.Tx.
func (t *tx) Destination(id broker.DestinationID) (broker.Destination, error) {
	if t.beside != nil && t.beside.destination == id && t.beside.its != nil {
		return decode[record.Destination](t.beside.its)
	}
	return fetch[record.Destination](t, []lock{shared(aDestination, string(id))}, "select record from destinations where id = $1", string(id))
}

// DeleteDestination implements broker.Tx.
func (t *tx) DeleteDestination(id broker.DestinationID) error {
	if err := t.writable(); err != nil {
		return err
	}
	was, err := t.destinationAlone(id)
	if err != nil {
		return err
	}
	t.tally(destinationsTally(was.Org), -1)
	return errors.Join(
		t.put(append(listLocks(was), alone(keysOf, string(id))), "delete from destination_keys where destination = $1", string(id)),
		t.put(nil, "delete from destinations where id = $1", string(id)), // and its assignments
	)
}

// Destinations implements broker.Tx.
func (t *tx) Destinations(org broker.OrgID, p broker.Page) (all []broker.Destination, total int, err error) {
	list := alone(destinationsOf, string(org))
	if total, err = t.total(list, destinationsTally(org)); err != nil || p.Offset >= total {
		return nil, total, err
	}
	all, err = fetchAll[record.Destination](t, []lock{list},
		"select record from destinations where org = $1 order by place offset $2 limit $3", string(org), p.Offset, p.Limit)
	return all, total, err
}

// AssignedDestinations implements broker.Tx.
func (t *tx) AssignedDestinations(c broker.ClientID) ([]broker.Destination, error) {
	return fetchAll[record.Destination](t, []lock{alone(assignedTo, string(c))},
		"select d.record from assignments a join destinations d on d.id = a.destination where a.client = $1 order by d.place", string(c))
}

// PutDestinationKey implements broker.Tx.
func (t *tx) PutDestinationKey(k broker.DestinationKey) error {
	return t.save([]lock{alone(keysOf, string(k.Destination))}, record.NewDestinationKey(k),
		`insert into destination_keys (record, destination, kid) values ($1, $2, $3)
		on conflict (destination, kid) do update set record = excluded.record`, string(k.Destination), k.KID)
}

// DestinationKey implements broker.Tx.
func (t *tx) DestinationKey(d broker.DestinationID, kid string) (broker.DestinationKey, error) {
	return fetch[record.DestinationKey](t, []lock{shared(keysOf, string(d))},
		"select record from destination_keys where destination = $1 and kid = $2", string(d), kid)
}

// DestinationKeys implements broker.Tx.
func (t *tx) DestinationKeys(d broker.DestinationID) ([]broker.DestinationKey, error) {
	return fetchAll[record.DestinationKey](t, []lock{shared(keysOf, string(d))},
		"select record from destination_keys where destination = $1 order by place", string(d))
}
