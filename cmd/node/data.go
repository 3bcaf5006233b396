package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vierkant/vierkant/broker/backup"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Names inside the data folder.
const (
	storeFile  = "vierkant.db"
	blobFolder = "blobs"
	keyFile    = "key"
	demoMarker = "demo"
)

// openData makes the folder and opens what is kept in it: the key file, and, unless there is a database, store and blobs.
func (n *Node) openData(ctx context.Context) (err error) {
	if err := os.MkdirAll(n.cfg.Data, 0o700); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if n.cfg.Demo {
		if err := n.cfg.markDemo(); err != nil {
			return fmt.Errorf("data: %w", err)
		}
	}
	if n.cfg.Database != "" {
		return n.openShared(ctx)
	}
	if err := backup.Refusal(n.cfg.Data); err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(n.cfg.Data, storeFile))
	if n.wrapper, err = openWrapper(n.cfg.keyPath(), errors.Is(err, os.ErrNotExist)); err != nil {
		return err
	}
	n.store, err = openFiles(n.cfg)
	return err
}

// openShared opens the database first: it tells whether there should be a key file.
func (n *Node) openShared(ctx context.Context) (err error) {
	if n.store, err = openDatabase(ctx, n.cfg); err != nil {
		return err
	}
	notes, err := n.store.notes(ctx)
	if err != nil {
		return err
	}
	for _, note := range notes {
		n.log.Warn("database: " + note)
	}
	empty, err := n.store.isEmpty(ctx)
	if err != nil {
		return err
	}
	n.wrapper, err = openWrapper(n.cfg.keyPath(), empty)
	return err
}

// openWrapper loads the key file, and makes one only for data that does not exist yet: a fresh key file beside old data
// would hide that the right one is missing.
func openWrapper(path string, fresh bool) (*keys.Wrapper, error) {
	wrapper, err := keys.LoadWrapper(path)
	if !errors.Is(err, os.ErrNotExist) {
		return wrapper, err
	}
	if !fresh {
		return nil, fmt.Errorf("the key file %s is missing: restore it from its backup, or copy that of another node; without it the data's keys and secrets cannot be read", path)
	}
	return keys.CreateWrapper(path)
}

// openCatalogues puts the catalogues into force. A stored one that cannot be read leaves the sample: that finds fewer areas and services,
// while routes are found as ever, and the operator can import it again.
func (n *Node) openCatalogues(ctx context.Context) (err error) {
	n.catalogues, err = catalogues.New(catalogues.Config{Store: n.store.Store, Blobs: n.store.blobs, Log: n.log, Now: n.now})
	if err != nil {
		return err
	}
	err = n.catalogues.Reload(ctx)
	if errors.Is(err, catalogues.ErrBroken) {
		n.log.Error("the sample is in force", "error", err)
		return nil
	}
	return err
}
