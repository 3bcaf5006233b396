package testenv

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// download is a sealed attachment that is there to be fetched.
type download struct {
	url, token string
	content    string // as it was uploaded
}

// downloads are about parts, conditions and digests of attachments, of submissions and of replies (RFC 9110 13, 14; RFC 9530). The contract
// has none of them: a broker without is not asked.
func (g generation) downloads() []Case {
	submitted := func(t *trial) download {
		s := t.submitted(t.home(), 1)
		return download{g.at(t, s.attachment(s.ids0())), t.subscriber(), s.attachments[s.ids0()]}
	}
	replied := func(t *trial) download {
		r := t.replied(t.submitted(t.home(), 0), 1)
		return download{g.replies(t, "/"+r.id+"/attachments/"+r.ids0()), t.sender(), r.attachments[r.ids0()]}
	}
	var cases []Case
	for _, row := range []struct {
		what string
		make func(*trial) download
	}{{"a submission", submitted}, {"a reply", replied}} {
		cases = append(cases,
			g.own("an attachment of "+row.what+" is fetched in parts and on conditions", func(t *trial) { checkConditions(t, row.make(t)) }),
			g.own("an attachment of "+row.what+" comes with its digest, whole or in parts", func(t *trial) { checkDigest(t, row.make(t)) }),
		)
	}
	return cases
}

// with fetches it with a header.
func (d download) with(t *trial, header http.Header) *answer {
	return t.do(call{method: http.MethodGet, url: d.url, token: d.token, header: header})
}

// headers of pairs of name and value.
func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func checkConditions(t *trial, d download) {
	whole := t.get(d.url, d.token).is(http.StatusOK).has("Content-Type", joseType)
	equal(t, "the attachment", string(whole.body), d.content)
	tag, size := whole.header.Get("ETag"), len(d.content)
	if !t.ended() && (tag == "" || whole.header.Get("Accept-Ranges") != "bytes") {
		t.skip("needs a broker whose downloads have an ETag and come in parts")
	}
	if t.ended() {
		return
	}
	t.holds(strings.HasPrefix(tag, `"`), "a strong ETag, got %s", tag) // a weak one is of no use to If-Range
	const other = `"another"`
	for _, row := range []struct {
		header   http.Header
		from, to int // bytes that are to come
		status   int
	}{
		{headers("Range", "bytes=700-799"), 700, 800, http.StatusPartialContent},
		{headers("Range", "bytes=700-"), 700, size, http.StatusPartialContent},
		{headers("Range", "bytes=-22"), size - 22, size, http.StatusPartialContent},
		{headers("Range", "bytes=700-", "If-Range", tag), 700, size, http.StatusPartialContent},
		{headers("Range", "bytes=700-", "If-Range", other), 0, size, http.StatusOK},
		{headers("Range", "bytes=700-", "If-Match", tag), 700, size, http.StatusPartialContent},
		{headers("If-Match", tag), 0, size, http.StatusOK},
		{headers("If-None-Match", other), 0, size, http.StatusOK},
		{headers("If-None-Match", tag), 0, 0, http.StatusNotModified},
	} {
		a := d.with(t, row.header).is(row.status)
		equal(t, "ETag", a.header.Get("ETag"), tag)
		equal(t, "what came for "+compactJSON(row.header), string(a.body), d.content[row.from:row.to])
		if row.status == http.StatusPartialContent {
			a.has("Content-Type", joseType).has("Content-Range", fmt.Sprintf("bytes %d-%d/%d", row.from, row.to-1, size))
		}
	}
	d.with(t, headers("If-Match", other)).problem(http.StatusPreconditionFailed, "precondition-failed", "")
	d.with(t, headers("Range", "bytes="+itoa(size)+"-")).problem(http.StatusRequestedRangeNotSatisfiable, "range-not-satisfiable", "bytes").
		has("Content-Range", "bytes */"+itoa(size))
}

func checkDigest(t *trial, d download) {
	whole := t.get(d.url, d.token).is(http.StatusOK)
	if !t.ended() && whole.header.Get("Repr-Digest") == "" {
		t.skip("needs a broker that tells the digests of downloads")
	}
	sum := sha256.Sum256([]byte(d.content))
	want := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	for _, header := range []http.Header{{}, headers("Range", "bytes=700-799"), headers("If-None-Match", whole.header.Get("ETag"))} {
		got := d.with(t, header).is(http.StatusOK, http.StatusPartialContent, http.StatusNotModified).header.Get("Repr-Digest")
		equal(t, "Repr-Digest, asked with "+compactJSON(header), got, want) // of the whole, and in base64, whose case matters
	}
}
