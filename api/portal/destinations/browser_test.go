package destinations_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
)

// What the browser makes is what the broker takes and the program opens: certificates that Go reads and the rules of the environment hold for, and
// a file that opens with the passphrase.
func TestKeysMadeInTheBrowser(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleDeveloper)
	file, request, passphrase := filepath.Join(t.TempDir(), "keys.jwe"), filepath.Join(t.TempDir(), "csr.pem"), "zwölf Boxkämpfer jagen"
	w.Browse(t, "testdata/keys.mjs", map[string]any{"secret": b.Secret, "file": file, "request": request, "passphrase": passphrase})
	wantRequest(t, request)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Unlock(raw, passphrase+"!"); err == nil {
		t.Error("the file opens with another passphrase")
	}
	pair, err := keys.Unlock(raw, passphrase)
	if err != nil || len(pair) != 2 {
		t.Fatalf("got %d keys, %v", len(pair), err)
	}
	for i, use := range []keys.Use{keys.Encryption, keys.Signature} {
		if err := keys.Test().Check(pair[i].Public, use, time.Now()); err != nil {
			t.Errorf("%s: %v", use, err)
		}
		c := pair[i].Chain[0]
		if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
			t.Errorf("%s: %v", use, err)
		}
		if got := c.Subject.String(); got != "CN=Stadt Mühlhausen,O=Stadt Mühlhausen" {
			t.Errorf("%s: got the subject %s", use, got)
		}
	}
	all, _, err := w.Node.Broker.Destinations.List(t.Context(), broker.Operator(w.Org), broker.Page{Limit: 2})
	if err != nil || len(all) != 1 || all[0].EncryptionKID != pair[0].KID || all[0].SigningKID != pair[1].KID {
		t.Errorf("got %+v, %v, want one destination with the keys of the file", all, err)
	}
}

// wantRequest holds a request for a certificate against what an authority looks at.
func wantRequest(t *testing.T, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		t.Fatalf("got %q, want a request in PEM", raw)
	}
	r, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.CheckSignature(); err != nil || r.SignatureAlgorithm != x509.SHA512WithRSAPSS || r.Subject.String() != "CN=Stadt Mühlhausen,O=Stadt Mühlhausen" || len(r.Extensions) != 2 {
		t.Errorf("got a request of %s with %v and %d extensions, %v", r.Subject, r.SignatureAlgorithm, len(r.Extensions), err)
	}
}

func TestPagesInTheBrowser(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleOwner)
	one := destination(t, b)
	client, _, err := w.Node.Broker.Clients.Register(t.Context(), broker.Operator(w.Org), broker.NewClient{Name: "Fachverfahren", Kind: broker.Subscriber})
	if err != nil {
		t.Fatal(err)
	}
	b.Post(one+"/clients", url.Values{"client": {string(client.ID)}}).Want(http.StatusOK)
	page := b.Get(one + "/callback")
	b.Post(one+"/callback", url.Values{"seen": {page.Find(`name="seen" value="([^"]+)"`)}, "url": {"http://127.0.0.1:9/callback"}}).Want(http.StatusOK)
	w.Browse(t, "testdata/pages.mjs", map[string]any{
		"secret": b.Secret, "destination": one[strings.LastIndex(one, "/")+1:], "kid": pair()[0].KID, "service": "urn:de:fim:leika:leistung:99050012104000",
	})
}
