package node_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
)

// listener is an endpoint for callbacks that notes of which submissions it was told.
type listener struct {
	server *httptest.Server
	told   sync.Map // by id
}

func newListener(t testing.TB) *listener {
	l := new(listener)
	l.server = httptest.NewServer(l)
	t.Cleanup(l.server.Close)
	return l
}

func (l *listener) heard(id string) bool {
	_, heard := l.told.Load(id)
	return heard
}

// ServeHTTP takes a call, unless it did not get all of it.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	var callback struct {
		Submissions []wire.SubmissionRef `json:"submissions"`
	}
	if err != nil || json.Unmarshal(raw, &callback) != nil {
		http.Error(w, "this is no whole callback", http.StatusBadRequest)
		return
	}
	for _, s := range callback.Submissions {
		l.told.Store(s.SubmissionID, true)
	}
}
