package client_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
)

// snapshot is what the portal signs of these routes.
func (b *broker) snapshot(routes ...wire.SnapshotRoute) []byte {
	b.t.Helper()
	var lines bytes.Buffer
	for _, r := range routes {
		if err := json.NewEncoder(&lines).Encode(r); err != nil {
			b.t.Fatal(err)
		}
	}
	return b.headed(lines.Bytes(), len(routes))
}

// headed puts the head before lines.
func (b *broker) headed(lines []byte, routes int) []byte {
	b.t.Helper()
	raw, err := b.seal(lines, routes)
	if err != nil {
		b.t.Fatal(err)
	}
	return raw
}

func (b *broker) seal(lines []byte, routes int) ([]byte, error) {
	head, err := attest.SignSnapshot(attest.Snapshot{
		Issuer: b.url + "/portal", SubmissionHost: strings.TrimPrefix(b.url, "http://"), IssuedAt: time.Now(), Routes: routes, SHA256: sha256.Sum256(lines),
	}, b.keys.portal.KID, b.keys.portal.Secret)
	return append([]byte(head+"\n"), lines...), err
}

// line is a route of a snapshot that is attested for where it stands.
func (b *broker) line(ars, destination string) wire.SnapshotRoute {
	b.t.Helper()
	return wire.SnapshotRoute{
		ID: "r-" + ars, Route: b.route(ars, destination), Coverage: []wire.Coverage{{Services: []string{serviceURN}, Regions: []string{"DE" + ars}}},
	}
}

// serve answers with a snapshot under a name, and counts how often it is fetched.
func (b *broker) serve(raw *[]byte, etag *string, fetched *int) {
	b.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/routing-api/v2/snapshot" {
			return false
		}
		w.Header().Set("ETag", *etag)
		w.Header().Set("Content-Type", wire.SnapshotType)
		if r.Method == http.MethodGet {
			*fetched++
			_, _ = w.Write(*raw)
		}
		return true
	}
}

func TestSnapshotIsKept(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	raw, etag, fetched := b.snapshot(b.line("05515", destinationID)), `"one"`, 0
	b.serve(&raw, &etag, &fetched)
	path := filepath.Join(t.TempDir(), "routes")
	save := func(wantFetched int, wantChanged bool) {
		t.Helper()
		kept, err := b.client().SaveSnapshot(context.Background(), path)
		if err != nil || kept.Changed != wantChanged || fetched != wantFetched {
			t.Errorf("got %+v, %v after %d answers, want changed %v after %d", kept, err, fetched, wantChanged, wantFetched)
		}
	}
	save(1, true)
	save(1, false)
	raw, etag = b.snapshot(b.line("05515", destinationID), b.line("05", otherID)), `"two"`
	save(2, true)
	if err := os.WriteFile(path, raw[:len(raw)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	save(3, true) // what was cut off is fetched again
	good := bytes.Clone(raw)
	raw, etag = raw[:len(raw)-5], `"three"`
	if _, err := b.client().SaveSnapshot(context.Background(), path); !errors.Is(err, client.ErrSnapshot) {
		t.Errorf("got %v, want %v", err, client.ErrSnapshot)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, good) {
		t.Errorf("got another file (%v), want what was good", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".new-*")); err != nil || left != nil {
		t.Errorf("got %v, %v, want nothing left", left, err)
	}
}

func TestSnapshotAnswers(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	now := time.Now()
	old, offline, low := b.line("09", otherID), b.line("08", otherID), b.line("05515", otherID)
	old.Until, offline.Offline, low.Priority = now.Add(-time.Hour), true, -1
	s := b.open(b.snapshot(old, b.line("", destinationID), offline, low, b.line("05515", destinationID)))
	for _, tc := range []struct {
		area client.Area
		at   time.Time
		want string // area that is attested; "-" for nobody
	}{
		{client.Area{ARS: "055150000000"}, now, "05515"}, {client.Area{AGS: "05515000"}, now, "05515"}, {client.Area{ARS: "09"}, now, ""},
		{client.Area{ARS: "09"}, now.Add(-2 * time.Hour), "09"}, {client.Area{ARS: "084"}, now, "-"}, {client.Area{AGS: "01001000"}, now, ""},
	} {
		routes, err := s.Routes(serviceKey, tc.area, tc.at)
		got := "-"
		if len(routes) == 1 {
			got = strings.Join(routes[0].Attested, " ")
		}
		if err != nil || len(routes) > 1 || got != tc.want {
			t.Errorf("%+v at %v: got %+v, %v, want that of %q", tc.area, tc.at, routes, err, tc.want)
		}
	}
	for _, bad := range []client.Area{{ID: "1"}, {}, {ARS: "0551"}} {
		if _, err := s.Routes(serviceKey, bad, now); err == nil {
			t.Errorf("%+v: got no error", bad)
		}
	}
	if _, err := s.Routes("1", client.Area{ARS: "09"}, now); err == nil {
		t.Error("got no error for a service that is none")
	}
}

// open saves a snapshot and opens it.
func (b *broker) open(raw []byte) *client.Snapshot {
	b.t.Helper()
	s, err := b.tryOpen(raw, func(*client.Trust) {})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *broker) tryOpen(raw []byte, change func(*client.Trust)) (*client.Snapshot, error) {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "routes")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		b.t.Fatal(err)
	}
	trust, err := b.client().Trust(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	change(&trust)
	s, err := client.OpenSnapshot(path, trust, time.Now())
	if err == nil {
		b.t.Cleanup(func() { s.Close() })
	}
	return s, err
}

// TestSnapshotIsAltered changes a good one in every way that somebody might.
func TestSnapshotIsAltered(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	good := b.snapshot(b.line("05515", destinationID), b.line("05", otherID))
	lines := bytes.SplitAfter(good, []byte("\n"))
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	same := func(*client.Trust) {}
	for name, c := range map[string]struct {
		raw   []byte
		trust func(*client.Trust)
		want  error
	}{
		"good":                  {good, same, nil},
		"empty":                 {nil, same, client.ErrSnapshot},
		"head alone":            {lines[0], same, client.ErrSnapshot},
		"one line less":         {join(lines[0], lines[1]), same, client.ErrSnapshot},
		"one byte less":         {good[:len(good)-1], same, client.ErrSnapshot},
		"one line more":         {join(good, lines[2]), same, client.ErrSnapshot},
		"one byte more":         {append(bytes.Clone(good), ' '), same, client.ErrSnapshot},
		"other order":           {join(lines[0], lines[2], lines[1]), same, client.ErrSnapshot},
		"other priority":        {bytes.Replace(good, []byte(`"coverage"`), []byte(`"priority":9,"coverage"`), 1), same, client.ErrSnapshot},
		"no line feeds":         {bytes.Repeat([]byte("x"), 3<<20), same, client.ErrSnapshot},
		"long line":             {join(lines[0], bytes.Repeat([]byte("x"), 3<<20), good), same, client.ErrSnapshot},
		"no head":               {join(lines[1:]...), same, keys.ErrMalformed},
		"addressing":            {[]byte(b.route("05", otherID).DestinationSignature + "\n"), same, keys.ErrMalformed},
		"head of a forger":      {append([]byte("A"), good...), same, keys.ErrMalformed},
		"another portal":        {good, func(t *client.Trust) { t.Portal = "https://elsewhere.example" }, attest.ErrMismatch},
		"another host":          {good, func(t *client.Trust) { t.SubmissionHost = "elsewhere.example" }, attest.ErrMismatch},
		"a route that is none":  {b.headed([]byte("[]\n"), 1), same, errAny},
		"a region that is none": {b.headed([]byte(`{"id":"x","coverage":[{"services":["`+serviceURN+`"],"regions":["DE0"]}]}`+"\n"), 1), same, errAny},
		"another key": {good, func(t *client.Trust) {
			t.Keys = keys.Set{Keys: []keys.Public{b.keys.signing.Public}}
			t.Keys.Keys[0].KID = b.keys.portal.KID
		}, keys.ErrSignature},
	} {
		if _, err := b.tryOpen(c.raw, c.trust); !errors.Is(err, c.want) && (c.want != errAny || err == nil) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// errAny stands for any error.
var errAny = errors.New("any error")

// TestSnapshotChecksRoutes: a genuine snapshot with a route that the portal never attested gives none.
func TestSnapshotChecksRoutes(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	wide := b.line("05515", destinationID)
	wide.Coverage[0].Regions = []string{"DE"}
	s := b.open(b.snapshot(wide))
	var route *client.RouteError
	if routes, err := s.Routes(serviceKey, client.Area{ARS: "09"}, time.Now()); !errors.As(err, &route) || routes != nil {
		t.Errorf("got %v, %v, want a RouteError", routes, err)
	}
}

// TestSnapshotChangesUnderneath writes to the file after it was verified.
func TestSnapshotChangesUnderneath(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	raw := b.snapshot(b.line("05515", destinationID))
	path := filepath.Join(t.TempDir(), "routes")
	trust, err := b.client().Trust(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	write := func(raw []byte) {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(raw)
	s, err := client.OpenSnapshot(path, trust, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	write(bytes.Replace(raw, []byte("Musterstadt"), []byte("Musterdorf!"), 1))
	if _, err := s.Routes(serviceKey, client.Area{ARS: "05515"}, time.Now()); !errors.Is(err, client.ErrSnapshot) {
		t.Errorf("got %v, want %v", err, client.ErrSnapshot)
	}
}

// TestRoutesOr asks the snapshot only where the service does not answer.
func TestRoutesOr(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	s := b.open(b.snapshot(b.line("05", otherID)))
	ask := func() (client.DestinationID, bool, error) {
		routes, kept, err := b.client().RoutesOr(context.Background(), s, serviceKey, client.Area{ARS: "05515"})
		if len(routes) != 1 {
			return "", kept, err
		}
		return routes[0].DestinationID, kept, err
	}
	if id, kept, err := ask(); id != destinationID || kept || err != nil {
		t.Errorf("in reach: got %s, %v, %v", id, kept, err)
	}
	status := http.StatusServiceUnavailable
	b.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/routing-api/") {
			b.problem(w, status, "broken")
			return true
		}
		return false
	}
	if id, kept, err := ask(); id != otherID || !kept || err != nil {
		t.Errorf("out of order: got %s, %v, %v", id, kept, err)
	}
	status = http.StatusBadRequest
	if id, kept, err := ask(); id != "" || kept || err == nil {
		t.Errorf("refused: got %s, %v, %v, want what the service says", id, kept, err)
	}
}

// FuzzSnapshot reads what a stranger may have put there.
func FuzzSnapshot(f *testing.F) {
	b := newBroker(f)
	good := b.snapshot(b.line("05515", destinationID))
	trust, err := b.client().Trust(context.Background())
	if err != nil {
		f.Fatal(err)
	}
	_, lines, _ := bytes.Cut(good, []byte("\n"))
	f.Add(good, false)
	f.Add(lines, true)
	f.Add([]byte(`{"id":"x","coverage":[{"services":[""],"regions":["DE"]}]}`+"\n"), true)
	path := filepath.Join(f.TempDir(), "routes")
	f.Fuzz(func(t *testing.T, raw []byte, signed bool) {
		if signed {
			var err error
			if raw, err = b.seal(raw, bytes.Count(raw, []byte("\n"))); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := client.OpenSnapshot(path, trust, time.Now())
		if err != nil {
			return
		}
		defer s.Close()
		if !signed && !bytes.Equal(raw, good) {
			t.Errorf("took %q", raw)
		}
		_, _ = s.Routes(serviceKey, client.Area{ARS: "05515"}, time.Now())
	})
}
