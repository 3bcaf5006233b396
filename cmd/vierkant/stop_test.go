package main_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// upload is in the middle of an attachment when the program is told to stop: the attachment arrives, and nothing new is taken after it.
func (w *world) upload(t *testing.T) {
	p := w.up(t, nil, "--verbose")
	described, err := testenv.ReadWorld(w.file())
	if err != nil {
		t.Fatal(err)
	}
	test := described.Environments[0]
	cfg := test.Client(test.Sender)
	cfg.Policy = keys.Test()
	cfg.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	var once sync.Once
	cfg.Progress = func(now client.Progress) {
		if now.Done > 0 && now.Done < now.Total {
			once.Do(func() {
				p.Process.Signal(os.Interrupt)
				w.awaitReadiness(t, http.StatusServiceUnavailable)
			})
		}
	}
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d := test.Destinations[0]
	about, err := c.Destination(t.Context(), client.DestinationID(d.ID))
	if err != nil {
		t.Fatal(err)
	}
	schema := about.Services[0].SubmissionSchemas[0]
	_, err = c.Sender().Send(t.Context(), client.Application{
		Destination: client.DestinationID(d.ID), Service: d.Service, Region: d.Region,
		Data:        client.Data{Content: []byte(`{}`), MIMEType: schema.MIMEType, SchemaURI: schema.SchemaURI},
		Attachments: []client.Attachment{{Filename: "a.bin", MIMEType: "application/octet-stream", Open: client.Bytes(make([]byte, 20<<20))}},
	})
	if err == nil || !strings.Contains(err.Error(), "/submissions/") || strings.Contains(err.Error(), "/attachments/") {
		t.Errorf("got %v, want the attachment taken and what comes after it refused", err)
	}
	p.awaitEnd(t, 0)
	if !regexp.MustCompile(`PUT /submission-api/v2/submissions/:id/attachments/:attachment" status=20\d`).MatchString(p.output.String()) {
		t.Errorf("want the upload answered in the output:\n%s", p.output.String())
	}
}

// awaitReadiness asks the admin listener of test until it answers with a status.
func (w *world) awaitReadiness(t *testing.T, status int) {
	limit := time.After(patience)
	for tick := time.Tick(10 * time.Millisecond); ; {
		answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/readyz", w.port+10))
		if err != nil {
			t.Error(err)
			return
		}
		answer.Body.Close()
		if answer.StatusCode == status {
			return
		}
		select {
		case <-tick:
		case <-limit:
			t.Errorf("/readyz does not become %d", status)
			return
		}
	}
}
