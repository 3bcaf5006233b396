package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// SocketFile is the operator's socket inside the data folder.
const SocketFile = "admin.sock"

// maxSocketPath is what a Unix socket address holds on every system we run on.
const maxSocketPath = 103

// adminHandler answers health, readiness and metrics.
func (n *Node) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", n.ready)
	mux.Handle("GET /metrics", n.metrics.handler())
	return mux
}

// ready says whether this node can take writes: its store answers and it has keys to sign with.
func (n *Node) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	err := n.store.View(ctx, func(broker.Tx) error { return nil })
	for _, use := range []broker.KeyUse{broker.ServiceKeys, broker.PortalKeys, broker.TokenKeys} {
		_, _, missing := n.keyring.Current(use)
		err = errors.Join(err, missing)
	}
	if err != nil {
		http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// socketHandler is what an operator does to a running node.
func (n *Node) socketHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /keys/rotate", n.rotateOverSocket)
	return mux
}

func (n *Node) rotateOverSocket(w http.ResponseWriter, r *http.Request) {
	use := broker.KeyUse(r.URL.Query().Get("use"))
	if err := n.keyring.Rotate(r.Context(), use); err != nil {
		http.Error(w, detail(err), http.StatusConflict)
		return
	}
	n.log.Info("key rotated", "use", use)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(describeKeys(n.keyring.All(use)))
}

// detail is what an operator reads of an error.
func detail(err error) string {
	var e *broker.Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return err.Error()
}

// listenSocket opens the operator's socket, taking the place of one that a killed node left behind. The store's lock
// is held, so nobody else can be using it.
func listenSocket(data string) (net.Listener, error) {
	path := filepath.Join(data, SocketFile)
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("the path %s is longer than the %d bytes that a socket address holds", path, maxSocketPath)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// KeyDescription is a key of the broker as an operator reads it.
type KeyDescription struct {
	Use     broker.KeyUse   `json:"use"`
	KID     string          `json:"kid"`
	State   broker.KeyState `json:"state"`
	Created time.Time       `json:"created"`
	Changed time.Time       `json:"changed"`
}

func describeKeys(all []broker.ServiceKey) []KeyDescription {
	described := make([]KeyDescription, len(all))
	for i, k := range all {
		described[i] = KeyDescription{k.Use, k.KID, k.State, k.Created.UTC(), k.Changed.UTC()}
	}
	return described
}

// RotateKeys moves the broker's keys of a use on, in the running node of the data folder if there is one, else in its store.
func RotateKeys(ctx context.Context, cfg Config, use string) ([]KeyDescription, error) {
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(cfg.Data, SocketFile))
		},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://node/keys/rotate?use="+url.QueryEscape(use), nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		if _, err := os.Stat(cfg.keyPath()); errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s has no key file, so there is nothing to rotate: check data and key_file", cfg.Data)
		}
		return rotateOffline(ctx, cfg, broker.KeyUse(use))
	}
	defer answer.Body.Close()
	return readRotation(answer)
}

func readRotation(answer *http.Response) ([]KeyDescription, error) {
	if answer.StatusCode != http.StatusOK {
		var text [1024]byte
		n, _ := answer.Body.Read(text[:])
		return nil, errors.New(string(text[:n]))
	}
	var keys []KeyDescription
	return keys, json.NewDecoder(answer.Body).Decode(&keys)
}

func rotateOffline(ctx context.Context, cfg Config, use broker.KeyUse) ([]KeyDescription, error) {
	n, err := Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer n.Stop(ctx)
	if err := n.keyring.Prepare(ctx); err != nil {
		return nil, err
	}
	if err := n.keyring.Rotate(ctx, use); err != nil {
		return nil, errors.New(detail(err))
	}
	return describeKeys(n.keyring.All(use)), nil
}
