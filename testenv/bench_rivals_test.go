package testenv_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// arena is where rivals are made.
type arena struct {
	binary              string
	encryption, signing keys.Private // of all destinations
	random              *rand.ChaCha8
}

func newArena(b *testing.B) *arena {
	b.Helper()
	a := &arena{binary: buildProgram(b), random: newRandom()}
	var errs [2]error
	a.encryption, errs[0] = keys.Generate(keys.Encryption, "Amt", time.Now(), time.Hour)
	a.signing, errs[1] = keys.Generate(keys.Signature, "Amt", time.Now(), time.Hour)
	for _, err := range errs {
		if err != nil {
			b.Fatal(err)
		}
	}
	return a
}

// rival is one or more nodes of "vierkant serve", with a store of their own and clients that spread over them. It is frozen (SIGSTOP) but
// when it is its turn, so that it leaves the machine to the others; what it owes in the background waits.
//
// A rival lives for one comparison. Its signer steps back for writers until an event is ten seconds old, so turns end before that, and the
// next comparison has fresh ones.
type rival struct {
	folder, dsn, url       string // where its data are, and what it is called; without a DSN they are files
	config                 string // lines that its nodes have in their configuration besides
	made                   node.Seeded
	at                     testenv.Destination
	sealKey                string
	processes              []*exec.Cmd
	guards                 []io.Closer // each, when closed, kills its process
	asSender, asSubscriber []caller    // of each node
	admin                  []string    // address of each node
	requests               atomic.Uint64
}

// rivals makes several at the same time, one for each number of nodes, with the DSNs; an empty one means files.
func (a *arena) rivals(b *testing.B, nodes []int, dsns []string) []*rival {
	b.Helper()
	all := make([]*rival, len(nodes))
	var team errgroup.Group
	for i := range nodes {
		folder := b.TempDir()
		team.Go(func() (err error) {
			all[i], err = a.rival(b.Context(), folder, nodes[i], dsns[i])
			return err
		})
	}
	err := team.Wait()
	for _, r := range all {
		if r != nil {
			b.Cleanup(r.kill)
			r.signal(syscall.SIGSTOP)
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	return all
}

func (a *arena) rival(ctx context.Context, folder string, nodes int, dsn string) (*rival, error) {
	r, err := a.found(ctx, folder, dsn)
	if err != nil {
		return nil, err
	}
	return r, a.run(ctx, r, nodes)
}

// found makes the data of a rival that does not run yet.
func (a *arena) found(ctx context.Context, folder, dsn string) (*rival, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	r := &rival{folder: folder, dsn: dsn, url: fmt.Sprintf("http://127.0.0.1:%d", port), sealKey: a.encryption.KID}
	if r.made, err = a.seed(ctx, node.Config{Data: r.data(), Database: dsn, PublicURL: r.url}); err != nil {
		return nil, err
	}
	r.at = testenv.Destination{ID: string(r.made.Destinations[0]), Service: testenv.BusinessRegistration, Region: "DE"}
	return r, nil
}

// data is the folder of the first node.
func (r *rival) data() string { return filepath.Join(r.folder, "data") }

// run starts the nodes of a rival.
func (a *arena) run(ctx context.Context, r *rival, nodes int) error {
	for i := range nodes {
		if err := r.start(a.binary, i); err != nil {
			r.kill()
			return err
		}
	}
	return r.logIn(ctx)
}

// seed makes an authority with one destination, and who sends there.
func (a *arena) seed(ctx context.Context, cfg node.Config) (made node.Seeded, err error) {
	if cfg.Environment, err = node.ByName("test"); err != nil {
		return made, err
	}
	cfg.Listen, cfg.Foreground, cfg.Log = "127.0.0.1:0", true, slog.New(slog.DiscardHandler)
	if cfg.Database != "" {
		if err := node.Migrate(ctx, cfg); err != nil {
			return made, err
		}
	}
	n, err := node.Open(ctx, cfg)
	if err != nil {
		return made, err
	}
	defer n.Stop(context.WithoutCancel(ctx))
	if err := n.Start(ctx); err != nil {
		return made, err
	}
	contact := broker.Contact{LegalName: "Amt", Email: "amt@authority.example"}
	return n.Seed(ctx, node.Seed{
		Organisation: "Amt", Sender: "Onlinedienst", Subscriber: "Fachverfahren",
		Destinations: []node.SeedDestination{{
			Draft: testenv.Draft("Amt", contact, "DE", testenv.BusinessRegistration), Encryption: a.encryption, Signing: a.signing,
		}},
	})
}

// start starts a node, and returns when it answers.
func (r *rival) start(binary string, number int) error {
	listen, err := freePort()
	if err != nil {
		return err
	}
	admin, err := freePort()
	if err != nil {
		return err
	}
	file := filepath.Join(r.folder, fmt.Sprintf("node%d.yaml", number))
	config := fmt.Sprintf("environment: test\ndata: data%s\nkey_file: data/key\nlisten: 127.0.0.1:%d\nadmin: 127.0.0.1:%d\npublic_url: %s\n",
		map[bool]string{true: fmt.Sprint(number)}[number > 0], listen, admin, r.url) + r.config
	if r.dsn != "" {
		config += "database: " + r.dsn + "\n"
	}
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	cmd := exec.Command(binary, "serve", "--config", file)
	log, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	r.processes = append(r.processes, cmd)
	if err := r.guard(cmd.Process.Pid); err != nil {
		return err
	}
	said := new(bytes.Buffer)
	if !waitFor(io.TeeReader(log, said), "answering") {
		return fmt.Errorf("vierkant serve ended:\n%s", said)
	}
	go io.Copy(io.Discard, log)
	r.asSender = append(r.asSender, caller{base: fmt.Sprintf("http://127.0.0.1:%d/submission-api/v2", listen)})
	r.admin = append(r.admin, fmt.Sprintf("http://127.0.0.1:%d", admin))
	return nil
}

// logIn fetches tokens from the first node, for all.
func (r *rival) logIn(ctx context.Context) error {
	first := r.asSender[0].base[:len(r.asSender[0].base)-len("/v2")]
	env := testenv.Environment{SubmissionURL: first, TokenURL: first[:len(first)-len("/submission-api")] + "/token"}
	connections := newClient(mostClients * len(r.processes))
	sender, err := logIn(ctx, connections, env, &r.made.Sender)
	if err != nil {
		return err
	}
	subscriber, err := logIn(ctx, connections, env, &r.made.Subscriber)
	if err != nil {
		return err
	}
	for i := range r.asSender {
		base := r.asSender[i].base
		r.asSender[i] = caller{connections, base, sender.token}
		r.asSubscriber = append(r.asSubscriber, caller{connections, base, subscriber.token})
	}
	return nil
}

// freePort finds one below those that systems give to connections.
func freePort() (int, error) {
	for range 100 {
		if port := 20_000 + rand.IntN(10_000); free(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port")
}

func (r *rival) signal(s syscall.Signal) {
	for _, cmd := range r.processes {
		cmd.Process.Signal(s)
	}
}

// guard has a process killed when this one ends, however it ends: one that is frozen would stay for ever.
func (r *rival) guard(pid int) error {
	sh := exec.Command("sh", "-c", "cat >/dev/null; kill -KILL $0", fmt.Sprint(pid))
	hold, err := sh.StdinPipe()
	if err != nil {
		return err
	}
	r.guards = append(r.guards, hold)
	return sh.Start()
}

// kill may be called twice. Nobody has taken over the number of a process before it is waited for.
func (r *rival) kill() {
	for i, cmd := range r.processes {
		r.guards[i].Close()
		cmd.Wait()
	}
}

// next spreads requests over nodes.
func (r *rival) next(of []caller) caller { return of[r.requests.Add(1)%uint64(len(of))] }

// send sends one application: announce and submit.
func (r *rival) send(ctx context.Context, content []byte) (wire.SubmissionRef, error) {
	ref, err := r.next(r.asSender).announce(ctx, r.at)
	if err != nil {
		return ref, err
	}
	_, err = r.next(r.asSender).call(ctx, http.MethodPut, "/submissions/"+ref.SubmissionID, jsonType, bytes.NewReader(content), http.StatusOK)
	return ref, err
}

// turn is what somebody does again and again while it is its turn.
type turn struct {
	of *rival // nil: nobody's
	do func(context.Context) error
}

// takeTurns has each of them work so long with so many clients, one after the other, and that several times, and returns the median of how
// often each did it per second. What else happens on the machine meets them all.
func takeTurns(b *testing.B, clients int, length time.Duration, turns ...turn) []float64 {
	b.Helper()
	const rounds = 3
	rates := make([][]float64, len(turns))
	for range rounds {
		for i, t := range turns {
			rates[i] = append(rates[i], t.take(b, clients, length))
		}
	}
	medians := make([]float64, len(turns))
	for i := range rates {
		slices.Sort(rates[i])
		medians[i] = rates[i][rounds/2]
	}
	return medians
}

// A sendTurn is so short that three turns of three rivals end before the first signer has lost its patience.
const (
	sendTurn = 800 * time.Millisecond
	readTurn = 400 * time.Millisecond
)

func (t turn) take(b *testing.B, clients int, length time.Duration) float64 {
	b.Helper()
	if t.of != nil {
		t.of.signal(syscall.SIGCONT)
		defer t.of.signal(syscall.SIGSTOP)
	}
	var (
		team errgroup.Group
		done atomic.Int64
	)
	start := time.Now()
	for range clients {
		team.Go(func() error {
			for time.Since(start) < length {
				if err := t.do(b.Context()); err != nil {
					return err
				}
				done.Add(1)
			}
			return nil
		})
	}
	if err := team.Wait(); err != nil {
		b.Fatal(err)
	}
	return float64(done.Load()) / time.Since(start).Seconds()
}
