package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/vierkant/vierkant/broker"
)

// SQLSTATEs (PostgreSQL manual, appendix A).
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
	undefinedTable       = "42P01"
	insufficientRights   = "42501"
	uniqueViolation      = "23505"
	readOnly             = "25006" // a server that has become a standby
	wrongPassword        = "28P01"
	notLetIn             = "28000"
	noDatabase           = "3D000"
	duplicateTable       = "42P07"
	duplicateColumn      = "42701"
	duplicateFunction    = "42723"
	undefinedColumn      = "42703" // it was renamed already
	tooManyConnections   = "53300"
	notNow               = "57P03" // it starts, or stops
)

// state returns the SQLSTATE with which the server refused, empty if it did not get so far.
func state(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

// collided reports whether a transaction lost against another one: nothing is wrong with it, and it may run again. Two that make the same
// new row are told so as a violation, the second one finds the row when it runs again.
func collided(err error) bool {
	switch state(err) {
	case serializationFailure, deadlockDetected, lockNotAvailable, uniqueViolation:
		return true
	}
	return errors.Is(err, errTooManyNames)
}

// passing are the classes of SQLSTATEs that say something about the server at the moment and nothing about us: connection, resources,
// limits, an operator's intervention, a failing disk, and a server that has become a standby.
var passing = []string{"08", "40", "53", "54", "55", "57", "58", readOnly}

// fault gives an error of the database its kind: Unavailable where a repeat may help.
func fault(err error) error {
	var (
		known   *broker.Error
		connect *pgconn.ConnectError
	)
	if errors.As(err, &connect) { // whatever the reason: an operator can mend it
		return unavailable(err)
	}
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	code := state(err)
	if code == "" { // the server did not answer
		return unavailable(err)
	}
	for _, class := range passing {
		if strings.HasPrefix(code, class) {
			return unavailable(err)
		}
	}
	return fmt.Errorf("database: %w", err)
}

func unavailable(err error) error {
	return broker.Unavailable.Wrap(err, "storage-unavailable", "the database cannot be reached at the moment; a repeat may help")
}
