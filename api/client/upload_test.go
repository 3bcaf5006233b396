package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vierkant/vierkant/api/client"
)

// attached is an application with one attachment of its own.
func attached(open func() (io.ReadCloser, error)) client.Application {
	a := application()
	a.Attachments = []client.Attachment{{Filename: "antrag.pdf", MIMEType: "application/pdf", Open: open}}
	return a
}

func isUpload(r *http.Request) bool {
	return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/attachments/")
}

// TestUploadIsRepeated: each attempt is sealed anew, and the receipt has the tag of the one that succeeded.
func TestUploadIsRepeated(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	plain := bytes.Repeat([]byte("antrag"), 50_000)
	var bodies []string
	refusals := []func(http.ResponseWriter, string){
		func(w http.ResponseWriter, body string) { bodies = append(bodies, body); w.WriteHeader(503) },
		func(w http.ResponseWriter, _ string) { w.Header().Set("Retry-After", "1"); w.WriteHeader(429) },
		func(_ http.ResponseWriter, body string) { bodies = append(bodies, body); panic(http.ErrAbortHandler) },
	}
	b.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !isUpload(r) || len(refusals) == 0 {
			return false
		}
		refuse := refusals[0]
		refusals = refusals[1:]
		body := ""
		if len(refusals) != 1 { // the 429 comes before anything was read
			body = b.body(r)
		}
		refuse(w, body)
		return true
	}
	receipt := send(t, b, attached(client.Bytes(plain)))
	id := b.submissions[string(receipt.SubmissionID)].Attachments[0]
	bodies = append(bodies, b.sealed[id])
	for i, one := range bodies {
		for _, other := range bodies[:i] {
			if strings.Split(one, ".")[1] == strings.Split(other, ".")[1] || tagOf(one) == tagOf(other) || len(one) != len(other) {
				t.Errorf("attempts share their content key or tag, or differ in length")
			}
		}
	}
	if got, want := receipt.Tags.Attachments[id], tagOf(b.sealed[id]); got != want || len(bodies) != 3 {
		t.Errorf("receipt has the tag %s, want %s of the last of 3 attempts", got, want)
	}
	fetched, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
	if err != nil || content(t, fetched.Attachments[0]) != string(plain) {
		t.Errorf("Fetch: %v, want what was sent", err)
	}
}

// TestUploadIsRefused hands the service's wish to the caller.
func TestUploadIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		answer    http.HandlerFunc
		retryable bool
		uploads   int
	}{
		{"busy for long", status(503, "Retry-After", "3600"), true, 1},
		{"too many for long", status(429, "Retry-After", "3600"), true, 1},
		{"too large", status(413), false, 1},
		{"always broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			b.before = func(w http.ResponseWriter, r *http.Request) bool {
				if isUpload(r) {
					tc.answer(w, r)
				}
				return isUpload(r)
			}
			_, err := b.client().Sender().Send(context.Background(), attached(client.Bytes([]byte("x"))))
			if err == nil || client.Retryable(err) != tc.retryable || !strings.Contains(err.Error(), "antrag.pdf") {
				t.Errorf("Send: %v, want one about the attachment, worth repeating: %v", err, tc.retryable)
			}
			var problem *client.Problem
			if errors.As(err, &problem) && tc.retryable && problem.RetryAfter.Seconds() != 3600 {
				t.Errorf("RetryAfter = %s, want an hour", problem.RetryAfter)
			}
			if got := b.count("PUT "); got != tc.uploads {
				t.Errorf("%d uploads, want %d", got, tc.uploads)
			}
		})
	}
}

// TestUploadIsAborted: what cannot be read again as it was is not sent under the hash of the first time, and never gets a tag.
func TestUploadIsAborted(t *testing.T) {
	t.Parallel()
	plain := strings.Repeat("antrag", 50_000)
	broken := errors.New("disk is broken")
	for _, tc := range []struct {
		name   string
		second func() io.Reader
		want   string
	}{
		{"changed", func() io.Reader { return strings.NewReader(plain[1:] + "x") }, "changed"},
		{"shorter", func() io.Reader { return strings.NewReader(plain[1:]) }, "changed"},
		{"longer", func() io.Reader { return strings.NewReader(plain + "x") }, "changed"},
		{"empty", func() io.Reader { return strings.NewReader("") }, "changed"},
		{"cannot be read", func() io.Reader { return io.MultiReader(strings.NewReader(plain[:200_000]), failing{broken}) }, "disk is broken"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			whole := false
			b.before = func(w http.ResponseWriter, r *http.Request) bool {
				if isUpload(r) {
					body := b.body(r)
					whole = whole || int64(len(body)) == r.ContentLength
					w.WriteHeader(http.StatusNoContent)
				}
				return isUpload(r)
			}
			var opened atomic.Int32
			open := func() (io.ReadCloser, error) {
				if opened.Add(1) == 1 {
					return io.NopCloser(strings.NewReader(plain)), nil
				}
				return io.NopCloser(tc.second()), nil
			}
			_, err := b.client().Sender().Send(context.Background(), attached(open))
			if err == nil || !strings.Contains(err.Error(), tc.want) || client.Retryable(err) {
				t.Errorf("Send: %v, want %q and nothing worth repeating", err, tc.want)
			}
			b.change(func() {
				if whole {
					t.Error("the service got a whole JWE")
				}
			})
			if got := opened.Load(); got != 2 {
				t.Errorf("opened %d times, want twice: there is nothing to repeat", got)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestUploadIsAnsweredTooEarly: a success before everything arrived is none.
func TestUploadIsAnsweredTooEarly(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.before = func(w http.ResponseWriter, r *http.Request) bool {
		if isUpload(r) {
			w.WriteHeader(http.StatusNoContent)
		}
		return isUpload(r)
	}
	if receipt, err := b.client().Sender().Send(context.Background(), attached(client.Bytes(make([]byte, 32<<20)))); err == nil {
		t.Errorf("Send = %v, want an error", receipt)
	}
}

// watched tells whether it was closed, and complains when it is read or closed again after that.
type watched struct {
	io.Reader
	t    *testing.T
	open *atomic.Int32 // of those that were opened
	busy *atomic.Bool  // is read or closed
	once *atomic.Bool  // was closed
}

func (w watched) Read(p []byte) (int, error) {
	defer w.use()()
	if w.once.Load() {
		w.t.Error("read after it was closed")
	}
	return w.Reader.Read(p)
}

func (w watched) Close() error {
	defer w.use()()
	if w.once.Swap(true) {
		w.t.Error("closed twice")
	}
	w.open.Add(-1)
	return nil
}

func (w watched) use() func() {
	if w.busy.Swap(true) {
		w.t.Error("read and closed at once")
	}
	return func() { w.busy.Store(false) }
}

// endless gives zeros.
type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestContentIsClosed when Send returns, however it does: whoever gave it may delete it then.
func TestContentIsClosed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc // nil: as it should be
		ok     bool
	}{
		{"sent", nil, true},
		{"refused before it was read", status(413), false},
		{"busy before it was read", status(503), false},
		{"taken before it was read", status(204), false},
		{"broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			b.before = func(w http.ResponseWriter, r *http.Request) bool {
				if tc.answer == nil || !isUpload(r) {
					return false
				}
				tc.answer(w, r)
				return true
			}
			var opened, open atomic.Int32
			_, err := b.client().Sender().Send(context.Background(), attached(func() (io.ReadCloser, error) {
				opened.Add(1)
				open.Add(1)
				return watched{io.LimitReader(endless{}, 16<<20), t, &open, new(atomic.Bool), new(atomic.Bool)}, nil
			}))
			if left := open.Load(); left != 0 || opened.Load() < 2 || (err == nil) != tc.ok {
				t.Errorf("Send: %v, want success: %v; %d of %d contents are open", err, tc.ok, left, opened.Load())
			}
		})
	}
}

// TestHashingIsCancelled: a large file is not read to its end before anything is sent.
func TestHashingIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	open := func() (io.ReadCloser, error) {
		cancel()
		return io.NopCloser(endless{}), nil
	}
	if _, err := newBroker(t).client().Sender().Send(ctx, attached(open)); !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrInvalid) {
		t.Errorf("Send: %v, want that it was cancelled", err)
	}
}

// TestContentCannotBeRead: that says nothing about the application.
func TestContentCannotBeRead(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk is broken")
	for _, tc := range []struct {
		open func() (io.ReadCloser, error)
		want error
	}{
		{client.File(filepath.Join(t.TempDir(), "missing")), fs.ErrNotExist},
		{func() (io.ReadCloser, error) { return nil, fs.ErrPermission }, fs.ErrPermission},
		{func() (io.ReadCloser, error) { return io.NopCloser(failing{broken}), nil }, broken},
	} {
		_, err := newBroker(t).client().Sender().Send(context.Background(), attached(tc.open))
		if !errors.Is(err, tc.want) || errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), "antrag.pdf") {
			t.Errorf("Send: %v, want %v about the attachment, and not ErrInvalid", err, tc.want)
		}
	}
}

// TestFragments goes both ways with attachments around the borders of fragments. No fragment is empty.
func TestFragments(t *testing.T) {
	t.Parallel()
	const size = 1000
	b := newBroker(t)
	config := b.config()
	config.FragmentSize = size
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		length, uploads int
		seek            bool
	}{
		{0, 1, true}, {1, 1, true}, {size - 1, 1, true}, {size, 1, true}, {size + 1, 2, true}, {2 * size, 2, true}, {2*size + 1, 3, true},
		{7*size + 500, 8, true}, {7*size + 500, 8, false}, {3 * size, 3, false},
	} {
		t.Run(fmt.Sprint(tc.length, tc.seek), func(t *testing.T) {
			t.Parallel()
			plain := strings.Repeat("0123456789abcdef", 500)[:tc.length]
			open := client.Bytes([]byte(plain))
			if !tc.seek {
				open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(plain)), nil }
			}
			a := attached(open)
			a.Attachments = append(a.Attachments, application().Attachments[0])
			receipt, err := c.Sender().Send(context.Background(), a)
			if err != nil {
				t.Fatalf("Send: %v", err)
			}
			if got := len(receipt.Tags.Attachments); got != tc.uploads+1 {
				t.Errorf("%d uploads, want %d and one for the other attachment", got, tc.uploads)
			}
			fetched, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
			if err != nil {
				t.Fatalf("Fetch: %v", err)
			}
			got := fetched.Attachments[0]
			if content(t, got) != plain || got.Size != int64(len(plain)) || len(fetched.Attachments) != 2 {
				t.Errorf("fetched %d attachments, the first of %d bytes; want 2 and what was sent", len(fetched.Attachments), got.Size)
			}
			fragments := tc.uploads
			if tc.uploads == 1 {
				fragments = 0
			}
			if len(got.Fragments) != fragments || receipt.Tags.Attachments[string(got.ID)] == "" != (fragments > 0) {
				t.Errorf("attachment %s has the fragments %q, want %d under other ids", got.ID, got.Fragments, fragments)
			}
			entries, err := os.ReadDir(strings.TrimSuffix(got.Path, "/0"))
			if err != nil || len(entries) != 2 {
				t.Errorf("the folder holds %v, %v; want two files", entries, err)
			}
		})
	}
}

// TestFragmentsAreChecked: each is held against what was hashed of it, and the limit of attachments is one of uploads.
func TestFragmentsAreChecked(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	config := b.config()
	config.FragmentSize = 10
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var opened atomic.Int32
	changing := func() (io.ReadCloser, error) {
		plain := []byte("0123456789 123456789 123456789")
		if opened.Add(1) > 1 {
			plain[15] = 'x'
		}
		return io.NopCloser(bytes.NewReader(plain)), nil
	}
	if _, err := c.Sender().Send(context.Background(), attached(changing)); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("Send of what changes: %v, want an error about it", err)
	}
	before := b.count("POST /submission-api")
	for length, reason := range map[int]string{991: "found 102", 1001: "found 103", 100_000: "100 fragments"} {
		a := attached(client.Bytes(make([]byte, length)))
		a.Attachments = append(a.Attachments, application().Attachments[0]) // two fragments more
		_, err = c.Sender().Send(context.Background(), a)
		if !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), reason) {
			t.Errorf("Send of %d bytes: %v, want ErrInvalid and %q", length, err, reason)
		}
	}
	if got := b.count("POST /submission-api"); got != before {
		t.Error("it was announced")
	}
}
