package client

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzExtent: whatever a service answers, a place is within the whole.
func FuzzExtent(f *testing.F) {
	for _, seed := range []string{"bytes 0-9/10", "bytes 5-9/*", "bytes */10", "bytes 9-5/3", "", "bytes -1-2/3", "items 0-1/2", "bytes 99999999999999999999-/1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		response := &http.Response{StatusCode: http.StatusPartialContent, Header: http.Header{"Content-Range": {text}}}
		first, total, err := extent(response)
		if err == nil && (first < 0 || total != -1 && total < first) {
			t.Errorf("extent of %q = %d, %d", text, first, total)
		}
	})
}

// TestPassesAreCancelled: those over files that are as long as they are.
func TestPassesAreCancelled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "piece")
	if err := os.WriteFile(path, []byte("plain"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := join(ctx, []string{path}); !errors.Is(err, context.Canceled) {
		t.Errorf("join: %v, want that it was cancelled", err)
	}
	in := struct{ heeding }{heeding{context.Background(), strings.NewReader("plain")}} // cannot seek
	if err := skipTo(ctx, in, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("skipTo: %v, want that it was cancelled", err)
	}
}
