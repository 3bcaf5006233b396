package revocation_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/vierkant/vierkant/crypto/revocation"
	"github.com/vierkant/vierkant/testenv/pki"
)

// world is a root, an authority whose certificates can be asked after, and a certificate of it.
type world struct {
	root, authority *pki.Authority
	responder       *pki.Responder
	checker         revocation.Checker
	chain           []*x509.Certificate
	url             string
}

// newWorld makes one; the authority certifies with what the way adds to its addresses.
func newWorld(t *testing.T, address func(a *pki.Authority, url string), changes ...pki.Change) *world {
	t.Helper()
	w := &world{root: pki.Root(t, time.Now().Add(-time.Hour))}
	var answers http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { answers.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.url = server.URL
	w.authority = w.root.Below(t, "Ausgabestelle")
	w.responder = w.authority.Responder(t, time.Now, changes...)
	answers = w.responder
	address(w.authority, server.URL)
	key, _ := w.authority.Pair(t, 0, "Stadt")
	w.chain = key.Chain[:2] // nobody is asked after the authority itself
	w.checker = revocation.Checker{Fetch: fetch(server.Client()), Now: time.Now}
	return w
}

// fetch makes calls without a guard.
func fetch(client *http.Client) func(context.Context, revocation.Call) ([]byte, error) {
	return func(ctx context.Context, c revocation.Call) ([]byte, error) {
		request, err := http.NewRequestWithContext(ctx, c.Method, c.URL, bytes.NewReader(c.Body))
		if err != nil {
			return nil, err
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return nil, errors.New(response.Status)
		}
		return io.ReadAll(http.MaxBytesReader(nil, response.Body, c.Limit))
	}
}

func byOCSP(a *pki.Authority, url string) { a.OCSP = url + "/ocsp" }
func byCRL(a *pki.Authority, url string)  { a.CRL = url + "/crl" }
func byBoth(a *pki.Authority, url string) { byOCSP(a, url); byCRL(a, url) }
func byNone(*pki.Authority, string)       {}
func byLDAP(a *pki.Authority, _ string)   { a.CRL = "ldap://directory.example/cn=list" }

func TestFindings(t *testing.T) {
	t.Parallel()
	revoke := func(w *world) { w.responder.Revoke(w.chain[0], time.Now().Add(-time.Hour)) }
	for name, c := range map[string]struct {
		way    func(*pki.Authority, string)
		bend   func(*world)
		want   revocation.Status
		by     string
		why    string
		change pki.Change // of the responder's certificate
	}{
		"good by OCSP":              {way: byOCSP, want: revocation.Good, by: "OCSP"},
		"good by CRL":               {way: byCRL, want: revocation.Good, by: "CRL"},
		"OCSP comes first":          {way: byBoth, want: revocation.Good, by: "OCSP"},
		"revoked by OCSP":           {way: byOCSP, bend: revoke, want: revocation.Revoked, by: "OCSP", why: "key compromise"},
		"revoked by CRL":            {way: byCRL, bend: revoke, want: revocation.Revoked, by: "CRL", why: "key compromise"},
		"answered by the authority": {way: byOCSP, bend: func(w *world) { w.responder.Itself() }, want: revocation.Good, by: "OCSP"},
		"without a nonce":           {way: byOCSP, bend: func(w *world) { w.responder.Nonce = false }, want: revocation.Good, by: "OCSP"},
		"no address at all":         {way: byNone, want: revocation.Unknown, why: "neither a responder nor a list"},
		"only a directory":          {way: byLDAP, want: revocation.Unknown, why: "neither a responder nor a list"},
		"stale":                     {way: byOCSP, bend: func(w *world) { w.responder.Validity = -10 * time.Minute }, want: revocation.Unknown, why: "stale"},
		"stale list":                {way: byCRL, bend: func(w *world) { w.responder.Validity = -10 * time.Minute }, want: revocation.Unknown, why: "stale"},
		"of tomorrow": {way: byOCSP, bend: func(w *world) { w.responder.Now = func() time.Time { return time.Now().Add(24 * time.Hour) } },
			want: revocation.Unknown, why: "has not come yet"},
		"responder without its key usage": {way: byOCSP, change: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} },
			want: revocation.Unknown, why: "not for signing OCSP"},
		"responder with any key usage": {way: byOCSP, change: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} },
			want: revocation.Unknown, why: "not for signing OCSP"},
		"responder that has expired": {way: byOCSP, change: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) },
			want: revocation.Unknown, why: "the responder's certificate is valid from"},
		"responder of the root": {way: byOCSP, bend: func(w *world) { w.responder.By = w.root.Responder(t, time.Now).By },
			want: revocation.Unknown, why: "not of the issuer"},
		"answer to another question": {way: byOCSP, bend: replayed, want: revocation.Unknown, why: "nonce"},
		"answer about another":       {way: byOCSP, bend: aboutAnother, want: revocation.Unknown, why: "about another certificate"},
		"signed by another root":     {way: byCRL, bend: listOfAnother, want: revocation.Unknown, why: "signature does not verify"},
		"an error":                   {way: byOCSP, bend: instead(http.NotFound), want: revocation.Unknown, why: "404"},
		"a text":                     {way: byOCSP, bend: instead(writes([]byte("<html>"))), want: revocation.Unknown, why: "no OCSP response"},
		"a text as list":             {way: byCRL, bend: instead(writes([]byte("<html>"))), want: revocation.Unknown, why: "no revocation list"},
		"try later":                  {way: byOCSP, bend: instead(writes([]byte{0x30, 3, 0x0a, 1, 3})), want: revocation.Unknown, why: "status 3"},
		"ten megabytes":              {way: byOCSP, bend: instead(writes(make([]byte, 10<<20))), want: revocation.Unknown, why: "too large"},
		"a list of ten megabytes":    {way: byCRL, bend: instead(writes(make([]byte, 10<<20))), want: revocation.Unknown, why: "too large"},
		"flipped": {way: byOCSP, bend: func(w *world) {
			w.tamper(func(answer []byte) []byte { answer[len(answer)/8] ^= 1; return answer })
		}, want: revocation.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var changes []pki.Change
			if c.change != nil {
				changes = []pki.Change{c.change}
			}
			w := newWorld(t, c.way, changes...)
			if c.bend != nil {
				c.bend(w)
			}
			got := w.checker.Chain(t.Context(), w.chain)
			if got.Status != c.want || got.By != c.by || !strings.Contains(got.Why, c.why) {
				t.Errorf("got %+v, want %s by %q, %q", got, c.want, c.by, c.why)
			}
			if got.Since.IsZero() != (got.Status != revocation.Revoked) {
				t.Errorf("revoked since: got %v for %s", got.Since, got.Status)
			}
		})
	}
}

// What OCSP does not tell, the list does.
func TestListWhereTheResponderIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byBoth)
	w.responder.Revoke(w.chain[0], time.Now())
	list := ask(t, w.url+"/crl")
	w.responder.Bend(func(r *pki.Responder) {
		r.Instead = http.HandlerFunc(func(rw http.ResponseWriter, request *http.Request) {
			if request.Method == http.MethodPost {
				http.Error(rw, "", http.StatusServiceUnavailable)
				return
			}
			rw.Write(list)
		})
	})
	if got := w.checker.Chain(t.Context(), w.chain); got.Status != revocation.Revoked || got.By != "CRL" {
		t.Errorf("got %+v, want revoked by CRL", got)
	}
}

// A revoked authority takes its certificates with it.
func TestRevokedAuthority(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byOCSP)
	above := w.root.Responder(t, time.Now)
	server := httptest.NewServer(above)
	t.Cleanup(server.Close)
	w.root.OCSP = server.URL
	authority := w.root.Below(t, "Ausgabestelle")
	authority.OCSP = w.url
	key, _ := authority.Pair(t, 0, "Stadt")
	if got := w.checker.Chain(t.Context(), key.Chain); got.Status != revocation.Good {
		t.Fatalf("got %+v, want good", got)
	}
	above.Revoke(authority.Certificate, time.Now())
	got := w.checker.Chain(t.Context(), key.Chain)
	if got.Status != revocation.Revoked || !strings.Contains(got.Why, "Ausgabestelle") {
		t.Errorf("got %+v, want revoked, with the name of the authority", got)
	}
}

// The library reads our questions, and we read its answers.
func TestAgainstTheLibrary(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byOCSP)
	signer := libraryAuthority(t)
	var serial string
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		asked, err := ocsp.ParseRequest(raw)
		if err != nil {
			t.Error(err)
			return
		}
		serial = asked.SerialNumber.String()
		answer, err := ocsp.CreateResponse(signer.certificate, signer.certificate, ocsp.Response{
			Status: ocsp.Revoked, SerialNumber: asked.SerialNumber, ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour),
			RevokedAt: time.Now().Add(-time.Hour), RevocationReason: ocsp.Superseded, IssuerHash: crypto.SHA256,
		}, signer.key)
		if err != nil {
			t.Error(err)
		}
		rw.Write(answer)
	}))
	t.Cleanup(server.Close)
	leaf := signer.issue(t, server.URL)
	got := w.checker.Chain(t.Context(), []*x509.Certificate{leaf, signer.certificate})
	if got.Status != revocation.Revoked || got.Why != "superseded" {
		t.Errorf("got %+v, want revoked, superseded", got)
	}
	if serial != leaf.SerialNumber.String() {
		t.Errorf("the library reads the serial number %s, want %s", serial, leaf.SerialNumber)
	}
}

func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byOCSP)
	if got := w.checker.Chain(t.Context(), w.chain[:1]); got.Status != revocation.Unknown {
		t.Errorf("got %+v, want unknown", got)
	}
}

func instead(h http.HandlerFunc) func(*world) {
	return func(w *world) { w.responder.Bend(func(r *pki.Responder) { r.Instead = h }) }
}

func writes(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.Write(b) }
}

// tamper changes what the responder answers.
func (w *world) tamper(change func([]byte) []byte) {
	real := w.checker.Fetch
	w.checker.Fetch = func(ctx context.Context, c revocation.Call) ([]byte, error) {
		raw, err := real(ctx, c)
		if err != nil {
			return nil, err
		}
		return change(raw), nil
	}
}

// replayed makes every answer the first one.
func replayed(w *world) {
	_ = w.checker.Chain(context.Background(), w.chain)
	var first []byte
	w.tamper(func(answer []byte) []byte {
		if first == nil {
			first = answer
		}
		return first
	})
	_ = w.checker.Chain(context.Background(), w.chain)
}

// aboutAnother passes on the answer about another certificate, and ours as its nonce: there is none.
func aboutAnother(w *world) {
	w.responder.Nonce = false
	other := *w.chain[0]
	var answer []byte
	real := w.checker.Fetch
	w.checker.Fetch = func(ctx context.Context, c revocation.Call) ([]byte, error) {
		raw, err := real(ctx, c)
		answer = raw
		return raw, err
	}
	other.SerialNumber = big.NewInt(7)
	_ = w.checker.Chain(context.Background(), []*x509.Certificate{&other, w.chain[1]})
	w.checker.Fetch = func(context.Context, revocation.Call) ([]byte, error) { return answer, nil }
}
