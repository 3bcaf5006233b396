package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// download reads an answer of any length, up to the limit of its call, as a stream. Where it breaks off, the rest is asked for
// (RFC 9110 14); a service that sends everything again instead is read from the start and what is known already is skipped.
// In all it repeats as often as any other call.
type download struct {
	ctx       context.Context
	transport *transport
	call      call
	meter     *meter

	body    io.ReadCloser // of the present answer; nil before the first and after one that broke off
	broken  error         // why there is none, after the first
	repeats int
	read    int64  // bytes handed out
	total   int64  // of the whole; -1 is not known
	etag    string // of the first answer

	// faithful: all that was read came in one answer that says where it ends and does not call itself something else. Only then is what
	// is wrong with the content not the fault of what lies between.
	faithful bool
}

func (t *transport) download(ctx context.Context, c call, m *meter) *download {
	c.ranged = true
	c.want = []int{http.StatusOK, http.StatusPartialContent}
	return &download{ctx: ctx, transport: t, call: c, meter: m, total: -1}
}

// Read reads on, if need be in another answer.
func (d *download) Read(p []byte) (int, error) {
	if d.body == nil {
		if err := d.connect(); err != nil {
			return 0, err
		}
	}
	n, err := d.body.Read(p)
	d.read += int64(n)
	d.meter.add(int64(n))
	switch {
	case d.read > d.call.limit:
		return n, d.tooLong("more")
	case err != nil && d.read == d.total, err == io.EOF && d.total < 0: // an error behind the last byte is none
		d.meter.end()
		return n, io.EOF
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		d.breakOff(err)
	}
	return n, nil
}

func (d *download) tooLong(found any) error {
	return fmt.Errorf("%s: expected an answer of at most %d bytes, found %v", d.call, d.call.limit, found)
}

// breakOff gives the present answer up. The next Read goes on from here.
func (d *download) breakOff(err error) {
	d.broken = &brokenError{d.call.String(), err}
	_ = d.Close()
	d.body = nil
}

// connect asks for the whole or for the rest.
func (d *download) connect() error {
	if d.broken != nil {
		if !d.transport.again(d.ctx, d.repeats, d.broken) {
			return d.broken
		}
		d.repeats++
	}
	d.call.from = d.read
	if d.read > 0 {
		d.call.want = []int{http.StatusOK, http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable}
	}
	err := d.transport.persist(d.ctx, d.call, &d.repeats, func(token string) error {
		response, err := d.transport.ask(d.ctx, d.call, token)
		if err != nil {
			return err
		}
		if err := d.accept(response); err != nil {
			_ = response.Body.Close()
			return err
		}
		d.body = response.Body
		return nil
	})
	if d.broken != nil && errors.Is(err, ErrNotFound) {
		return &brokenError{d.call.String(), fmt.Errorf("what broke off cannot be found any more: %v", err)} // it was there: not ErrNotFound
	}
	return err
}

// accept makes sure that an answer goes on where the last one broke off, with the same thing.
func (d *download) accept(response *http.Response) error {
	if response.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return d.acceptEnd(response)
	}
	first, total, err := extent(response)
	if err != nil {
		return fmt.Errorf("%s: %w", d.call, err)
	}
	if total > d.call.limit {
		return d.tooLong(total)
	}
	d.faithful = d.broken == nil && response.StatusCode == http.StatusOK && plain(response) && framed(response)
	etag := response.Header.Get("ETag")
	switch {
	case d.broken == nil:
		d.etag = etag
	case etag != "" && d.etag != "" && etag != d.etag, total >= 0 && d.total >= 0 && total != d.total:
		return d.changed()
	}
	if first != d.read && response.StatusCode == http.StatusPartialContent {
		return fmt.Errorf("%s: asked for the bytes from %d on, got those from %d on", d.call, d.read, first)
	}
	if total >= 0 {
		d.total = total
		d.meter.expect(total)
	}
	d.meter.begin()
	return d.skip(response.Body, d.read-first)
}

func (d *download) changed() error {
	return fmt.Errorf("%s: the content changed while it was fetched", d.call)
}

// acceptEnd takes the answer that there is nothing behind what was read (RFC 9110 15.5.17): the last answer broke off at its very end,
// and had not said that it was.
func (d *download) acceptEnd(response *http.Response) error {
	if response.Header.Get("Content-Range") != fmt.Sprintf("bytes */%d", d.read) {
		return d.changed()
	}
	d.total = d.read
	_ = response.Body.Close()
	response.Body = http.NoBody
	return nil
}

// plain reports whether an answer is the bytes of something, not a page or a problem about it, and not coded in a way that nobody asked
// for. Services that do not say application/jose leave it open (RFC 9110 8.3): anything else names another thing.
func plain(response *http.Response) bool {
	kind, _, err := mime.ParseMediaType(first(response.Header.Get("Content-Type"), octets))
	return err == nil && (kind == jose || kind == octets) && first(response.Header.Get("Content-Encoding"), identity) == identity
}

// framed reports whether an answer that is cut off can be told from one that ends: not if it ends with its connection.
func framed(response *http.Response) bool {
	return response.ContentLength >= 0 || response.ProtoMajor > 1 || len(response.TransferEncoding) > 0
}

// skip reads what was read before.
func (d *download) skip(body io.Reader, n int64) error {
	if _, err := io.CopyN(io.Discard, body, n); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return &brokenError{d.call.String(), err}
	}
	return nil
}

// Close ends the present answer.
func (d *download) Close() error {
	if d.body == nil {
		return nil
	}
	return d.body.Close()
}

// extent tells which byte an answer begins with, and how long the whole is; -1 if it does not say.
func extent(response *http.Response) (first, total int64, err error) {
	if response.StatusCode != http.StatusPartialContent {
		return 0, response.ContentLength, nil
	}
	text := response.Header.Get("Content-Range")
	bounds, ok := strings.CutPrefix(text, "bytes ")
	bounds, size, slash := strings.Cut(bounds, "/")
	begin, _, dash := strings.Cut(bounds, "-")
	first, err = strconv.ParseInt(begin, 10, 64)
	if !ok || !slash || !dash || err != nil || first < 0 {
		return 0, 0, fmt.Errorf("expected a Content-Range, found %.80q", text)
	}
	if size == "*" {
		return first, -1, nil
	}
	if total, err = strconv.ParseInt(size, 10, 64); err != nil || total < first {
		return 0, 0, fmt.Errorf("expected a Content-Range, found %.80q", text)
	}
	return first, total, nil
}
