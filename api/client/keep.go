package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/vierkant/vierkant/api/wire"
)

// Kept says what [Client.SaveSnapshot] has in its file.
type Kept struct {
	Routes  int       `json:"routes"`
	Issued  time.Time `json:"issued"`
	Changed bool      `json:"changed"` // it was fetched; else it was there already
}

// TrustFile is where SaveSnapshot puts, beside a snapshot, whose word it has to be: the portal and its keys of that day. A reader that
// relies on it believes whoever could write to that folder.
func TrustFile(snapshot string) string { return snapshot + ".trust.json" }

// keptTrust is the content of a TrustFile.
type keptTrust struct {
	Trust
	ETag string `json:"etag"` // of the snapshot whose head has this digest
	Head string `json:"head"`
}

// ReadTrust reads a TrustFile.
func ReadTrust(path string) (Trust, error) {
	kept, err := readTrust(path)
	return kept.Trust, err
}

func readTrust(path string) (kept keptTrust, err error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		err = wire.Decode(raw, &kept)
	}
	if err != nil {
		return keptTrust{}, fmt.Errorf("%s: %w", path, err)
	}
	return kept, nil
}

// Trust asks the portal for its keys.
func (c *Client) Trust(ctx context.Context) (Trust, error) {
	if c.base.routing == "" {
		return Trust{}, fmt.Errorf("%w: RoutingURL is missing", ErrConfig)
	}
	host, err := url.Parse(c.base.submission)
	if err != nil {
		return Trust{}, err
	}
	portal, err := c.keySet(ctx, c.base.portal)
	return Trust{Portal: c.base.portal, SubmissionHost: host.Host, Keys: portal.set}, err
}

// SaveSnapshot keeps a signed copy of all routes in a file, and beside it the portal's keys ([TrustFile]), for [OpenSnapshot]. It is
// verified before it takes the place of what was there, at once; where that is still the newest, nothing is fetched. Errors as of
// OpenSnapshot.
func (c *Client) SaveSnapshot(ctx context.Context, path string) (Kept, error) {
	trust, err := c.Trust(ctx)
	if err != nil {
		return Kept{}, err
	}
	address := c.base.routing + "/v2/snapshot"
	newest, err := c.transport.do(ctx, call{method: http.MethodHead, url: address, accept: wire.SnapshotType})
	if err != nil {
		return Kept{}, err
	}
	etag := newest.header.Get("ETag")
	if kept, ok := c.kept(path, trust, etag); ok {
		return kept, nil
	}
	return c.fetchSnapshot(ctx, address, path, trust, etag)
}

// kept is what the file has, if that is the snapshot of this name and whole.
func (c *Client) kept(path string, trust Trust, etag string) (Kept, bool) {
	before, err := readTrust(TrustFile(path))
	if err != nil || etag == "" || before.ETag != etag {
		return Kept{}, false
	}
	file, err := os.Open(path)
	if err != nil {
		return Kept{}, false
	}
	defer file.Close()
	got, err := checkSnapshot(file, trust.judge(c.now()))
	return Kept{Routes: got.Routes, Issued: got.Issued}, err == nil && got.digest == before.Head
}

// checked is what was learned of a snapshot on its way.
type checked struct {
	Kept
	digest string // of the head
}

// checkSnapshot reads a snapshot to its end.
func checkSnapshot(r io.Reader, by judge) (checked, error) {
	in, err := newSnapshotReader(r, by)
	if err != nil {
		return checked{}, err
	}
	for err == nil {
		_, err = in.next()
	}
	if !errors.Is(err, io.EOF) {
		return checked{}, err
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "%+v", in.head))
	return checked{Kept{Routes: in.head.Routes, Issued: in.head.IssuedAt}, hex.EncodeToString(digest[:])}, nil
}

// fetchSnapshot puts the keys in place first: they verify what was there as well, since the portal shows its old ones.
func (c *Client) fetchSnapshot(ctx context.Context, address, path string, trust Trust, etag string) (Kept, error) {
	body := c.transport.download(ctx, call{method: http.MethodGet, url: address, accept: wire.SnapshotType, limit: maxSnapshot, large: true}, nil)
	defer body.Close()
	var got checked
	draft, err := writeDraft(path, func(file io.Writer) (err error) {
		got, err = checkSnapshot(io.TeeReader(body, file), trust.judge(c.now()))
		return err
	})
	if err != nil {
		return Kept{}, err
	}
	raw, err := json.Marshal(keptTrust{trust, etag, got.digest})
	if err == nil {
		err = replace(TrustFile(path), raw)
	}
	if err != nil {
		return Kept{}, errors.Join(err, os.Remove(draft))
	}
	got.Changed = true
	return got.Kept, errors.Join(os.Rename(draft, path), syncFolder(filepath.Dir(path)))
}

// replace writes a file in place of what was there.
func replace(path string, content []byte) error {
	draft, err := writeDraft(path, func(to io.Writer) error {
		_, err := to.Write(content)
		return err
	})
	if err != nil {
		return err
	}
	return os.Rename(draft, path)
}

// writeDraft writes a file beside path, durable and with a name that is not there yet; or there is none.
func writeDraft(path string, write func(io.Writer) error) (draft string, err error) {
	const mode fs.FileMode = 0o644 // it is public
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return "", err
	}
	err = write(file)
	if err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// RoutesOr is [Client.Routes], and where the routing service is out of reach or broken, what a kept snapshot says instead. Whether it was
// the snapshot is told, and must not be hidden from whoever decides by it: it may be out of date.
func (c *Client) RoutesOr(ctx context.Context, s *Snapshot, serviceKey string, area Area) (routes []Route, kept bool, err error) {
	routes, err = c.Routes(ctx, serviceKey, area)
	if err == nil || !Retryable(err) {
		return routes, false, err
	}
	routes, instead := s.Routes(serviceKey, area, c.now())
	if instead != nil {
		return nil, true, errors.Join(err, instead)
	}
	return routes, true, nil
}
