package receiver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
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
	maxCalls    = 32       // that are read at a time
	inTime      = 10 * time.Second

	callbackTypes = "https://schema.fitko.de/fit-connect/submission-api/callbacks/"
)

// CallbackURL is the URL that a destination has to call for a Receiver that listens here without TLS, nothing in between.
func CallbackURL(l net.Listener) string { return "http://" + l.Addr().String() + CallbackPath }

// Handler takes callbacks (FIT-Connect contract 9): 200 if the call was believed, 401 if its HMAC or age is wrong, 400 if it is not
// one of the contract or for a foreign destination, 503 if there are too many at a time. It only notes what is said; nothing is fetched before the answer.
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
	status, err := r.take(http.MaxBytesReader(w, request.Body, maxCallback), request.Header)
	if err != nil {
		r.refuseCall(status, err)
	}
	w.WriteHeader(status)
}

// take believes a call or says why not. Nothing is read of one whose headers cannot be right.
func (r *Receiver) take(in io.Reader, header http.Header) (status int, err error) {
	if err := r.verify(header, nil); err != nil && !errors.Is(err, hook.ErrMismatch) {
		return http.StatusUnauthorized, err
	}
	select {
	case r.calls <- struct{}{}:
		defer func() { <-r.calls }()
	default:
		return http.StatusServiceUnavailable, fmt.Errorf("expected at most %d at a time", maxCalls)
	}
	body, err := io.ReadAll(in)
	if err != nil {
		return http.StatusBadRequest, err
	}
	if err := r.verify(header, body); err != nil {
		return http.StatusUnauthorized, err
	}
	refs, err := r.readCallback(body)
	if err != nil {
		return http.StatusBadRequest, err
	}
	for _, ref := range refs {
		r.lanes[ref.DestinationID].note(ref)
	}
	return http.StatusOK, nil
}

// verify checks a call against each of the secrets.
func (r *Receiver) verify(header http.Header, body []byte) (err error) {
	for _, secret := range r.config.secrets() {
		err = hook.Verify(secret, header.Get(hook.HeaderTimestamp), header.Get(hook.HeaderAuthentication), body, r.now())
		if !errors.Is(err, hook.ErrMismatch) {
			return err
		}
	}
	return err
}

// refusals counts callbacks that were refused: anybody can cause them, so they are logged once a minute.
type refusals struct {
	mu     sync.Mutex
	logged time.Time
	silent int // since then
}

func (r *Receiver) refuseCall(status int, err error) {
	f := &r.refused
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if now.Sub(f.logged) < time.Minute {
		f.silent++
		return
	}
	r.log.Warn("callback refused", "status", status, "error", err, "others", f.silent)
	f.logged, f.silent = now, 0
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
	case "new-events": // nothing to fetch
		return nil, nil
	case "new-replies":
		r.log.Info("a sender has answered, which is not worked on here")
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
		if err == nil && canonical.SubmissionID == "" {
			err = errors.New("expected the id of a submission")
		}
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
