package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/backup"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/postgres"
	"github.com/vierkant/vierkant/broker/transfer"
	"github.com/vierkant/vierkant/crypto/keys"
)

// MoveStep is how far a move is.
type MoveStep = transfer.Step

// Moved is what came of a move.
type Moved struct {
	From, To string            // in words
	Already  bool              // it was done before
	Since    time.Time         // when the target could be served
	Digests  []transfer.Digest // of what both sides hold
}

// Move moves the data of an environment from where one configuration has them to where another one does, which no node may serve
// meanwhile (package transfer). The key file goes with them. After an error, or a kill, the same call goes on where it was.
func Move(ctx context.Context, from, to Config, report func(MoveStep)) (moved Moved, err error) {
	if err := moveable(from, to); err != nil {
		return moved, err
	}
	source, err := openSide(ctx, from, mustBeThere)
	if err != nil {
		return moved, fmt.Errorf("from: %w", err)
	}
	defer func() { err = errors.Join(err, source.close()) }()
	if err := tryKeyFile(ctx, source.Store, from.keyPath()); err != nil {
		return moved, fmt.Errorf("from: %w", err)
	}
	target, err := openSide(ctx, to, mayBeNew)
	if err != nil {
		return moved, fmt.Errorf("to: %w", err)
	}
	defer func() { err = errors.Join(err, target.close()) }()
	m, err := transfer.Plan(ctx, transfer.Config{From: source.Side, To: target.Side, Report: report})
	if err != nil {
		return moved, err
	}
	moved = Moved{From: source.Place, To: target.Place, Already: m.IsDone()}
	if err := copyKeyFile(from.keyPath(), to.keyPath()); err != nil {
		return moved, err
	}
	moved.Digests, err = m.Run(ctx)
	moved.Since = m.Since()
	return moved, err
}

// MoveWarnings says what will not be the same after a move, though everything is moved.
func MoveWarnings(from, to Config) (all []string, err error) {
	was, err := from.configuredURL()
	if err != nil {
		return nil, err
	}
	warning, err := to.otherURL(was)
	if warning != "" {
		all = append(all, warning)
	}
	return all, err
}

// otherURL says what becomes different when data that were served under one URL are served with this configuration; empty: nothing does.
func (c Config) otherURL(was string) (string, error) {
	is, err := c.configuredURL()
	if err != nil || was == is {
		return "", err
	}
	return fmt.Sprintf("the public URL will be %s, not %s as before: tokens issued so far end, senders and subscribers have to be told the new one, "+
		"and events recorded so far go on naming the old one as their issuer", is, was), nil
}

// AbandonMove lets the source of a move that was not finished be served again.
func AbandonMove(ctx context.Context, from Config) (err error) {
	source, err := openSide(ctx, from, mustBeThere)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	return transfer.Abandon(ctx, source.Side)
}

// MoveMayGoOn reports whether a move failed for what passes: somebody has a side open, the database cannot be reached, or it was interrupted.
func MoveMayGoOn(err error) bool {
	return errors.Is(err, transfer.ErrInUse) || errors.Is(err, broker.Unavailable) || errors.Is(err, context.Canceled)
}

// moveable refuses what is no move of one environment.
func moveable(from, to Config) error {
	if from.Environment.Name != to.Environment.Name {
		return fmt.Errorf("from is %s and to is %s: an environment is moved as what it is", from.Environment.Name, to.Environment.Name)
	}
	same := from.Database == to.Database
	if from.Database == "" && to.Database == "" {
		same = filepath.Clean(from.Data) == filepath.Clean(to.Data)
	}
	if same {
		return errors.New("from and to name the same data")
	}
	_, err := compareKeyFiles(from.keyPath(), to.keyPath())
	return err
}

// openedSide is one side of a move, open.
type openedSide struct {
	transfer.Side
	close func() error
}

// Whether a side that is not there yet may be made.
const (
	mustBeThere = false
	mayBeNew    = true
)

func openSide(ctx context.Context, cfg Config, mayMake bool) (openedSide, error) {
	if cfg.Database != "" {
		store, err := postgres.OpenAlone(ctx, postgres.Config{DSN: cfg.Database, Log: cfg.Log, Volatile: cfg.Volatile})
		if err != nil {
			return openedSide{}, err
		}
		return openedSide{transfer.Side{Place: store.Place(), Store: store, Blobs: store.Blobs()}, store.Close}, nil
	}
	path := filepath.Join(cfg.Data, storeFile)
	if _, err := os.Stat(path); err != nil && !mayMake {
		return openedSide{}, fmt.Errorf("data: there is nothing to move: %w", err)
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return openedSide{}, fmt.Errorf("data: %w", err)
	}
	return openFolder(cfg, path)
}

func openFolder(cfg Config, path string) (openedSide, error) {
	if err := backup.Refusal(cfg.Data); err != nil {
		return openedSide{}, err
	}
	place, err := filepath.Abs(cfg.Data)
	if err != nil {
		return openedSide{}, err
	}
	store, err := bolt.OpenAlone(bolt.Config{Path: path, Now: cfg.Now})
	if err != nil {
		return openedSide{}, err
	}
	blobs, err := blobdir.Open(filepath.Join(cfg.Data, blobFolder))
	if err != nil {
		return openedSide{}, errors.Join(err, store.Close())
	}
	return openedSide{
		transfer.Side{Place: "the folder " + place, Store: store, Blobs: blobs},
		func() error { return errors.Join(store.Close(), blobs.Close()) },
	}, nil
}

// compareKeyFiles refuses a target with another key file: what is wrapped could not be read. missing tells that it has none yet.
func compareKeyFiles(from, to string) (missing bool, err error) {
	if _, err := keys.LoadWrapper(from); err != nil {
		return false, fmt.Errorf("from: %w", err)
	}
	_, err = keys.LoadWrapper(to)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("to: %w", err)
	}
	has, hasErr := os.ReadFile(from)
	wants, wantsErr := os.ReadFile(to)
	if err := errors.Join(hasErr, wantsErr); err != nil {
		return false, fmt.Errorf("key file: %w", err)
	}
	if !bytes.Equal(has, wants) {
		return false, fmt.Errorf("to: the key file %s is another one than %s, with which the data are wrapped: move it away, or name the right one by key_file", to, from)
	}
	return false, nil
}

// tryKeyFile refuses a key file that opens nothing of what is to be moved.
func tryKeyFile(ctx context.Context, s transfer.Store, path string) error {
	wrapper, err := keys.LoadWrapper(path)
	if err != nil {
		return err
	}
	if err := transfer.TryKeyFile(ctx, s, wrapper); err != nil {
		return fmt.Errorf("the key file %s %w", path, err)
	}
	return nil
}

// copyKeyFile gives the target its key file, whole or not at all.
func copyKeyFile(from, to string) error {
	missing, err := compareKeyFiles(from, to)
	if err != nil || !missing {
		return err
	}
	key, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	if err := writeDurably(to, key); err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	return nil
}

// writeDurably makes a file that only its owner may read.
func writeDurably(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // where an error cuts it short
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
