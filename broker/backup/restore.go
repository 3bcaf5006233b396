package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Restoring is the name of the mark in a data folder to which a backup is being restored.
const Restoring = "restoring"

// RestoreConfig says how a backup becomes a data folder.
type RestoreConfig struct {
	Data    string        // folder; made if it is not there
	KeyFile string        // where the key file is, or goes if it is in the backup
	Wrapper *keys.Wrapper // of the key file, if there is one; nil: only digests are checked
	Rate    int64         // bytes per second; 0: as fast as it goes
	Report  func(Step)

	// Check has the last word about a data folder that is complete but for its mark, and may add to it. nil: there is none.
	Check func(context.Context, Manifest) error
}

// Refusal says why a data folder may not be served; nil: a restoring that was not finished does not keep it from that.
func Refusal(data string) error {
	if _, err := os.Lstat(filepath.Join(data, Restoring)); err == nil {
		return fmt.Errorf("data: a restoring of %s was not finished: run \"vierkant restore\" again, it begins anew", data)
	}
	return nil
}

// Restore verifies a backup and makes a data folder of it, in which there is nothing yet but perhaps the key file. After an error, or a kill, the
// folder has a mark that keeps it from being served, and the same call begins anew.
func Restore(ctx context.Context, folder string, cfg RestoreConfig) (m Manifest, err error) {
	if m, err = Verify(ctx, folder, cfg.Wrapper, cfg.Report); err != nil {
		return m, err
	}
	r := restoring{RestoreConfig: cfg, from: folder, manifest: m}
	if r.Report == nil {
		r.Report = func(Step) {}
	}
	if err := r.begin(); err != nil {
		return m, err
	}
	defer r.lock.Close()
	if err := r.copy(ctx); err != nil {
		return m, err
	}
	if cfg.Check != nil {
		if err := cfg.Check(ctx, m); err != nil {
			return m, err
		}
	}
	return m, r.end()
}

// restoring is the making of a data folder.
type restoring struct {
	RestoreConfig
	from     string
	manifest Manifest
	lock     *os.File // of the data folder
}

// begin marks the folder, empty but for the key file.
func (r *restoring) begin() (err error) {
	if err := os.MkdirAll(r.Data, 0o700); err != nil {
		return err
	}
	if r.lock, err = lockFolder(r.Data); err != nil {
		return err
	}
	if err = r.empty(); err == nil {
		err = r.mark()
	}
	if err != nil {
		r.lock.Close()
	}
	return err
}

// empty removes what a restoring left that was cut off, and refuses everything else.
func (r *restoring) empty() error {
	if Refusal(r.Data) == nil {
		if err := onlyOurs(r.Data, keyFile); err != nil {
			return fmt.Errorf("a backup is restored to an empty folder: %w", err)
		}
		return nil
	}
	for _, name := range []string{storeFile, blobFolder} {
		if err := os.RemoveAll(filepath.Join(r.Data, name)); err != nil {
			return err
		}
	}
	return nil
}

func (r *restoring) mark() error {
	text := fmt.Sprintf("A backup of %s is being restored here. Until that is finished nothing here can be served.\n", r.manifest.Environment)
	if err := os.WriteFile(filepath.Join(r.Data, Restoring), []byte(text), 0o600); err != nil {
		return err
	}
	return syncFolder(r.Data)
}

// copy copies all files, and looks again whether they are the ones that are listed.
func (r *restoring) copy(ctx context.Context) error {
	w := newWriter(r.Data, newPace(r.Rate), room{})
	defer w.abandon()
	step := Step{Doing: "restored", Of: r.manifest.StoreBytes + r.manifest.BlobBytes}
	for l, err := range readSums(r.from, r.manifest.Sums) {
		if err != nil {
			return err
		}
		if l.name == keyFile {
			err = r.key(l)
		} else {
			var size int64
			size, err = r.file(ctx, w, l)
			step.Done += size
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		step.Files++
		r.Report(step)
	}
	return w.close()
}

func (r *restoring) file(ctx context.Context, w *writer, l line) (int64, error) {
	from, err := os.Open(filepath.Join(r.from, l.name))
	if err != nil {
		return 0, err
	}
	defer from.Close()
	digest, size, err := w.copy(ctx, l.name, from)
	if err == nil && digest != l.digest {
		err = errors.New("it changed since it was verified")
	}
	return size, err
}

// key puts the key file where it is looked for, unless it is there.
func (r *restoring) key(l line) error {
	raw, err := os.ReadFile(filepath.Join(r.from, l.name))
	if err != nil {
		return err
	}
	if broker.Digest(raw) != l.digest {
		return errors.New("it changed since it was verified")
	}
	there, err := os.ReadFile(r.KeyFile)
	if err == nil && broker.Digest(there) != l.digest {
		return fmt.Errorf("%s is another key file than that of the backup: move it away", r.KeyFile)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	w := newWriter(filepath.Dir(r.KeyFile), pace{}, room{})
	defer w.abandon()
	if _, _, err := w.copy(context.Background(), filepath.Base(r.KeyFile), strings.NewReader(string(raw))); err != nil {
		return err
	}
	return w.close()
}

// end lets the folder be served.
func (r *restoring) end() error {
	if err := os.Remove(filepath.Join(r.Data, Restoring)); err != nil {
		return err
	}
	return syncFolder(r.Data)
}
