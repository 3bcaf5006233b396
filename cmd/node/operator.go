package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/api/manage"
)

// operatorHandler is what the operator asks of a node, over its socket or in the process of a command.
func (n *Node) operatorHandler(surface api.Config) (http.Handler, error) {
	management, err := api.Operator(surface)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /keys/rotate", n.rotate)
	mux.HandleFunc("POST /backup", n.backUp)
	mux.HandleFunc("POST /admin", answering(n.linkAdministrator))
	mux.HandleFunc("GET /doctor", answering(n.examineNode))
	mux.HandleFunc("GET /maintenance", answering(n.readMaintenance))
	mux.HandleFunc("PUT /maintenance", answering(n.announceMaintenance))
	mux.HandleFunc("DELETE /maintenance", answering(n.withdrawMaintenance))
	mux.HandleFunc("GET /test/clock", answering(n.readClockState))
	mux.HandleFunc("POST /test/clock", answering(n.moveClock))
	mux.HandleFunc("GET /test/faults", answering(n.listFaults))
	mux.HandleFunc("POST /test/faults", answering(n.addFault))
	mux.HandleFunc("DELETE /test/faults", answering(n.clearFaults))
	mux.Handle(manage.Root+"/", management)
	return mux, nil
}

// OperatorURL is where the paths of a node begin for an [Operator]. The name is nobody's: what counts is the connection.
const OperatorURL = "http://node"

// Operator is the way to a node for whoever may open its data.
type Operator struct {
	HTTP  *http.Client
	close func() error
}

// Close lets go of the node.
func (o *Operator) Close() error {
	o.HTTP.CloseIdleConnections()
	return o.close()
}

// Reach finds the node of a configuration: the running one by the socket in its data folder, a stopped one by opening its data in this
// process, where the same handler answers. Data that were never served are not made: the name of the folder is most likely wrong.
func Reach(ctx context.Context, cfg Config) (*Operator, error) {
	if o := reachRunning(ctx, cfg); o != nil {
		return o, nil
	}
	if err := cfg.wasServed(); err != nil {
		return nil, err
	}
	return reachStopped(ctx, cfg)
}

// reachRunning finds the node that runs; nil: there is none.
func reachRunning(ctx context.Context, cfg Config) *Operator {
	socket := func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(cfg.Data, SocketFile))
	}
	c, err := socket(ctx)
	if err != nil {
		return nil
	}
	c.Close()
	return &Operator{HTTP: dialing(socket), close: func() error { return nil }}
}

// wasServed refuses data that were never served.
func (c Config) wasServed() error {
	if _, err := os.Stat(c.keyPath()); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s has no key file, so there are no data of a node: check data and key_file, or start the node once", c.Data)
	}
	return nil
}

// reachStopped opens the data. The node begins no background work and listens nowhere.
func reachStopped(ctx context.Context, cfg Config) (*Operator, error) {
	n, err := Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	within := newPipes()
	if err := n.answerWithin(ctx, within); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", cfg.Environment.Name, err), n.Stop(ctx))
	}
	return &Operator{HTTP: dialing(within.dial), close: func() error { return n.Stop(context.WithoutCancel(ctx)) }}, nil
}

// answerWithin answers in this process. Routes that are published meanwhile are attested for the configured public URL; if another is known
// when the node starts, they are attested anew then, like all others.
func (n *Node) answerWithin(ctx context.Context, within *pipes) (err error) {
	if n.public, err = n.cfg.configuredURL(); err != nil {
		return err
	}
	if err := inOrder(ctx, n.making()); err != nil {
		return err
	}
	if err := n.Broker.Routes.Reload(ctx); err != nil {
		return err
	}
	surface, err := n.surface()
	if err != nil {
		return err
	}
	handler, err := n.operatorHandler(surface)
	if err != nil {
		return err
	}
	n.run(newServer(handler, n.log), within)
	return nil
}

// dialing is a client all of whose connections go to one place.
func dialing(dial func(context.Context) (net.Conn, error)) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}
}

// pipes is a listener inside this process.
type pipes struct {
	waiting chan net.Conn
	closed  chan struct{}
	once    sync.Once // guards closed
}

func newPipes() *pipes { return &pipes{waiting: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.waiting <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.waiting:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return inProcess{} }

// inProcess is the address of what is reached without a network.
type inProcess struct{}

// Network implements net.Addr.
func (inProcess) Network() string { return "pipe" }

// String implements net.Addr.
func (inProcess) String() string { return "this process" }
