package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/vierkant/vierkant/api"
)

// cutGrace is how long handlers may take to notice that their connection was cut, before the store is closed under them.
const cutGrace = 2 * time.Second

// What a connection may take before a request has begun, and between two of them. The handshake of TLS has the time of a header too.
const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	maxHeader  = 32 << 10
)

// serve answers on all listeners.
func (n *Node) serve(surface api.Config) error {
	handler, err := api.New(surface)
	if err != nil {
		return err
	}
	operator, err := n.operatorHandler(surface)
	if err != nil {
		return err
	}
	main := newServer(handler, n.log)
	if !n.cfg.BehindProxy {
		main.ConnState = newCrowd(n.cfg.FairUse.Connections, func() { n.metrics.refused(refusedConnections) }).watch
	}
	if n.cfg.TLSCertificate != "" {
		n.api = tls.NewListener(n.api, n.certificate.config())
	}
	n.run(main, n.api)
	if n.admin != nil {
		n.watched = newServer(n.adminHandler(), n.log)
		n.run(n.watched, n.admin)
	}
	socket, err := listenSocket(n.cfg.Data)
	if err != nil {
		n.log.Warn("no operator's socket: what it is for can be done only while the node is stopped", "error", err)
		return nil
	}
	n.run(newServer(operator, n.log), socket)
	return nil
}

func (n *Node) run(s *server, l net.Listener) {
	n.servers = append(n.servers, s)
	n.workers.Go(func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			n.fail(fmt.Errorf("the listener on %s broke: %w", l.Addr(), err))
		}
	})
}

// drain says that the node is to stop, and waits. A node that cannot go on has nothing to wait for.
func (n *Node) drain(ctx context.Context) {
	if n.health.draining.Swap(true) || n.health.broken.Load() || n.cfg.Drain == 0 {
		return
	}
	for _, s := range n.servers {
		s.SetKeepAlivesEnabled(false) // who comes again is to come to another node
	}
	select {
	case <-time.After(n.cfg.Drain):
	case err := <-n.failed:
		n.failed <- err // for whoever waits for it
	case <-ctx.Done():
	}
}

// stopServers stops all servers side by side: each has all of ctx. The admin listener comes last: until then it tells what is going on.
func (n *Node) stopServers(ctx context.Context) error {
	errs := make([]error, len(n.servers))
	var group sync.WaitGroup
	for i, s := range n.servers {
		if s != n.watched {
			group.Go(func() { errs[i] = s.stop(ctx) })
		}
	}
	group.Wait()
	if n.watched != nil {
		errs = append(errs, n.watched.stop(ctx))
	}
	return errors.Join(errs...)
}

// server is an http.Server that knows when its handlers have returned, also those whose connections were cut.
type server struct {
	http.Server
	handlers sync.RWMutex // held for reading by each handler that runs, for writing by who waits for them
}

// newServer has time limits for what a slow or endless caller may hold before and between requests; package api has them all in a table.
func newServer(h http.Handler, log *slog.Logger) *server {
	s := new(server)
	s.Server = http.Server{
		Handler: s.tracked(h), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: serverLog(log),
	}
	return s
}

func (s *server) tracked(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.handlers.TryRLock() { // it was read while the connections were cut
			http.Error(w, "stopping", http.StatusServiceUnavailable)
			return
		}
		defer s.handlers.RUnlock()
		h.ServeHTTP(w, r)
	})
}

// stop lets requests end until ctx does. Then it cuts their connections, and waits a moment for the handlers to notice.
func (s *server) stop(ctx context.Context) error {
	err := s.Shutdown(ctx)
	if err == nil {
		return nil
	}
	err = errors.Join(fmt.Errorf("requests were cut off that still ran when the time to stop was over: %w", err), s.Close())
	ended := make(chan struct{})
	go func() { // ends with the last handler
		defer close(ended)
		s.handlers.Lock()
	}()
	select {
	case <-ended:
	case <-time.After(cutGrace):
	}
	return err
}
