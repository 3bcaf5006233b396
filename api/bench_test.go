package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// The hot path through the handler, without a network.
func BenchmarkAnnounceAndSubmit(b *testing.B) {
	w := newWorld(b, func(_ *brokerConfig, a *apiConfig) { a.FairUse = unlimited() })
	announce := announcement(b, w.active(), nil)
	submit := submitBody(b, sealed(b, "application/json", "{}"), sealed(b, "application/json", strings.Repeat("x", 10<<10)))
	b.ReportAllocs()
	for b.Loop() {
		made := w.serve(http.MethodPost, "/submission-api/v2/submissions", announce, as(w.sender), typed("application/json"))
		var ref wire.SubmissionRef
		answer{b, made.Code, made.Header(), made.Body.Bytes(), "announce"}.decode(&ref)
		done := w.serve(http.MethodPut, "/submission-api/v2/submissions/"+ref.SubmissionID, submit, as(w.sender), typed("application/json"))
		if done.Code != http.StatusOK {
			b.Fatal(done.Body)
		}
	}
}

// An attachment over a socket of this machine: the kernel copies it (sendfile), or the rate is a fraction.
func BenchmarkDownload(b *testing.B) {
	w := newWorld(b, func(_ *brokerConfig, a *apiConfig) { a.FairUse = unlimited() })
	attachment := broker.NewID[string]()
	ref := w.announce(w.active(), attachment)
	w.upload(ref.SubmissionID, attachment, sealed(b, "application/pdf", strings.Repeat("x", 40<<20))).want(b, 204)
	w.submit(ref.SubmissionID, submitBody(b, sealed(b, "application/json", "{}"), sealed(b, "application/json", "{}"))).want(b, 200)
	path := "/submission-api/v2/submissions/" + ref.SubmissionID + "/attachments/" + attachment
	for b.Loop() {
		r, err := http.NewRequest(http.MethodGet, w.url+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		as(w.subscriber)(r)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			b.Fatal(resp.Status, err)
		}
		b.SetBytes(n)
	}
}
