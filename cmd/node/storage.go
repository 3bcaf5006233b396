package node

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/backup"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/postgres"
)

// storage is where a node keeps records and bodies: files of its own, or a database that it shares with other nodes.
type storage struct {
	broker.Store
	blobs  broker.Blobs
	failed <-chan error  // why the store stopped by itself; nil: it never does
	counts func() Counts // of the store and the blobs
	close  func() error

	// backup copies everything while it is used (package backup); nil: a database has ways of its own.
	backup func(ctx context.Context, target string, cfg backup.Config) (backup.Manifest, error)

	// hints tells what other nodes wrote; nil: there are none.
	hints func(context.Context) <-chan postgres.Hint
	// notes tells how a database is set up otherwise than it should be; nil: there is none.
	notes func(context.Context) ([]string, error)
}

// openFiles opens a bbolt file and a folder of bodies in the data folder.
func openFiles(cfg Config) (*storage, error) {
	store, err := bolt.Open(bolt.Config{Path: filepath.Join(cfg.Data, storeFile), Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	blobs, err := blobdir.Open(filepath.Join(cfg.Data, blobFolder))
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &storage{
		Store: store, blobs: blobs, failed: store.Failed(),
		counts: func() Counts {
			records, bodies := store.Stats(), blobs.Stats()
			return Counts{Updates: records.Updates, Commits: records.Commits, FileSyncs: bodies.FileSyncs, FolderSyncs: bodies.FolderSyncs}
		},
		close: func() error { return errors.Join(store.Close(), blobs.Close()) },
		backup: func(ctx context.Context, target string, to backup.Config) (backup.Manifest, error) {
			to.Store, to.Blobs, to.Data = store, blobs, cfg.Data
			return backup.Write(ctx, target, to)
		},
	}, nil
}

// openDatabase opens what other nodes may have open too. Bodies are in it as well.
func openDatabase(ctx context.Context, cfg Config) (*storage, error) {
	store, err := postgres.Open(ctx, postgres.Config{DSN: cfg.Database, Log: cfg.Log, Volatile: cfg.Volatile, Patience: cfg.Patience})
	if err != nil {
		return nil, err
	}
	return &storage{
		Store: store, blobs: store.Blobs(), hints: store.Hints, notes: store.Notes,
		counts: func() Counts {
			updates := store.Stats().Updates
			return Counts{Updates: updates, Commits: updates} // each commits by itself
		},
		close: store.Close,
	}, nil
}

// Migrate brings the database of an environment to the schema that this program needs.
func Migrate(ctx context.Context, cfg Config) error { return postgres.Migrate(ctx, cfg.Database) }

// isEmpty reports whether no node has ever begun to work with the database.
func (s *storage) isEmpty(ctx context.Context) (empty bool, err error) {
	err = s.View(ctx, func(tx broker.Tx) error {
		all, err := tx.ServiceKeys(broker.ServiceKeys)
		empty = len(all) == 0
		return err
	})
	return empty, err
}
