package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

// replaying is the flags of "callback replay".
type replaying struct {
	to, since   string
	undelivered bool
}

func callbackReplayCommand() *cobra.Command {
	var (
		at ofOrg
		in replaying
	)
	cmd := &cobra.Command{
		Use:   "replay (CALLBACK | --to RECEIVER --since TIME [--undelivered]) [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Make a callback again, or all to a destination or a sending client since a time",
		Args: func(cmd *cobra.Command, args []string) error {
			if in.to != "" {
				return noArguments(cmd, args)
			}
			return oneArgument("callback")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if in.to == "" {
				return in.one(cmd, &at, args[0])
			}
			return in.all(cmd, &at)
		},
	}
	at.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&in.to, "to", "", receiverUsage+", instead of one callback")
	flags.StringVar(&in.since, "since", "", "with --to: what came to be owed since then, a time like 2026-11-22T08:00:00Z or how long ago, like 36h")
	flags.BoolVar(&in.undelivered, "undelivered", false, "with --to: only what nobody has taken")
	completeNothing(cmd, "to", "since")
	return cmd
}

func (r *replaying) one(cmd *cobra.Command, at *ofOrg, id string) error {
	if r.since != "" || r.undelivered {
		return usageError{errors.New("--since and --undelivered belong to --to, which is missing")}
	}
	return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
		var d wire.CallbackDelivery
		if err := m.Send(ctx, http.MethodPost, org+"/deliveries/"+segment(id)+"/replay", nil, &d); err != nil {
			return err
		}
		return outputOf(cmd).show(d, func(to io.Writer) {
			fmt.Fprintf(to, "It is made again now. What comes of it: vierkant callback show %s\n", d.DeliveryID)
		})
	})
}

func (r *replaying) all(cmd *cobra.Command, at *ofOrg) error {
	since, err := sinceTime(r.since, time.Now())
	if err != nil {
		return err
	}
	return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
		var n wire.CallbackCount
		in := wire.CallbackReplay{Since: &since, Undelivered: r.undelivered}
		if err := m.Send(ctx, http.MethodPost, org+"/callbacks/"+segment(r.to)+"/replay", in, &n); err != nil {
			return err
		}
		return outputOf(cmd).show(n, func(to io.Writer) {
			fmt.Fprintf(to, "Callbacks that are made again: %d. What comes of them: vierkant callback list %s\n", n.Count, printable(r.to))
		})
	})
}

// sinceTime reads an instant, or how long ago it was.
func sinceTime(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usageError{fmt.Errorf("--since %q: expected a time like 2026-11-22T08:00:00Z, or how long ago, like 36h", text)}
	}
	return at, nil
}

func callbackResumeCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "resume RECEIVER [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Call a receiver again that was paused or stopped, and at once for what waits",
		Args:  oneArgument(receiverUsage),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var n wire.CallbackCount
				if err := m.Send(ctx, http.MethodPost, org+"/callbacks/"+segment(args[0])+"/resume", nil, &n); err != nil {
					return err
				}
				return outputOf(cmd).show(n, func(to io.Writer) {
					fmt.Fprintf(to, "Addresses that were in trouble and are called again: %d. What was given up stays so: vierkant callback replay --to %s --undelivered --since 336h\n",
						n.Count, printable(args[0]))
				})
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = completeOfOrg(&at, "/callbacks", "endpoints", offerTroubled)
	return cmd
}

func callbackSecretCommand() *cobra.Command {
	var (
		at      ofOrg
		made    secretFlag
		chosen  string
		overlap time.Duration
	)
	cmd := &cobra.Command{
		Use:   "secret DESTINATION [--overlap 24h] [--secret-file FILE | --out FILE] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Give the callbacks of a destination a new secret",
		Long: `The new secret takes effect at once. For the time of --overlap the one before is good too: calls carry a signature of Standard Webhooks by
each; callback-authentication is made with the new one, and who refuses that with 401 or 403 is called again at once with the one before.`,
		Args: oneArgument("destination"),
		RunE: func(cmd *cobra.Command, args []string) error {
			draft := wire.CallbackSecretDraft{Overlap: int(overlap / time.Second)}
			if chosen != "" {
				var err error
				if draft.Secret, err = readSecret(chosen); err != nil {
					return err
				}
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var out wire.CallbackSecret
				if err := made.hand(func() (*string, error) {
					return &out.Secret, m.Send(ctx, http.MethodPost, org+"/callbacks/"+segment(args[0])+"/secret", draft, &out)
				}); err != nil {
					return err
				}
				if chosen != "" {
					out.Secret = "" // whoever chose it knows it
				}
				return outputOf(cmd).show(out, showCallbackSecret(out, made))
			})
		},
	}
	at.flags(cmd)
	made.flag(cmd, "the secret")
	cmd.Flags().StringVar(&chosen, "secret-file", "", "file with the new secret, 32 to 512 characters (default: one is made)")
	cmd.Flags().DurationVar(&overlap, "overlap", 0, "for how long the secret before is good beside the new one, at most 720h")
	cmd.MarkFlagsMutuallyExclusive("secret-file", "out")
	completeFile(cmd, "secret-file")
	completeNothing(cmd, "overlap")
	return cmd
}

func showCallbackSecret(s wire.CallbackSecret, in secretFlag) func(io.Writer) {
	return func(to io.Writer) {
		switch {
		case in.file != "":
			fmt.Fprintf(to, "Secret  in %s\n", in.file)
		case s.Secret != "":
			fmt.Fprintf(to, "Secret  %s\n\nKeep the secret: it is shown this once.\n", s.Secret)
		default:
			fmt.Fprintln(to, "The secret is changed.")
		}
		if s.FormerSecretUntil != nil {
			fmt.Fprintf(to, "The one before is good until %s.\n", when(*s.FormerSecretUntil))
		}
	}
}
