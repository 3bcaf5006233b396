package outbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/guard"
	"github.com/vierkant/vierkant/broker/outbox"
)

func TestPostReadsRetryAfter(t *testing.T) {
	t.Parallel()
	inAnHour := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	for said, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "0": 0, "-5": 0, "1.5": 0, "soon": 0, "99999999999999999999": 0,
		"Wed, 21 Oct 2015 07:28:00 GMT": 0, inAnHour: time.Hour,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", said)
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		t.Cleanup(server.Close)
		client := guard.NewClient(guard.Rule{AllowLoopback: true, AllowHTTP: true})
		t.Cleanup(client.CloseIdleConnections)
		got, err := outbox.Post(client)(t.Context(), server.URL, make(http.Header), nil)
		if err != nil {
			t.Fatal(err)
		}
		if off := want - got.RetryAfter; off < 0 || off > time.Minute || got.Status != http.StatusServiceUnavailable {
			t.Errorf("%q: got %+v, want %s", said, got, want)
		}
	}
}

func TestPostHidesURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://127.0.0.1:1/hidden", "http://127.0.0.1:x/hidden", "gopher://hidden", "https://0.0.0.0/hidden"} {
		_, err := outbox.Post(guard.NewClient(guard.Rule{AllowLoopback: true, AllowHTTP: true}))(t.Context(), url, make(http.Header), nil)
		if err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("got %v, want an error without the URL", err)
		}
	}
}
