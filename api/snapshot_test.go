package api_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
)

const snapshotPath = "/routing-api/v2/snapshot"

// snapshot reads one and holds the lines against the head.
func (w *world) snapshot(raw []byte) (attest.Snapshot, []wire.SnapshotRoute) {
	w.t.Helper()
	head, lines, _ := bytes.Cut(raw, []byte("\n"))
	set := must(keys.ParseSet(w.call(http.MethodGet, "/portal/.well-known/jwks.json", "").body))(w.t)
	claims, err := attest.VerifySnapshot(string(head), func(kid string) (keys.Public, error) {
		key, _ := set.Lookup(kid)
		return key, nil
	}, publicURL+"/portal", "test.example.org")
	if err != nil {
		w.t.Fatal(err)
	}
	if sha256.Sum256(lines) != claims.SHA256 {
		w.t.Error("the digest in the head is not that of the lines")
	}
	var routes []wire.SnapshotRoute
	for each := bufio.NewScanner(bytes.NewReader(lines)); each.Scan(); {
		var r wire.SnapshotRoute
		if err := json.Unmarshal(each.Bytes(), &r); err != nil {
			w.t.Fatal(err)
		}
		routes = append(routes, r)
	}
	if len(routes) != claims.Routes {
		w.t.Errorf("got %d routes, want %d as the head says", len(routes), claims.Routes)
	}
	return claims, routes
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	w := newWorld(t, func(_ *brokerConfig, a *apiConfig) { a.Routing.Folder = folder })
	empty := w.call(http.MethodGet, snapshotPath, "").want(t, 200)
	if _, routes := w.snapshot(empty.body); len(routes) != 0 {
		t.Errorf("got %d routes, want none", len(routes))
	}
	federal, land := w.publish("Bund", "DE"), w.publish("Bayern", "DE09", "DE08")
	from := w.clock.Now().Add(time.Hour).UTC()
	w.change(land, func(r *broker.Route) { r.Priority, r.From, r.Offline, r.Info = 7, from, true, fullInfo() })
	full := w.call(http.MethodGet, snapshotPath, "").want(t, 200)
	claims, routes := w.snapshot(full.body)
	if !claims.IssuedAt.Equal(w.clock.Now()) {
		t.Errorf("got the time of issue %v, want %v", claims.IssuedAt, w.clock.Now())
	}
	if len(routes) != 2 || routes[0].DestinationID != federal || routes[1].DestinationID != land {
		t.Fatalf("got %+v, want the older first", routes)
	}
	got := routes[1]
	if got.Priority != 7 || !got.From.Equal(from) || !got.Until.IsZero() || !got.Offline || got.DestinationShortName != "Gewerbeamt" ||
		len(got.Coverage) != 1 || strings.Join(got.Coverage[0].Regions, " ") != "DE08 DE09" || strings.Count(got.DestinationSignature, ".") != 2 {
		t.Errorf("got %+v", got)
	}
	if left := must(os.ReadDir(folder))(t); len(left) > 0 {
		t.Errorf("got %v in the folder, want files without names", left)
	}
}

// TestSnapshotIsNamed asks with what a caller has already.
func TestSnapshotIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.publish("Bund", "DE")
	ask := func(options ...option) answer {
		t.Helper()
		return w.call(http.MethodGet, snapshotPath, "", append([]option{with("Accept-Encoding", "identity")}, options...)...)
	}
	first := ask().want(t, 200)
	etag := first.header.Get("ETag")
	for name, c := range map[string]struct {
		match  string
		status int
	}{
		"its name": {etag, 304}, "among others": {`"x", ` + etag, 304}, "weakly": {"W/" + etag, 304}, "any": {"*", 304}, "another": {`"x"`, 200}, "unquoted": {strings.Trim(etag, `"`), 200},
	} {
		a := ask(with("If-None-Match", c.match)).want(t, c.status)
		if (len(a.body) == 0) != (c.status == 304) || a.header.Get("ETag") != etag || a.header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: got %v and %d bytes", name, a.header, len(a.body))
		}
	}
	zipped := ask(with("Accept-Encoding", "br, GZIP;q=0.5")).want(t, 200)
	if zipped.header.Get("Content-Encoding") != "gzip" || zipped.header.Get("ETag") == etag {
		t.Errorf("got %v, want gzip under a name of its own", zipped.header)
	}
	z := must(gzip.NewReader(bytes.NewReader(zipped.body)))(t)
	if plain := must(io.ReadAll(z))(t); !bytes.Equal(plain, first.body) {
		t.Error("compressed it is another text")
	}
	for _, refused := range []string{"gzip;q=0", "gzip; q=0.00", "br", ""} {
		if a := ask(with("Accept-Encoding", refused)).want(t, 200); a.header.Get("Content-Encoding") != "" {
			t.Errorf("%q: got gzip", refused)
		}
	}
	head := w.call(http.MethodHead, snapshotPath, "", with("Accept-Encoding", "identity")).want(t, 200)
	if len(head.body) > 0 || head.header.Get("ETag") != etag || head.header.Get("Content-Length") != first.header.Get("Content-Length") {
		t.Errorf("HEAD: got %v", head.header)
	}
	w.change(id, func(r *broker.Route) { r.Priority = 1 })
	if a := ask(with("If-None-Match", etag)).want(t, 200); a.header.Get("ETag") == etag {
		t.Error("other routes have the same name")
	}
}

// TestSnapshotIsSignedOnce counts private-key operations: one for each state of the routes, and after half a day.
func TestSnapshotIsSignedOnce(t *testing.T) {
	t.Parallel()
	var ring *broker.Keyring
	w := newWorld(t, func(_ *brokerConfig, a *apiConfig) { ring = a.Keyring })
	id := w.publish("Bund", "DE")
	before := ring.PrivateKeyOps()
	expect := func(what string, want int64) {
		t.Helper()
		w.call(http.MethodGet, snapshotPath, "").want(t, 200)
		if got := ring.PrivateKeyOps() - before; got != want {
			t.Errorf("%s: got %d signatures, want %d", what, got, want)
		}
	}
	expect("first", 1)
	expect("again", 1)
	w.change(id, func(*broker.Route) {})
	expect("routes read anew", 1)
	w.change(id, func(r *broker.Route) { r.Offline = true })
	expect("routes changed", 2)
	w.clock.forward(12*time.Hour - time.Second)
	expect("before half a day", 2)
	w.clock.forward(time.Second)
	expect("after half a day", 3)
}
