package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
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
