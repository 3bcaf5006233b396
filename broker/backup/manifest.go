package backup

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// format is that of the folder and the manifest that this program writes.
const format = 1

// Names in a backup. Those of the first three are the same in a data folder.
const (
	storeFile    = "vierkant.db"
	blobFolder   = "blobs"
	keyFile      = "key"
	sumsFile     = "SHA256SUMS"
	manifestFile = "manifest.json"
)

// About says of what something is a backup.
type About struct {
	Environment string `json:"environment"`
	Demo        bool   `json:"demo,omitempty"` // made by "vierkant up"
	PublicURL   string `json:"publicUrl"`
}

// Manifest describes a backup.
type Manifest struct {
	Format int `json:"format"`
	About
	Moment      time.Time `json:"moment"`      // what was acknowledged before is in it
	StoreFormat int       `json:"storeFormat"` // of vierkant.db
	StoreBytes  int64     `json:"storeBytes"`
	Blobs       int64     `json:"blobs"`
	BlobBytes   int64     `json:"blobBytes"`
	Missing     []string  `json:"missing,omitempty"` // blobs that records name and that were not there, at most mostMissing of them
	HasKey      bool      `json:"hasKey"`            // the key file is in it
	Sums        string    `json:"sha256sums"`        // hexadecimal SHA-256 of SHA256SUMS
	MAC         []byte    `json:"mac"`               // of all the rest, by the key file
}

const mostMissing = 1000

// Errors of a backup that was read.
var (
	ErrNoBackup = errors.New("it is no backup")
	ErrNewer    = errors.New("the backup was written by a newer vierkant: use that one")
	ErrKeyFile  = errors.New("the key file is not the one of the backup, or its manifest was altered")
)

// mac authenticates everything but itself.
func (m Manifest) mac(w *keys.Wrapper) []byte {
	m.MAC = nil
	raw, _ := json.Marshal(m) // of a type that cannot fail
	mac := hmac.New(sha256.New, w.MACKey("backup"))
	mac.Write(raw)
	return mac.Sum(nil)
}

func (m Manifest) check(w *keys.Wrapper) error {
	if !hmac.Equal(m.MAC, m.mac(w)) {
		return ErrKeyFile
	}
	return nil
}

func (m Manifest) encode() ([]byte, error) {
	raw, err := json.MarshalIndent(m, "", "  ")
	return append(raw, '\n'), err
}

// ReadManifest reads what a folder says of itself.
func ReadManifest(folder string) (m Manifest, err error) {
	raw, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return m, fmt.Errorf("%w: %s has no %s, and was perhaps never finished", ErrNoBackup, folder, manifestFile)
	}
	if err != nil {
		return m, err
	}
	var version struct{ Format int }
	if err := json.Unmarshal(raw, &version); err != nil || version.Format < 1 {
		return m, fmt.Errorf("%w: its %s cannot be read", ErrNoBackup, manifestFile)
	}
	if version.Format > format {
		return m, fmt.Errorf("%w (format %d)", ErrNewer, version.Format)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("%w: %s: %w", ErrNoBackup, manifestFile, err)
	}
	return m, nil
}
