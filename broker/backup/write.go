package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Config says what is backed up, and how.
type Config struct {
	Store   *bolt.Store
	Blobs   *blobdir.Dir
	Data    string // folder of both
	Wrapper *keys.Wrapper
	About   About

	KeyFile string     // that comes along; empty: none does
	Rate    int64      // bytes per second; 0: as fast as it goes
	Reserve int64      // bytes that stay free on the disk of the data; 0: 512 MiB
	Report  func(Step) // is told how far it is; nil: nobody
}

// Step is how far something is.
type Step struct {
	Doing string `json:"doing"` // in words
	Done  int64  `json:"done"`  // bytes
	Of    int64  `json:"of"`    // at most; 0: unknown
	Files int64  `json:"files,omitempty"`
}

// defaultReserve is more than a busy broker writes between two looks at the disk.
const defaultReserve = 512 << 20

// partial is what a backup is called until it is whole.
const partial = ".partial"

// Write makes a backup at target, which must not be there yet, while others use store and blobs. After an error nothing is left there.
func Write(ctx context.Context, target string, cfg Config) (m Manifest, err error) {
	b := &backup{Config: cfg, target: target, partial: target + partial}
	if b.Report == nil {
		b.Report = func(Step) {}
	}
	if b.Reserve == 0 {
		b.Reserve = defaultReserve
	}
	if err := b.begin(); err != nil {
		return m, err
	}
	defer b.lock.Close()
	if err := b.write(ctx); err != nil {
		return m, errors.Join(err, os.RemoveAll(b.partial))
	}
	return b.manifest, nil
}

// backup is one that is being made.
type backup struct {
	Config
	target, partial string
	lock            *os.File // of partial
	files           *writer
	sums            *sums
	manifest        Manifest
}

// begin takes the place into use.
func (b *backup) begin() error {
	if err := b.refuse(); err != nil {
		return err
	}
	if err := removeLeft(b.partial); err != nil {
		return err
	}
	if err := os.Mkdir(b.partial, 0o700); err != nil {
		return err
	}
	var err error
	b.lock, err = lockFolder(b.partial)
	return err
}

// refuse refuses a target where nothing can or should be.
func (b *backup) refuse() error {
	if _, err := os.Lstat(b.target); err == nil {
		return fmt.Errorf("%s is there already, and backups are not written over: %w", b.target, fs.ErrExist)
	}
	parent, err := realPath(filepath.Dir(b.target))
	if err != nil {
		return fmt.Errorf("the folder for the backup: %w", err)
	}
	data, err := realPath(b.Data)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if parent == data || strings.HasPrefix(parent, data+string(filepath.Separator)) {
		return fmt.Errorf("%s is inside the data folder %s: what happens to one would happen to both", b.target, b.Data)
	}
	return nil
}

func realPath(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}

// write makes everything and gives it its name.
func (b *backup) write(ctx context.Context) error {
	room, err := roomOn(b.partial, b.Data, b.Reserve)
	if err != nil {
		return err
	}
	b.files = newWriter(b.partial, newPace(b.Rate), room)
	defer b.files.abandon()
	if b.sums, err = createSums(filepath.Join(b.partial, sumsFile)); err != nil {
		return err
	}
	defer b.sums.f.Close()
	b.manifest = Manifest{Format: format, About: b.About, HasKey: b.KeyFile != ""}
	if err := b.content(ctx); err != nil {
		return err
	}
	if err := b.seal(); err != nil {
		return err
	}
	if err := os.Rename(b.partial, b.target); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(b.target))
}

// content copies what is backed up: first the records, then what they name. What is deleted meanwhile is held.
func (b *backup) content(ctx context.Context) (err error) {
	held, err := b.Blobs.Hold()
	if errors.Is(err, blobdir.ErrHeld) {
		return fmt.Errorf("another backup of these data is being made: %w", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Release()) }()
	if err := b.records(ctx); err != nil {
		return err
	}
	if err := b.bodies(ctx, held); err != nil {
		return fmt.Errorf("large bodies: %w", err)
	}
	if b.KeyFile == "" {
		return nil
	}
	key, err := os.Open(b.KeyFile)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	defer key.Close()
	_, err = b.file(ctx, keyFile, key)
	return err
}

func (b *backup) records(ctx context.Context) error {
	path := filepath.Join(b.partial, storeFile)
	done, err := b.Store.Copy(ctx, bolt.CopyConfig{
		Path: path,
		Pause: func(bytes int) (time.Duration, error) {
			return b.files.pace.after(bytes), b.files.room.check(bytes)
		},
		Report: func(done, of int64) { b.Report(Step{Doing: "records", Done: done, Of: of}) },
	})
	if err != nil {
		return err
	}
	b.manifest.Moment, b.manifest.StoreFormat = done.Moment.UTC(), done.Format
	digest, size, err := digestFile(ctx, path)
	b.manifest.StoreBytes = size
	return errors.Join(err, b.sums.add(digest, storeFile))
}

// bodies copies the blobs that the copied records name.
func (b *backup) bodies(ctx context.Context, held *blobdir.Held) error {
	records, err := bolt.OpenFrozen(filepath.Join(b.partial, storeFile))
	if err != nil {
		return err
	}
	defer records.Close()
	for named, err := range records.NamedBlobs(ctx) {
		if err != nil {
			return err
		}
		if err := b.body(ctx, held, named); err != nil {
			return err
		}
	}
	return nil
}

func (b *backup) body(ctx context.Context, held *blobdir.Held, named bolt.NamedBlob) error {
	name := blobName(named.ID)
	if _, err := os.Lstat(filepath.Join(b.partial, name)); err == nil {
		return nil // named twice
	}
	f, err := held.Open(ctx, named.ID)
	if errors.Is(err, broker.ErrNoRow) {
		b.lacks(named)
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := b.file(ctx, name, f)
	b.manifest.Blobs++
	b.manifest.BlobBytes += size
	b.Report(Step{Doing: "large bodies", Done: b.manifest.BlobBytes, Files: b.manifest.Blobs})
	return err
}

// lacks notes a blob that is lost. A backup of what is left is made all the same: it is worth the more.
func (b *backup) lacks(named bolt.NamedBlob) {
	if named.Sure && len(b.manifest.Missing) < mostMissing {
		b.manifest.Missing = append(b.manifest.Missing, string(named.ID))
	}
}

func blobName(id broker.BlobID) string {
	return filepath.Join(blobFolder, string(id[:2]), string(id[2:4]), string(id))
}

func (b *backup) file(ctx context.Context, name string, from io.Reader) (int64, error) {
	digest, size, err := b.files.copy(ctx, name, from)
	if err != nil {
		return size, fmt.Errorf("%s: %w", name, err)
	}
	return size, b.sums.add(digest, name)
}

// seal makes everything durable, the manifest last.
func (b *backup) seal() error {
	var err error
	if b.manifest.Sums, err = b.sums.close(); err != nil {
		return err
	}
	b.manifest.MAC = b.manifest.mac(b.Wrapper)
	raw, err := b.manifest.encode()
	if err != nil {
		return err
	}
	if _, _, err := b.files.copy(context.Background(), manifestFile, strings.NewReader(string(raw))); err != nil {
		return err
	}
	return b.files.close()
}
