package revocation

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/testenv/pki"
)

// FuzzAnswers holds that bytes of a stranger make nothing of a certificate that is good: neither revoked nor anything else, and no panic.
func FuzzAnswers(f *testing.F) {
	root := pki.Root(f, time.Now().Add(-time.Hour))
	authority := root.Below(f, "Ausgabestelle")
	responder := authority.Responder(f, time.Now)
	responder.Validity = 24 * time.Hour
	key, _ := authority.Pair(f, 0, "Stadt")
	q := ask(key.Chain[0], key.Chain[1])
	request, err := q.request()
	if err != nil {
		f.Fatal(err)
	}
	answer, list := served(responder, "POST", string(request)), served(responder, "GET", "")
	f.Add(answer)
	f.Add(list)
	f.Add([]byte{0x30, 3, 0x0a, 1, 3})
	f.Fuzz(func(t *testing.T, raw []byte) {
		found, err := q.answered(raw, time.Now())
		if err == nil && found.Status != Good {
			t.Errorf("believed: %+v", found)
		}
		if err != nil && !errors.Is(err, ErrAnswer) {
			t.Errorf("got %v, want an error of its kind", err)
		}
		if found, err := listed(key.Chain[0], key.Chain[1], raw, time.Now()); err == nil && found.Status != Good {
			t.Errorf("believed: %+v", found)
		}
	})
}

// served is what a responder answers.
func served(r *pki.Responder, method, body string) []byte {
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(context.Background(), method, "/", strings.NewReader(body))
	r.ServeHTTP(recorder, request)
	raw, _ := io.ReadAll(recorder.Body)
	return raw
}
