package client_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// cutter answers downloads of attachments and breaks off as told.
type cutter struct {
	t      *testing.T
	ranges []string // asked for, "" for all
	serve  func(c *cutter, w http.ResponseWriter, from int, sealed string)
}

func (c *cutter) before(b *broker) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/attachments/") {
			return false
		}
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			c.t.Errorf("Accept-Encoding: %q, want identity", got)
		}
		text := r.Header.Get("Range")
		from, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(text, "bytes="), "-"))
		c.ranges = append(c.ranges, text)
		c.serve(c, w, from, b.sealed[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]])
		return true
	}
}

// part answers with the bytes from there on.
func part(w http.ResponseWriter, from int, sealed, total string) {
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%s", from, len(sealed)-1, total))
	w.Header().Set("Content-Length", strconv.Itoa(len(sealed)-from))
	w.WriteHeader(http.StatusPartialContent)
}

// broken writes a piece and cuts the connection.
func broken(w http.ResponseWriter, piece string) {
	_, _ = io.WriteString(w, piece)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func TestDownloadGoesOn(t *testing.T) {
	t.Parallel()
	const step = 100_000
	key := as(t, destinationPair, keys.Encryption, "destination-wrapKey").Public
	behind := fmt.Sprintf("bytes=%d-", seal.SealedSize(key, "application/pdf", 360_000))
	for _, tc := range []struct {
		name   string
		serve  func(c *cutter, w http.ResponseWriter, from int, sealed string)
		ranges []string // that are asked for
		reason string   // "" if it comes to a good end
	}{
		{"at once", func(_ *cutter, w http.ResponseWriter, _ int, sealed string) { _, _ = io.WriteString(w, sealed) }, []string{""}, ""},
		{"cut three times", func(c *cutter, w http.ResponseWriter, from int, sealed string) {
			part(w, from, sealed, strconv.Itoa(len(sealed)))
			if len(c.ranges) < 4 {
				broken(w, sealed[from:from+step])
			}
			_, _ = io.WriteString(w, sealed[from:])
		}, []string{"", "bytes=100000-", "bytes=200000-", "bytes=300000-"}, ""},
		{"cut once too often", func(_ *cutter, w http.ResponseWriter, from int, sealed string) {
			part(w, from, sealed, strconv.Itoa(len(sealed)))
			broken(w, sealed[from:from+step])
		}, []string{"", "bytes=100000-", "bytes=200000-", "bytes=300000-"}, "EOF"},
		{"cut and busy", func(c *cutter, w http.ResponseWriter, from int, sealed string) {
			if len(c.ranges) == 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			part(w, from, sealed, "*")
			if len(c.ranges) < 2 {
				broken(w, sealed[from:from+step])
			}
			_, _ = io.WriteString(w, sealed[from:])
		}, []string{"", "bytes=100000-", "bytes=100000-"}, ""},
		{"sent from the start again", func(c *cutter, w http.ResponseWriter, _ int, sealed string) {
			w.Header().Set("Content-Length", strconv.Itoa(len(sealed)))
			if len(c.ranges) < 3 {
				broken(w, sealed[:step*len(c.ranges)])
			}
			_, _ = io.WriteString(w, sealed)
		}, []string{"", "bytes=100000-", "bytes=200000-"}, ""},
		{"cut while skipping", func(c *cutter, w http.ResponseWriter, _ int, sealed string) {
			w.Header().Set("Content-Length", strconv.Itoa(len(sealed)))
			if len(c.ranges) < 3 {
				broken(w, sealed[:step/len(c.ranges)])
			}
			_, _ = io.WriteString(w, sealed)
		}, []string{"", "bytes=100000-", "bytes=100000-"}, ""},
		{"without a length", func(c *cutter, w http.ResponseWriter, from int, sealed string) {
			if len(c.ranges) < 2 {
				broken(w, sealed[:step])
			}
			part(w, from, sealed, "*")
			_, _ = io.WriteString(w, sealed[from:])
		}, []string{"", "bytes=100000-"}, ""},
		{"goes on elsewhere", func(c *cutter, w http.ResponseWriter, from int, sealed string) {
			if len(c.ranges) < 2 {
				w.Header().Set("Content-Length", strconv.Itoa(len(sealed)))
				broken(w, sealed[:step])
			}
			part(w, from-1, sealed, strconv.Itoa(len(sealed)))
			_, _ = io.WriteString(w, sealed[from-1:])
		}, []string{"", "bytes=100000-"}, "from 99999 on"},
		{"goes on with something longer", func(c *cutter, w http.ResponseWriter, from int, sealed string) {
			if len(c.ranges) < 2 {
				w.Header().Set("Content-Length", strconv.Itoa(len(sealed)))
				broken(w, sealed[:step])
			}
			part(w, from, sealed, strconv.Itoa(len(sealed)+1))
		}, []string{"", "bytes=100000-"}, "changed"},
		{"goes on with something else", func(c *cutter, w http.ResponseWriter, from int, sealed string) {
			w.Header().Set("ETag", strconv.Quote(strconv.Itoa(len(c.ranges))))
			part(w, from, sealed, strconv.Itoa(len(sealed)))
			broken(w, sealed[from:from+step])
		}, []string{"", "bytes=100000-"}, "changed"},
		{"without Content-Range", func(c *cutter, w http.ResponseWriter, _ int, sealed string) {
			if len(c.ranges) < 2 {
				w.Header().Set("Content-Length", strconv.Itoa(len(sealed)))
				broken(w, sealed[:step])
			}
			w.WriteHeader(http.StatusPartialContent)
		}, []string{"", "bytes=100000-"}, "Content-Range"},
		{"cut at the very end", func(c *cutter, w http.ResponseWriter, _ int, sealed string) {
			if len(c.ranges) < 2 {
				broken(w, sealed)
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", len(sealed)))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		}, []string{"", behind}, ""},
		{"cut at what was the end", func(c *cutter, w http.ResponseWriter, _ int, sealed string) {
			if len(c.ranges) < 2 {
				broken(w, sealed)
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", len(sealed)-1))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		}, []string{"", behind}, "changed"},
		{"cut behind the known end", func(_ *cutter, w http.ResponseWriter, _ int, sealed string) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(sealed)-1, len(sealed)))
			w.WriteHeader(http.StatusPartialContent)
			broken(w, sealed)
		}, []string{""}, ""},
		{"nothing there at all", func(_ *cutter, w http.ResponseWriter, _ int, _ string) {
			w.Header().Set("Content-Range", "bytes */0")
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		}, []string{""}, "416"},
		{"gone when it shall go on", func(c *cutter, w http.ResponseWriter, _ int, sealed string) {
			if len(c.ranges) < 2 {
				w.Header().Set("Content-Length", strconv.Itoa(len(sealed)))
				broken(w, sealed[:step])
			}
			http.Error(w, "404 page not found", http.StatusNotFound)
		}, []string{"", "bytes=100000-"}, "cannot be found any more"},
		{"too long", func(_ *cutter, w http.ResponseWriter, _ int, _ string) { w.Header().Set("Content-Length", "600000000") }, []string{""}, "at most"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			plain := bytes.Repeat([]byte("antrag"), 60_000) // 360,000 bytes
			receipt := send(t, b, attached(client.Bytes(plain)))
			c := &cutter{t: t, serve: tc.serve}
			b.change(func() { b.before = c.before(b) })
			fetched, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
			var reject *client.RejectError
			switch {
			case tc.reason == "" && err != nil:
				t.Errorf("Fetch: %v, want none", err)
			case tc.reason == "" && content(t, fetched.Attachments[0]) != string(plain):
				t.Error("fetched something else than was sent")
			case tc.reason != "" && (err == nil || !strings.Contains(err.Error(), tc.reason) || errors.As(err, &reject)):
				t.Errorf("Fetch: %v, want the reason %q and no rejection", err, tc.reason)
			}
			b.change(func() {
				if fmt.Sprint(c.ranges) != fmt.Sprint(tc.ranges) {
					t.Errorf("asked for %q, want %q", c.ranges, tc.ranges)
				}
			})
			if err != nil {
				expectEmpty(t, b.scratch)
			}
		})
	}
}

// TestDownloadIsNotTheSendersFault: only for what came in one piece, whole and by its name the sender is blamed.
func TestDownloadIsNotTheSendersFault(t *testing.T) {
	t.Parallel()
	foreign, err := seal.Seal(as(t, servicePair, keys.Encryption, "foreign-wrapKey").Public, "", make([]byte, 300_000))
	if err != nil {
		t.Fatal(err)
	}
	says := func(header, value, body string) func(*cutter, http.ResponseWriter, int, string) {
		return func(_ *cutter, w http.ResponseWriter, _ int, sealed string) {
			w.Header()[header] = nil
			if value != "" {
				w.Header().Set(header, value)
			}
			_, _ = io.WriteString(w, first(body, flip(sealed)))
		}
	}
	inTwo := func(body string) func(*cutter, http.ResponseWriter, int, string) {
		return func(c *cutter, w http.ResponseWriter, from int, sealed string) {
			w.Header().Set("Content-Type", "application/jose")
			if len(c.ranges) == 1 {
				broken(w, first(body, sealed)[:100_000])
			}
			part(w, from, first(body, flip(sealed)), "*")
			_, _ = io.WriteString(w, first(body, flip(sealed))[from:])
		}
	}
	for _, tc := range []struct {
		name   string
		serve  func(c *cutter, w http.ResponseWriter, from int, sealed string)
		blamed bool
	}{
		{"as the contract has it", says("Content-Type", "application/jose; charset=us-ascii", ""), true},
		{"as bytes", says("Content-Type", "application/octet-stream", ""), true},
		{"without a type", says("Content-Type", "", ""), true},
		{"not coded", says("Content-Encoding", "identity", ""), true},
		{"page of a proxy", says("Content-Type", "text/html", "<html>Maintenance</html>"), false},
		{"problem", says("Content-Type", "application/problem+json", "{}"), false},
		{"no media type", says("Content-Type", ";", ""), false},
		{"packed", func(_ *cutter, w http.ResponseWriter, _ int, sealed string) {
			w.Header().Set("Content-Type", "application/jose")
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			_, _ = io.WriteString(packed, sealed)
			_ = packed.Close()
		}, false},
		{"ends with its connection", func(c *cutter, w http.ResponseWriter, _ int, sealed string) {
			conn, out, err := http.NewResponseController(w).Hijack()
			if err != nil {
				c.t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: application/jose\r\nConnection: close\r\n\r\n%s", sealed[:100_000])
			_ = out.Flush()
		}, false},
		{"a part that nobody asked for", func(_ *cutter, w http.ResponseWriter, _ int, sealed string) {
			w.Header().Set("Content-Type", "application/jose")
			part(w, 0, sealed[:100_000], "*")
			_, _ = io.WriteString(w, sealed[:100_000])
		}, false},
		{"of two different bodies", inTwo(""), false},
		{"sealed to a foreign key", says("Content-Type", "application/jose", foreign), true},
		{"sealed to a foreign key, in two answers", inTwo(foreign), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			receipt := send(t, b, attached(client.Bytes(make([]byte, 300_000))))
			c := &cutter{t: t, serve: tc.serve}
			b.change(func() { b.before = c.before(b) })
			_, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
			var reject *client.RejectError
			if blamed := errors.As(err, &reject); err == nil || blamed != tc.blamed || client.Retryable(err) == tc.blamed {
				t.Errorf("Fetch: %v (worth repeating: %v), want a rejection: %v", err, client.Retryable(err), tc.blamed)
			}
			expectEmpty(t, b.scratch)
		})
	}
}

// first returns the first text that is not empty.
func first(texts ...string) string { return cmp.Or(texts...) }

func expectEmpty(t *testing.T, folder string) {
	t.Helper()
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("%s holds %v, %v; want nothing", folder, entries, err)
	}
}

// TestDownloadPauses as any other call does, with what the service asks for.
func TestDownloadPauses(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, attached(client.Bytes(make([]byte, 100_000))))
	c := &cutter{t: t, serve: func(c *cutter, w http.ResponseWriter, from int, sealed string) {
		switch len(c.ranges) {
		case 1:
			w.Header().Set("Content-Length", strconv.Itoa(len(sealed)))
			broken(w, sealed[:1000])
		case 2:
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			part(w, from, sealed, strconv.Itoa(len(sealed)))
			_, _ = io.WriteString(w, sealed[from:])
		}
	}}
	b.change(func() { b.before = c.before(b) })
	config := b.config()
	var waits []time.Duration
	config.Wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	subscriber := b.subscriberOf(config)
	if _, err := subscriber.Fetch(context.Background(), receipt.SubmissionID); err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	if len(waits) != 2 || waits[0] > time.Second || waits[1] < 9*time.Second {
		t.Errorf("waited %s, want half a second and nine", waits)
	}
}

// TestScratch: the plaintext lies where it was told to, for this user only, until it is closed, and nothing else holds on to it.
func TestScratch(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBroker(t)
	receipt := send(t, b, application())
	subscriber := b.subscriber()
	fetched, err := subscriber.Fetch(ctx, receipt.SubmissionID)
	if err != nil {
		t.Fatal(err)
	}
	first := fetched.Attachments[0].Path
	folder := filepath.Dir(first)
	if filepath.Dir(folder) != b.scratch {
		t.Errorf("attachment at %s, want it below %s", first, b.scratch)
	}
	for path, want := range map[string]fs.FileMode{folder: 0o700 | fs.ModeDir, first: 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.Rename(first, kept); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := fetched.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	expectEmpty(t, b.scratch)
	if plain, err := os.ReadFile(kept); err != nil || string(plain) != "%PDF-1.4 antrag" {
		t.Errorf("what was moved away is %q, %v", plain, err)
	}
	if err := subscriber.Accept(ctx, fetched); err != nil {
		t.Errorf("Accept after Close: %v", err)
	}
}

// TestScratchIsOfNoUse: a place that cannot be written to is nobody's fault but the receiver's.
func TestScratchIsOfNoUse(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, application())
	config := b.config()
	config.Scratch = filepath.Join(b.scratch, "missing")
	_, err := b.subscriberOf(config).Fetch(context.Background(), receipt.SubmissionID)
	var reject *client.RejectError
	if !errors.Is(err, fs.ErrNotExist) || errors.As(err, &reject) || !strings.Contains(err.Error(), config.Scratch) {
		t.Errorf("Fetch: %v, want an error about %s", err, config.Scratch)
	}
}

// TestAttachmentSealedToAnotherKey: which key it was does not keep its tag from being compared.
func TestAttachmentSealedToAnotherKey(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		kid       string // instead of "other-wrapKey"
		published bool   // the key is one of the destination's
		logged    bool   // the tag is that of the submit event
		code      client.Code
	}{
		{"foreign", "", false, true, client.EncryptionIssue},
		{"not at hand", "", true, true, ""},
		{"not at hand, by its thumbprint", as(t, servicePair, keys.Encryption, "").Thumbprint(), true, true, ""},
		{"foreign, by what is none", strings.Repeat("x", 43), false, true, client.EncryptionIssue},
		{"foreign and exchanged", "", false, false, client.IncorrectAuthenticationTag},
		{"not at hand and exchanged", "", true, false, client.IncorrectAuthenticationTag},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			receipt := send(t, b, application())
			s := submission{b, b.submissions[string(receipt.SubmissionID)]}
			b.change(func() {
				other := as(t, servicePair, "enc", "other-wrapKey").Public
				if tc.published {
					b.jwks[other.KID] = other
				}
				other.KID = first(tc.kid, other.KID)
				jwe, err := seal.Seal(other, "", make([]byte, 300_000))
				if err != nil {
					t.Fatal(err)
				}
				s.sealed[s.attachment(1)] = jwe
				if tc.logged {
					s.sound()
				}
			})
			_, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
			var (
				reject  *client.RejectError
				missing *client.MissingKeyError
			)
			if tc.code == "" {
				if !errors.As(err, &missing) || missing.KID != first(tc.kid, "other-wrapKey") {
					t.Errorf("Fetch: %v, want a MissingKeyError", err)
				}
			} else if !errors.As(err, &reject) || !has(reject.Problems, tc.code, client.InAttachment(client.AttachmentID(s.attachment(1)))) {
				t.Errorf("Fetch: %v, want %s", err, tc.code)
			}
			expectEmpty(t, b.scratch)
		})
	}
}
