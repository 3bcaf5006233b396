package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
)

// receiving is the flags of "receive".
type receiving struct {
	box      inbox
	hand     program
	callback listening
	poll     time.Duration
	parallel int
	once     bool
}

func receiveCommand() *cobra.Command {
	var r receiving
	cmd := &cobra.Command{
		Use:   "receive [--dir DIR] [--exec PROGRAM [-- ARGUMENT...]] [--listen ADDRESS --secret-file FILE]",
		Short: "Receive submissions as they come: check, save, hand over, accept or reject",
		Long: `Runs until it is stopped (--once: until nothing waits). It polls, and with --listen also takes callbacks. Each submission is
fetched, checked and saved in DIR/SUBMISSION before anything else happens. One that is not sound is rejected with its problems. Without
--exec the others are accepted as soon as they are saved.

With --exec a program decides about each. Its arguments are followed by the folder of the submission. On its standard input it finds,
with --input json, one JSON object with ids, service, region, metadata, data (JSON as it is, XML as a text) and attachments with
their paths; with --input original the data as the sender wrote them. Its environment has VIERKANT_SUBMISSION, VIERKANT_DESTINATION,
VIERKANT_CASE, VIERKANT_SERVICE, VIERKANT_REGION, VIERKANT_FORWARDED, VIERKANT_FOLDER, VIERKANT_DATA and VIERKANT_DATA_TYPE. It tells
its decision by its exit status:

   0      accept
   65     reject; its standard output says why: {"code":"schema-violation","instance":"data","detail":"…"}, or an array of these.
          The codes are those of "vierkant reject --help". Without output it is a technical-error; output that cannot be read is
          no decision, since a rejection cannot be taken back
   other  no decision, like 75, or not ending within --timeout: it is asked again later

It may be asked about the same submission more than once, after a crash for example, but never while it still runs for it: its
descriptor 3 is the locked folder, and as long as any process holds that, nothing else is started. What it decided is told exactly
once. What it writes to its standard error goes into the log of this command. What was rejected is removed from DIR.

A decision that comes too late, since somebody else decided otherwise, is counted as overruled, and the exit status is 1 at the end.

Callbacks are taken under the path /callback, authenticated by the secret that the destination was registered with. Plain http is
taken on loopback only, unless --behind-proxy says that a proxy in front of it terminates TLS.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && r.hand.path == "" {
				return usageError{errors.New("arguments are those of --exec PROGRAM, which is missing")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			r.hand.arguments = args
			return r.run(cmd.Context(), outputOf(cmd))
		},
	}
	r.flags(cmd)
	return cmd
}

func (r *receiving) flags(cmd *cobra.Command) {
	const defaultPoll, defaultParallel = time.Minute, 4
	r.box.flags(cmd)
	r.hand.flags(cmd)
	r.callback.flags(cmd)
	flags := cmd.Flags()
	flags.DurationVar(&r.poll, "poll", defaultPoll, "time between two polls")
	flags.IntVar(&r.parallel, "parallel", defaultParallel, "submissions of one destination that are worked on at a time")
	flags.BoolVar(&r.once, "once", false, "work off what waits now, and end")
	completeNothing(cmd, "poll", "parallel")
}

func (r *receiving) check() error {
	switch {
	case r.poll <= 0:
		return usageError{fmt.Errorf("--poll %s: expected more than 0, like 1m", r.poll)}
	case r.parallel < 1:
		return usageError{fmt.Errorf("--parallel %d: expected at least 1", r.parallel)}
	case r.once && r.callback.address != "":
		return usageError{errors.New("--once does not take callbacks: it goes without --listen")}
	}
	return errors.Join(r.hand.check(), r.callback.check())
}

func (r *receiving) run(ctx context.Context, out output) error {
	if err := r.check(); err != nil {
		return err
	}
	var done tally
	cfg, err := r.config(newLog(slog.LevelInfo, out.asJSON))
	if err != nil {
		return err
	}
	cfg.Decided = done.count
	made, err := receiver.New(cfg)
	if err != nil {
		return errors.Join(err, closeListener(cfg.Listener))
	}
	if r.once {
		err = made.Once(ctx)
	} else {
		err = made.Run(ctx)
	}
	return done.failure(errors.Join(err, done.show(out)))
}

func closeListener(l net.Listener) error {
	if l == nil {
		return nil
	}
	return l.Close()
}

func (r *receiving) config(log *slog.Logger) (cfg receiver.Config, err error) {
	cfg = receiver.Config{Folder: r.box.dir, Poll: r.poll, Parallel: r.parallel, BehindProxy: r.callback.behindProxy, Log: log}
	if cfg.Client, err = r.box.from.config(asSubscriber); err != nil {
		return cfg, err
	}
	if cfg.Destinations, err = r.box.from.ownKeys(r.box.keys); err != nil {
		return cfg, err
	}
	cfg.Handle = r.hand.handle(log)
	if r.callback.address == "" {
		return cfg, nil
	}
	if cfg.Secret, cfg.OtherSecret, err = r.callback.secrets(); err != nil {
		return cfg, err
	}
	if cfg.TLS, err = r.callback.tls(); err != nil {
		return cfg, err
	}
	if cfg.Listener, err = net.Listen("tcp", r.callback.address); err != nil {
		return cfg, err
	}
	log.Info("taking callbacks", "listen", cfg.Listener.Addr().String(), "path", receiver.CallbackPath, "tls", cfg.TLS != nil)
	return cfg, nil
}

// listening is the flags that say how callbacks are taken.
type listening struct {
	address, secretFile, otherFile, certificate, key string
	behindProxy                                      bool
}

func (l *listening) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&l.address, "listen", "", "host:port on which callbacks are taken too")
	flags.StringVar(&l.secretFile, "secret-file", "", "with --listen: file with the secret of the callbacks")
	flags.StringVar(&l.otherFile, "other-secret-file", "", "with --listen: file with a second secret that is believed too, while the secret is changed")
	flags.StringVar(&l.certificate, "tls-cert", "", "with --listen: certificate chain, PEM")
	flags.StringVar(&l.key, "tls-key", "", "with --listen: private key of the certificate, PEM")
	flags.BoolVar(&l.behindProxy, "behind-proxy", false, "with --listen: a proxy in front of it terminates TLS")
	completeNothing(cmd, "listen")
	completeFile(cmd, "secret-file")
	completeFile(cmd, "other-secret-file")
	completeFile(cmd, "tls-cert", "pem", "crt")
	completeFile(cmd, "tls-key", "pem", "key")
}

func (l *listening) check() error {
	switch {
	case l.address == "" && (l.secretFile != "" || l.otherFile != "" || l.certificate != "" || l.key != "" || l.behindProxy):
		return usageError{errors.New("--secret-file, --other-secret-file, --tls-cert, --tls-key and --behind-proxy belong to --listen, which is missing")}
	case l.address != "" && l.secretFile == "":
		return usageError{errors.New("--listen needs --secret-file: callbacks are believed for their secret only")}
	case (l.certificate == "") != (l.key == ""):
		return usageError{errors.New("--tls-cert and --tls-key belong together")}
	case l.certificate != "" && l.behindProxy:
		return usageError{errors.New("--tls-cert or --behind-proxy, one of them: either this command terminates TLS or the proxy")}
	}
	return nil
}

// secrets reads the callbacks' secret, and the second one if there is one.
func (l *listening) secrets() (secret, other string, err error) {
	if secret, err = readSecret(l.secretFile); err != nil || l.otherFile == "" {
		return secret, "", err
	}
	other, err = readSecret(l.otherFile)
	return secret, other, err
}

// tls reads the certificate, if there is one.
func (l *listening) tls() (*tls.Config, error) {
	if l.certificate == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(l.certificate, l.key)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// tally counts what became of submissions.
type tally struct {
	mu        sync.Mutex
	states    map[client.State]int // without the overruled
	overruled []receiver.Received
}

func (t *tally) count(r receiver.Received) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.Overruled != "" {
		t.overruled = append(t.overruled, receiver.Received{Ref: r.Ref, State: r.State, Overruled: r.Overruled})
		return
	}
	if t.states == nil {
		t.states = map[client.State]int{}
	}
	t.states[r.State]++
}

func (t *tally) show(out output) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	value := map[string]int{"overruled": len(t.overruled)}
	for _, state := range []client.State{client.Accepted, client.Rejected, client.Forwarded} {
		value[string(state)] = t.states[state]
	}
	return out.show(value, func(to io.Writer) {
		fmt.Fprintf(to, "%d accepted, %d rejected", t.states[client.Accepted], t.states[client.Rejected])
		if len(t.overruled) > 0 {
			fmt.Fprintf(to, ", %d overruled", len(t.overruled))
		}
		fmt.Fprintln(to, ".")
	})
}

// failure adds what was overruled to err. Repeating does not help then, whatever else failed: the error wraps nothing.
func (t *tally) failure(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.overruled) == 0 {
		return err
	}
	var text strings.Builder
	for _, r := range t.overruled {
		fmt.Fprintf(&text, "submission %s: overruled, decided here as %s, and %s by somebody else before that was told\n", r.SubmissionID, r.Overruled, r.State)
	}
	if err != nil {
		text.WriteString(err.Error())
	}
	return errors.New(strings.TrimSpace(text.String()))
}
