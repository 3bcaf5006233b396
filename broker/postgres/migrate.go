package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	gooselock "github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is where goose notes which migrations were applied.
const versionTable = "vierkant_schema"

// Migrate brings the database's schema to the version of this program: forward only, each step in a transaction, under a lock, so that
// several nodes may do it at once. A schema that is newer is refused.
func Migrate(ctx context.Context, dsn string) error {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return errDSN
	}
	cfg.ConnectTimeout = cmp.Or(cfg.ConnectTimeout, connectTime)
	cfg.ValidateConnect = new(timeline).onlyNewest(cfg.ValidateConnect)
	db := sql.OpenDB(stdlib.GetConnector(*cfg))
	defer db.Close()
	if err := migrate(ctx, db); err != nil {
		return refuse("migrate", cfg, err)
	}
	return nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	// Once a second for ten minutes: a node that waits here waits for another one's migration.
	locker, err := gooselock.NewPostgresSessionLocker(gooselock.WithLockTimeout(1, 600))
	if err != nil {
		return err
	}
	steps, err := newProvider(db, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, usableSchema).Scan(new(string)); err != nil {
		return cmp.Or(noSchema(err), err)
	}
	has, err := steps.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	want, err := schemaVersions()
	if err != nil {
		return err
	}
	if last := want[len(want)-1]; has > last {
		return newerSchema(has, last)
	}
	_, err = steps.Up(ctx)
	return err
}

func newProvider(db *sql.DB, options ...goose.ProviderOption) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options = append(options, goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
	return goose.NewProvider(database.DialectPostgres, db, files, options...)
}

// schemaVersions are those that this program needs, in order: its migrations.
func schemaVersions() (all []int64, err error) {
	entries, err := migrations.ReadDir("migrations")
	for _, entry := range entries {
		version, nameErr := goose.NumericComponent(entry.Name())
		all, err = append(all, version), errors.Join(err, nameErr)
	}
	slices.Sort(all)
	return all, err
}

func newerSchema(has, want int64) error {
	return fmt.Errorf("the schema is of version %d, made by a newer vierkant; this one knows versions up to %d: run the newer program", has, want)
}

// usableSchema has no row when tables would neither be found nor made.
const usableSchema = "select current_schema() where current_schema() is not null"

func noSchema(err error) error {
	if errors.Is(err, sql.ErrNoRows) { // pgx's is one, too
		return errors.New("the user of the DSN lacks rights: it may use no schema of its search_path; grant it USAGE, and CREATE to migrate")
	}
	return nil
}

// checkSchema refuses every schema but ours, also one to which a step was not applied in between.
func checkSchema(ctx context.Context, conn *pgx.Conn) error {
	want, err := schemaVersions()
	if err != nil {
		return err
	}
	if err := conn.QueryRow(ctx, usableSchema).Scan(new(string)); err != nil {
		return cmp.Or(noSchema(err), err)
	}
	last := want[len(want)-1]
	var has []int64
	err = conn.QueryRow(ctx, "select coalesce(array_agg(version_id order by version_id), '{}') from (select distinct on (version_id) version_id, is_applied from "+
		versionTable+" where version_id > 0 order by version_id, id desc) latest where is_applied").Scan(&has)
	switch {
	case err != nil && state(err) != undefinedTable:
		return err
	case len(has) == 0:
		return errors.New("there are no tables of vierkant yet: run `vierkant migrate`")
	case has[len(has)-1] > last:
		return newerSchema(has[len(has)-1], last)
	case !slices.Equal(has, want):
		return fmt.Errorf("the schema has the steps %d of the %d that this vierkant needs: run `vierkant migrate`", has, want)
	}
	return nil
}

// checkRights refuses a user who may not read and write everything.
func checkRights(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `with things as (select tablename as name, format('%I.%I', schemaname, tablename) as full_name from pg_tables where schemaname = current_schema())
		select name from things where not (has_table_privilege(full_name, 'select') and (name = $1
			or has_table_privilege(full_name, 'insert') and has_table_privilege(full_name, 'update') and has_table_privilege(full_name, 'delete')))
		union all select sequencename from pg_sequences where schemaname = current_schema() and sequencename = 'places'
			and not has_sequence_privilege(format('%I.%I', schemaname, sequencename), 'usage')`, versionTable)
	if err != nil {
		return err
	}
	lacking, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(lacking) > 0 {
		err = fmt.Errorf("the user of the DSN may not read and write %s: it has to own the tables, or be granted SELECT, INSERT, UPDATE and DELETE on them, and USAGE on the sequence places",
			strings.Join(lacking, ", "))
	}
	return err
}
