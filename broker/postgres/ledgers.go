package postgres

import (
	"fmt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// A submission stands in its ledgers by columns that are written once, so that what changes of it changes no index.

// ledgerColumns are these columns.
const ledgerColumns = "sender_org, sender, office, destination, created, created_nano"

// ledgerValues are what they hold.
func ledgerValues(s broker.Submission) []any {
	created, nano := instant(s.Created)
	return []any{string(s.Org), string(s.Sender), string(s.Office), string(s.Destination), created, nano}
}

// ledgerColumn is the one that says whose a ledger is.
func ledgerColumn(of string) (string, error) {
	switch of {
	case broker.LedgerOfSenders:
		return "sender_org", nil
	case broker.LedgerOfSender:
		return "sender", nil
	case broker.LedgerOfDestinations:
		return "office", nil
	case broker.LedgerOfDestination:
		return "destination", nil
	}
	return "", fmt.Errorf("%q is no ledger", of)
}

// Ledger implements broker.Tx. Who reads one locks nothing.
func (t *tx) Ledger(l broker.Ledger, before broker.Mark, limit int) ([]broker.Submission, error) {
	of, id := l.Parts()
	column, err := ledgerColumn(of)
	if err != nil {
		return nil, err
	}
	const order = " order by created desc, created_nano desc, id desc limit $2"
	if before.IsZero() {
		return fetchAll[record.Submission](t, nil, "select record from submissions where "+column+" = $1"+order, id, limit)
	}
	created, nano := instant(before.Created)
	return fetchAll[record.Submission](t, nil, "select record from submissions where "+column+" = $1 and (created, created_nano, id) < ($3, $4, $5)"+order,
		id, limit, created, nano, string(before.ID))
}
