package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/vierkant/vierkant/crypto/keys"
)

// mostTold is how many files that do not hold are named.
const mostTold = 20

// Verify reads a whole backup and compares it with its digests. With the key file (nil: without) also the manifest is known to be genuine, and by
// it everything else.
func Verify(ctx context.Context, folder string, w *keys.Wrapper, report func(Step)) (Manifest, error) {
	m, err := ReadManifest(folder)
	if err != nil {
		return m, err
	}
	if w != nil {
		if err := m.check(w); err != nil {
			return m, err
		}
	}
	v := verification{folder: folder, report: report}
	if v.report == nil {
		v.report = func(Step) {}
	}
	return m, v.verify(ctx, m)
}

// verification is the reading of a backup.
type verification struct {
	folder string
	report func(Step)
	step   Step
	broken []error
}

func (v *verification) verify(ctx context.Context, m Manifest) error {
	v.step = Step{Doing: "verified", Of: m.StoreBytes + m.BlobBytes}
	for line, err := range readSums(v.folder, m.Sums) {
		if err != nil {
			return err
		}
		if err := v.file(ctx, line); err != nil {
			v.broken = append(v.broken, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(v.broken) == mostTold {
			v.broken = append(v.broken, errors.New("and perhaps more"))
			break
		}
	}
	if len(v.broken) == 0 {
		v.broken = append(v.broken, v.strangers())
	}
	return errors.Join(v.broken...)
}

func (v *verification) file(ctx context.Context, l line) error {
	digest, size, err := digestFile(ctx, filepath.Join(v.folder, l.name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is missing", l.name)
	case err != nil:
		return fmt.Errorf("%s cannot be read: %w", l.name, err)
	case digest != l.digest:
		return fmt.Errorf("%s is not what was backed up", l.name)
	}
	v.step.Done, v.step.Files = v.step.Done+size, v.step.Files+1
	v.report(v.step)
	return nil
}

// strangers refuses files that nobody listed.
func (v *verification) strangers() error {
	const besides = 2 // the list and the manifest
	var found int64
	err := filepath.WalkDir(v.folder, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			found++
		}
		return err
	})
	if err == nil && found != v.step.Files+besides {
		err = fmt.Errorf("there are %d files, and %d are listed: %s names those that belong here", found, v.step.Files+besides, sumsFile)
	}
	return err
}
