package node

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/vierkant/vierkant/broker"
)

// SocketFile is the operator's socket inside the data folder.
const SocketFile = "admin.sock"

// maxSocketPath is what a Unix socket address holds on every system we run on.
const maxSocketPath = 103

// adminHandler answers health, readiness and metrics.
func (n *Node) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", n.live)
	mux.HandleFunc("GET /readyz", n.ready)
	mux.Handle("GET /metrics", n.metrics.handler())
	return mux
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
