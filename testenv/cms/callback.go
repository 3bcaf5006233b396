package cms

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/hook"
)

const (
	callbackPath = "/callback"
	maxCallback  = 1 << 20 // bytes
	inTime       = 10 * time.Second

	callbackTypes = "https://schema.fitko.de/fit-connect/submission-api/callbacks/"
)

// CallbackURL is the URL that a destination has to call for a CMS with this listener.
func CallbackURL(l net.Listener) string { return "http://" + l.Addr().String() + callbackPath }

// Handler takes callbacks (FIT-Connect contract 9): 200 if the call was believed, 401 if its HMAC or age is wrong, 400 if it is not
// one of the contract or for a foreign destination. It only notes what is said; nothing is fetched before the answer.
func (s *CMS) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+callbackPath, s.callback)
	return mux
}

// serve takes callbacks in the background until stop.
func (s *CMS) serve() (stop func(), failed <-chan error) {
	if s.config.Listener == nil {
		return func() {}, nil
	}
	server := &http.Server{Handler: s.Handler(), ReadTimeout: inTime, WriteTimeout: inTime}
	broken := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(s.config.Listener); !errors.Is(err, http.ErrServerClosed) {
			broken <- err
		}
	}()
	return func() {
		_ = server.Close() // a call that is cut off is repeated
		<-ended
	}, broken
}

func (s *CMS) callback(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	err = hook.Verify(s.config.Secret, r.Header.Get(hook.HeaderTimestamp), r.Header.Get(hook.HeaderAuthentication), body, s.now())
	if err != nil {
		s.log.WarnContext(r.Context(), "callback refused", "error", err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	refs, err := s.readCallback(body)
	if err != nil {
		s.log.WarnContext(r.Context(), "callback not understood", "error", err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.note(true, refs...)
	w.WriteHeader(http.StatusOK)
}

// readCallback returns the submissions that a callback names as new. The older list of bare ids is not read: it does not tell the
// destination (FIT-Connect contract 9.3).
func (s *CMS) readCallback(body []byte) ([]client.Ref, error) {
	var call struct {
		Type        string          `json:"type"`
		Submissions json.RawMessage `json:"submissions"`
	}
	if err := wire.Decode(body, &call); err != nil {
		return nil, err
	}
	switch strings.TrimPrefix(call.Type, callbackTypes) {
	case "new-events", "new-replies": // nothing to fetch
		return nil, nil
	case "new-submissions":
	default:
		return nil, errors.New("expected a type of the contract")
	}
	var refs []client.Ref
	if err := json.Unmarshal(call.Submissions, &refs); err != nil || len(refs) == 0 {
		return nil, errors.New("expected at least one submission with its ids")
	}
	for i, ref := range refs {
		canonical, err := ref.Canonical()
		if err != nil {
			return nil, err
		}
		if _, ours := s.config.Destinations[canonical.DestinationID]; !ours {
			return nil, errors.New("expected a destination that is served here")
		}
		refs[i] = canonical
	}
	return refs, nil
}
