package receiver

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/hook"
)

// CallbackPath is the path that a destination's callback URL has to end with.
const CallbackPath = "/callback"

const (
	maxCallback = 1 << 20  // bytes of a body
	maxHeaders  = 16 << 10 // bytes
	inTime      = 10 * time.Second

	callbackTypes = "https://schema.fitko.de/fit-connect/submission-api/callbacks/"
)

// CallbackURL is the URL that a destination has to call for a Receiver that listens here without TLS, nothing in between.
func CallbackURL(l net.Listener) string { return "http://" + l.Addr().String() + CallbackPath }

// Handler takes callbacks (FIT-Connect contract 9): 200 if the call was believed, 401 if its HMAC or age is wrong, 400 if it is not
// one of the contract or for a foreign destination. It only notes what is said; nothing is fetched before the answer.
func (r *Receiver) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+CallbackPath, r.callback)
	return mux
}

// serve takes callbacks in the background until stop.
func (r *Receiver) serve() (stop func(), failed <-chan error) {
	if r.config.Listener == nil {
		return func() {}, nil
	}
	server := &http.Server{
		Handler: r.Handler(), TLSConfig: r.config.TLS, ReadTimeout: inTime, WriteTimeout: inTime, MaxHeaderBytes: maxHeaders,
		ErrorLog: slog.NewLogLogger(r.log.Handler(), slog.LevelWarn),
	}
	broken := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := r.listen(server); !errors.Is(err, http.ErrServerClosed) {
			broken <- err
		}
	}()
	return func() {
		_ = server.Close() // a call that is cut off is repeated
		<-ended
	}, broken
}

func (r *Receiver) listen(server *http.Server) error {
	if server.TLSConfig == nil {
		return server.Serve(r.config.Listener)
	}
	return server.ServeTLS(r.config.Listener, "", "")
}

func (r *Receiver) callback(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxCallback))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	header := request.Header
	err = hook.Verify(r.config.Secret, header.Get(hook.HeaderTimestamp), header.Get(hook.HeaderAuthentication), body, r.now())
	if err != nil {
		r.log.WarnContext(request.Context(), "callback refused", "error", err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	refs, err := r.readCallback(body)
	if err != nil {
		r.log.WarnContext(request.Context(), "callback not understood", "error", err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, ref := range refs {
		r.lanes[ref.DestinationID].note(ref)
	}
	w.WriteHeader(http.StatusOK)
}

// readCallback returns the submissions that a callback names as new. The older list of bare ids is not read: it does not tell the
// destination (FIT-Connect contract 9.3).
func (r *Receiver) readCallback(body []byte) ([]client.Ref, error) {
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
		if _, ours := r.lanes[canonical.DestinationID]; !ours {
			return nil, errors.New("expected a destination that is served here")
		}
		refs[i] = canonical
	}
	return refs, nil
}
