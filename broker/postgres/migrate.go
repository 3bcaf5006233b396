package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
		return fmt.Errorf("migrate: %w", errDSN)
	}
	db := sql.OpenDB(stdlib.GetConnector(*cfg))
	defer db.Close()
	if err := migrate(ctx, db); err != nil {
		return fmt.Errorf("migrate: %s: %w", address(cfg), explain(err))
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
	has, err := steps.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	want, err := schemaVersion()
	if err != nil {
		return err
	}
	if has > want {
		return newerSchema(has, want)
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

// schemaVersion is the version that this program needs: that of its last migration.
func schemaVersion() (last int64, err error) {
	entries, err := migrations.ReadDir("migrations")
	for _, entry := range entries {
		version, nameErr := goose.NumericComponent(entry.Name())
		last, err = max(last, version), errors.Join(err, nameErr)
	}
	return last, err
}

func newerSchema(has, want int64) error {
	return fmt.Errorf("the schema is of version %d, made by a newer vierkant; this one knows versions up to %d: run the newer program", has, want)
}

// checkSchema refuses every version of the schema but ours.
func checkSchema(ctx context.Context, conn *pgx.Conn) error {
	want, err := schemaVersion()
	if err != nil {
		return err
	}
	var has int64
	err = conn.QueryRow(ctx, "select coalesce(max(version_id), 0) from "+versionTable+" where is_applied").Scan(&has)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && refused.Code == undefinedTable:
		has = 0
	case err != nil:
		return err
	}
	switch {
	case has == 0:
		return errors.New("there are no tables of vierkant yet: run `vierkant migrate`")
	case has < want:
		return fmt.Errorf("the schema is of version %d, this vierkant needs %d: run `vierkant migrate`", has, want)
	case has > want:
		return newerSchema(has, want)
	}
	return nil
}
