package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vierkant/vierkant/broker/backup"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/crypto/keys"
)

// RestoreOrder says how a backup is restored.
type RestoreOrder struct {
	Backup  string // folder
	KeyFile string // a copy of the key file, from elsewhere; empty: it is where the configuration says, or in the backup
	Rate    int64  // bytes per second; 0: as fast as it goes
}

// Restored is what came of it.
type Restored struct {
	Manifest
	Data    string       `json:"data"` // folder
	KeyFile string       `json:"keyFile"`
	Logs    *backup.Logs `json:"logs,omitempty"` // that were checked; nil: there is no key file yet
	Warning string       `json:"warning,omitempty"`
}

// ReadBackup tells of what a folder is a backup, without reading more than that.
func ReadBackup(folder string) (Manifest, error) { return backup.ReadManifest(folder) }

// Restore makes the data folder of a configuration out of a backup, checks it, and leaves it to be served.
func Restore(ctx context.Context, cfg Config, order RestoreOrder, report func(BackupStep)) (r Restored, err error) {
	r = Restored{Data: cfg.Data, KeyFile: cfg.keyPath()}
	m, err := ReadBackup(order.Backup)
	if err != nil {
		return r, err
	}
	if err := cfg.restorable(m); err != nil {
		return r, err
	}
	wrapper, err := wrapperFrom(order.KeyFile, cfg.keyPath(), inBackup(order.Backup, m))
	if err != nil {
		return r, err
	}
	if cfg.Listen != "" {
		if r.Warning, err = cfg.otherURL(m.PublicURL); err != nil {
			return r, err
		}
	}
	r.Manifest, err = backup.Restore(ctx, order.Backup, backup.RestoreConfig{
		Data: cfg.Data, KeyFile: cfg.keyPath(), Wrapper: wrapper, Rate: order.Rate, Report: report,
		Check: func(ctx context.Context, m Manifest) error {
			if err := cfg.complete(m, order.KeyFile); err != nil {
				return err
			}
			r.Logs, err = checkRestored(ctx, cfg, wrapper, report)
			return err
		},
	})
	return r, err
}

// restorable refuses what would not be served afterwards, or not as what it is.
func (c Config) restorable(m Manifest) error {
	switch {
	case c.Database != "":
		return errors.New("database: a backup of files is restored to files; \"vierkant migrate-store\" moves them into a database then")
	case c.Environment.Name != m.Environment:
		return fmt.Errorf("it is a backup of %s, and this is the configuration of %s", m.Environment, c.Environment.Name)
	case m.Demo && !c.Demo:
		return errors.New("it is a backup of demo data, whose secrets lie in files: restore it with --data for \"vierkant up\"")
	}
	return nil
}

// complete adds to a data folder what is no file of the store.
func (c Config) complete(m Manifest, keyFile string) error {
	if keyFile != "" {
		if err := copyKeyFile(keyFile, c.keyPath()); err != nil {
			return err
		}
	}
	if m.Demo {
		return c.markDemo()
	}
	return nil
}

// checkRestored opens what was restored, which brings it forward if an older program wrote it, and checks the logs.
func checkRestored(ctx context.Context, cfg Config, w *keys.Wrapper, report func(BackupStep)) (*backup.Logs, error) {
	store, err := bolt.OpenAlone(bolt.Config{Path: filepath.Join(cfg.Data, storeFile), Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	if w == nil {
		return nil, store.Close()
	}
	logs, err := backup.CheckLogs(ctx, store, w, report)
	return &logs, errors.Join(err, store.Close())
}

// VerifyBackup reads a whole backup and compares it with its digests and, if there is a key file, its logs with their chains: no logs without, or if
// an older program wrote the records. An empty keyFile is the one in the backup, if there is one.
func VerifyBackup(ctx context.Context, folder, keyFile string, report func(BackupStep)) (m Manifest, logs *backup.Logs, err error) {
	if m, err = ReadBackup(folder); err != nil {
		return m, nil, err
	}
	wrapper, err := wrapperFrom(keyFile, inBackup(folder, m))
	if err != nil {
		return m, nil, err
	}
	if m, err = backup.Verify(ctx, folder, wrapper, report); err != nil || wrapper == nil {
		return m, nil, err
	}
	store, err := bolt.OpenFrozen(filepath.Join(folder, storeFile))
	if errors.Is(err, bolt.ErrOlder) {
		return m, nil, nil
	}
	if err != nil {
		return m, nil, err
	}
	checked, err := backup.CheckLogs(ctx, store, wrapper, report)
	return m, &checked, errors.Join(err, store.Close())
}

func inBackup(folder string, m Manifest) string {
	if !m.HasKey {
		return ""
	}
	return filepath.Join(folder, keyFile)
}

// wrapperFrom loads the first key file that is there; nil if none is. The first path, where one is named, has to be.
func wrapperFrom(named string, paths ...string) (*keys.Wrapper, error) {
	if named != "" {
		return keys.LoadWrapper(named)
	}
	for _, path := range paths {
		if path == "" {
			continue
		}
		w, err := keys.LoadWrapper(path)
		if !errors.Is(err, os.ErrNotExist) {
			return w, err
		}
	}
	return nil, nil
}
