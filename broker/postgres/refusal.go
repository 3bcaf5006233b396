package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// refuse returns an error for the operator, in one line: which database, what to do, and why. The cause is told and not wrapped: the way to
// the database is none of the ways whose failures others give advice about. No password is in it.
func refuse(doing string, cfg *pgx.ConnConfig, err error) error {
	why := cause(err)
	if advice := advise(err); advice != "" {
		why = fmt.Sprintf("%s (%s)", advice, why)
	}
	return fmt.Errorf("%s %s: %s", doing, address(cfg), why)
}

// advise says what an operator can do about an error, "" if the error says so itself.
func advise(err error) string {
	switch state(err) {
	case wrongPassword, notLetIn:
		return "the server does not let this user in; check user and password of the DSN, and pg_hba.conf"
	case noDatabase:
		return "there is no such database; create it (createdb) and run `vierkant migrate`"
	case insufficientRights:
		return "the user of the DSN lacks rights; it has to own the schema to migrate, and to read and write all its tables to serve"
	case undefinedTable:
		return "a table is missing; is this the right database and search_path?"
	case duplicateTable, duplicateColumn, duplicateFunction, undefinedColumn:
		return "there are tables that no migration of vierkant noted; use a database of its own, or restore this one from its backup"
	case readOnly:
		return "nothing can be written there; name the primary in the DSN, and see that default_transaction_read_only is off for this user"
	case tooManyConnections:
		return "the server has no connection left; raise max_connections, or the limit of this user or database: a node takes up to 17"
	case notNow:
		return "the server is starting or stopping; try again"
	}
	return adviseWay(err)
}

// adviseWay is about the way to the server.
func adviseWay(err error) string {
	var (
		unknown *net.DNSError
		way     *net.OpError
	)
	switch {
	case errors.Is(err, errStandby), errors.Is(err, errBehind):
		return ""
	case errors.As(err, &unknown):
		return "the host of the DSN is not known; check its name"
	case pgconn.Timeout(err), errors.Is(err, context.DeadlineExceeded):
		return "the server does not answer in time; check host and port of the DSN, and what is on the way there"
	case errors.As(err, &way):
		return "no server answers there; is PostgreSQL running, and are host and port of the DSN right?"
	}
	return ""
}

// cause tells an error in one line, and what was tried at several addresses without saying anything twice.
func cause(err error) string {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		err = connect.Unwrap()
	}
	var told []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(told, line) {
			told = append(told, line)
		}
	}
	return strings.Join(told, "; ")
}

// address names a database without telling how to get in.
func address(cfg *pgx.ConnConfig) string {
	return fmt.Sprintf("%s@%s/%s", cfg.User, strings.Join(hosts(cfg), ","), cfg.Database)
}

// hosts are the servers of a DSN, in its order.
func hosts(cfg *pgx.ConnConfig) []string {
	all := []string{fmt.Sprintf("%s:%d", cfg.Host, cfg.Port)}
	for _, other := range cfg.Fallbacks { // each host twice, with and without TLS
		if host := fmt.Sprintf("%s:%d", other.Host, other.Port); !slices.Contains(all, host) {
			all = append(all, host)
		}
	}
	return all
}
