package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

// TestSendChecksFirst: what is wrong with an application is said before anything reaches the service.
func TestSendChecksFirst(t *testing.T) {
	t.Parallel()
	failing := func() (io.ReadCloser, error) { return nil, os.ErrNotExist }
	for _, tc := range []struct {
		name   string
		change func(a *client.Application, b *broker)
		want   error
		reason string
	}{
		{"service is a key", func(a *client.Application, _ *broker) { a.Service = serviceKey }, client.ErrInvalid, "URN"},
		{"case is no id", func(a *client.Application, _ *broker) { a.Case = "x" }, client.ErrInvalid, "UUID"},
		{"region is none", func(a *client.Application, _ *broker) { a.Region = "05515" }, client.ErrInvalid, "DE"},
		{"data are no JSON", func(a *client.Application, _ *broker) { a.Data.Content = []byte("{") }, client.ErrInvalid, "JSON"},
		{"data are no XML", func(a *client.Application, _ *broker) { a.Data.MIMEType = "application/xml" }, client.ErrInvalid, "XML"},
		{"data are a PDF", func(a *client.Application, _ *broker) { a.Data.MIMEType = "application/pdf" }, client.ErrInvalid, "application/json"},
		{"too many attachments", func(a *client.Application, _ *broker) { a.Attachments = make([]client.Attachment, 101) }, client.ErrInvalid, "100"},
		{"attachment without content", func(a *client.Application, _ *broker) { a.Attachments[0].Open = nil }, client.ErrInvalid, "Open"},
		{"attachment cannot be read", func(a *client.Application, _ *broker) { a.Attachments[1].Open = failing }, os.ErrNotExist, "ausweis.png"},
		{"attachment named like a path", func(a *client.Application, _ *broker) { a.Attachments[0].Filename = "../antrag.pdf" }, client.ErrInvalid, "path"},
		{"attachment without type", func(a *client.Application, _ *broker) { a.Attachments[0].MIMEType = "" }, client.ErrInvalid, "mimeType"},
		{"unknown purpose", func(a *client.Application, _ *broker) { a.Attachments[0].Purpose = "fun" }, client.ErrInvalid, "purpose"},
		{"two reply channels", func(a *client.Application, _ *broker) {
			a.ReplyChannel = &client.ReplyChannel{DeMail: &client.DeMail{Address: "a@b.example"}, EMail: &client.EMail{Address: "a@b.example"}}
		}, client.ErrInvalid, "replyChannel"},
		{"reply key for signatures", func(a *client.Application, b *broker) { a.ReplyChannel = client.ReplyTo(b.keys.service.Public) }, client.ErrInvalid, "service-verify"},
		{"destination is inactive", func(_ *client.Application, b *broker) { b.destination.Status = "inactive" }, client.ErrNotOffered, "inactive"},
		{"service not offered", func(a *client.Application, _ *broker) { a.Service += "1" }, client.ErrNotOffered, "service"},
		{"region not offered", func(a *client.Application, _ *broker) { a.Region = "DE09" }, client.ErrNotOffered, "DE09"},
		{"schema not offered", func(a *client.Application, _ *broker) { a.Data.SchemaURI = schemaXML }, client.ErrNotOffered, "schema"},
		{"metadata version not offered", func(_ *client.Application, b *broker) { b.destination.MetadataVersions = []string{"1.0.0"} }, client.ErrNotOffered, "2.1.0"},
		{"reply channel not offered", func(a *client.Application, b *broker) {
			a.ReplyChannel = &client.ReplyChannel{EMail: &client.EMail{Address: "a@b.example"}}
			b.destination.ReplyChannels = &wire.ReplyChannels{DeMail: []byte("{}")}
		}, client.ErrNotOffered, "eMail"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			a := application()
			tc.change(&a, b)
			_, err := b.client().Sender().Send(context.Background(), a)
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.reason) {
				t.Errorf("Send: %v, want %v with the reason %q", err, tc.want, tc.reason)
			}
			if n := b.count("POST /submission-api"); n > 0 {
				t.Errorf("%d announcements, want none", n)
			}
		})
	}
}

// TestSendNoticesChange: an attachment that is not the same the second time is not sent under the first one's hash.
func TestSendNoticesChange(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	var opened atomic.Int32
	a := application()
	a.Attachments[0].Open = func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader([]byte{byte(opened.Add(1))})), nil
	}
	if _, err := b.client().Sender().Send(context.Background(), a); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("Send: %v, want an error about the change", err)
	}
}

func TestSendFile(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	path := filepath.Join(t.TempDir(), "antrag.pdf")
	if err := os.WriteFile(path, []byte("%PDF-1.4 file"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := application()
	a.Attachments = []client.Attachment{{Filename: "antrag.pdf", MIMEType: "application/pdf", Open: client.File(path)}}
	receipt := send(t, b, a)
	fetched, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
	if err != nil || content(t, fetched.Attachments[0]) != "%PDF-1.4 file" {
		t.Errorf("Fetch: %v, want the file", err)
	}
}

// lose lets the broker do its work and loses the answer, as often as told.
func (b *broker) lose(method, part string, times int) {
	done := 0
	b.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || !strings.Contains(r.URL.Path, part) || done == times {
			return false
		}
		done++
		b.handlerFor(r)
		panic(http.ErrAbortHandler)
	}
}

// handlerFor does what a submit does, for an answer that will be lost.
func (b *broker) handlerFor(r *http.Request) {
	discard := &discarded{header: http.Header{}}
	switch parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/submission-api/v2/"), "/"); {
	case r.Method == http.MethodPut && len(parts) == 2:
		r.SetPathValue("id", parts[1])
		b.submit(discard, r)
	case r.Method == http.MethodPost && parts[0] == "submissions":
		b.announce(discard, r)
	}
}

type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) WriteHeader(int)             {}
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }

// TestSendLosesAnswers: announcement and submit are repeated, and the event log settles what the answers leave open.
func TestSendLosesAnswers(t *testing.T) {
	t.Parallel()
	const submit = "/submission-api/v2/submissions/5ab0"
	a := application()
	a.Attachments = nil

	t.Run("submit once", func(t *testing.T) {
		t.Parallel()
		b := newBroker(t)
		b.lose(http.MethodPut, submit, 1)
		if _, err := b.client().Sender().Send(context.Background(), a); err != nil {
			t.Errorf("Send: %v, want none: the second answer was a conflict, the log says submitted", err)
		}
	})
	t.Run("submit always", func(t *testing.T) {
		t.Parallel()
		b := newBroker(t)
		b.lose(http.MethodPut, submit, 100)
		if _, err := b.client().Sender().Send(context.Background(), a); err != nil {
			t.Errorf("Send: %v, want none: the log says submitted", err)
		}
		if got := b.count("PUT " + submit); got != 4 {
			t.Errorf("%d submits, want 4", got)
		}
	})
	t.Run("submit and log", func(t *testing.T) {
		t.Parallel()
		b := newBroker(t)
		b.before = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut || strings.Contains(r.URL.Path, "/cases/") {
				panic(http.ErrAbortHandler)
			}
			return false
		}
		_, err := b.client().Sender().Send(context.Background(), a)
		var unconfirmed *client.UnconfirmedError
		if !errors.As(err, &unconfirmed) || unconfirmed.Receipt.Tags.Data == "" || client.Retryable(err) || !client.Retryable(unconfirmed.Err) {
			t.Errorf("Send: %v, want an UnconfirmedError with the receipt, not worth the same call", err)
		}
	})
	t.Run("announcement", func(t *testing.T) {
		t.Parallel()
		b := newBroker(t)
		b.lose(http.MethodPost, "/submissions", 1)
		if _, err := b.client().Sender().Send(context.Background(), a); err != nil {
			t.Errorf("Send: %v, want none: the service knows the repeat by its key", err)
		}
		if got, made := b.count("POST /submission-api"), len(b.submissions); got != 2 || made != 1 {
			t.Errorf("%d announcements of %d submissions, want 2 of 1", got, made)
		}
	})
}

// TestSendIsRefused: a clear refusal of the submit is no open question.
func TestSendIsRefused(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && strings.Count(r.URL.Path, "/") == 4 {
			b.problem(w, http.StatusUnprocessableEntity, "Invalid JWE Header 'cty'")
			return true
		}
		return false
	}
	_, err := b.client().Sender().Send(context.Background(), application())
	var unconfirmed *client.UnconfirmedError
	if !errors.Is(err, client.ErrUnacceptable) || errors.As(err, &unconfirmed) || !strings.Contains(err.Error(), "5ab00000") {
		t.Errorf("Send: %v, want ErrUnacceptable that names the submission", err)
	}
}
