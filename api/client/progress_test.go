package client_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/api/client"
)

// told keeps what progress was told, by attachment.
type told struct {
	mu    sync.Mutex
	words map[string][]client.Progress
}

func (p *told) tell(word client.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.words[word.Attachment] = append(p.words[word.Attachment], word)
}

// expect checks that the words begin with nothing, end with everything and are not too many.
func (p *told) expect(t *testing.T, attachment string, total int64, most int) {
	t.Helper()
	words := p.words[attachment]
	if len(words) == 0 || len(words) > most {
		t.Fatalf("%d words about %q, want 1 to %d: %v", len(words), attachment, most, p.words)
	}
	first, last := words[0], words[len(words)-1]
	if first.Done != 0 || last.Done != total || last.Total != total {
		t.Errorf("words about %q: %v, want them from 0 to %d", attachment, words, total)
	}
}

// TestProgress follows attachments in both directions: one in fragments, one that is repeated, one that is empty.
func TestProgress(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	refused := false
	b.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !isUpload(r) || r.ContentLength < 1<<20 || refused {
			return false
		}
		refused = true
		_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
		panic(http.ErrAbortHandler)
	}
	config := b.config()
	sent := &told{words: map[string][]client.Progress{}}
	config.Progress, config.FragmentSize = sent.tell, 1<<20
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	const long, middle = 5<<20 + 17, 1 << 20
	a := application()
	a.Attachments = []client.Attachment{
		{Filename: "long", MIMEType: "application/pdf", Open: client.Bytes(make([]byte, long))},
		{MIMEType: "application/pdf", Open: client.Bytes(make([]byte, middle))},
		{Filename: "empty", MIMEType: "application/pdf", Open: client.Bytes(nil)},
	}
	receipt, err := c.Sender().Send(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	sent.expect(t, "long", long, 40)
	sent.expect(t, "empty", 0, 1)
	for name := range sent.words {
		if receipt.Tags.Attachments[name] != "" { // one without a name goes by its id
			sent.expect(t, name, middle, 20)
		}
	}
	if len(sent.words) != 3 {
		t.Errorf("words about %d attachments, want 3", len(sent.words))
	}

	got := &told{words: map[string][]client.Progress{}}
	config.Progress = got.tell
	unsized := ""
	b.change(func() {
		b.before = func(w http.ResponseWriter, r *http.Request) bool {
			_, id, attachment := strings.Cut(r.URL.Path, "/attachments/")
			if !attachment {
				return false
			}
			if unsized == "" {
				unsized = id
			} else if unsized != id {
				w.Header().Set("Content-Length", strconv.Itoa(len(b.sealed[id])))
			}
			return false
		}
	})
	if _, err := b.subscriberOf(config).Fetch(context.Background(), receipt.SubmissionID); err != nil {
		t.Fatal(err)
	}
	for id := range receipt.Tags.Attachments {
		got.expect(t, id, int64(len(b.sealed[id])), 10)
	}
}
