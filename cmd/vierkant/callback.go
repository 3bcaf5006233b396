package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func callbackCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "callback",
		Short: "Callbacks: how receivers are told of what is new, what came of it, and how to mend it",
		Long: `A destination is called at the URL that its owner set, a sender at the one that it named with a submission. A call that is not answered with
2xx is made again: after 5 seconds, 15, 45, and so on up to every 6 hours, for 14 days. After five failures in a row an address is paused:
one call tries, at pauses from a minute to an hour, and what else is owed waits. Retry-After pauses it for as long as it says. One that answers 410 is
stopped until its URL is changed or it is resumed. What was given up, or taken and lost, can be replayed.`,
	}
	onlyCommands(cmd)
	cmd.AddCommand(callbackStatusCommand(), callbackListCommand(), callbackShowCommand(), callbackTestCommand(), callbackReplayCommand(),
		callbackResumeCommand(), callbackSecretCommand())
	return cmd
}

const receiverUsage = "id of a destination or of a sending client"

func callbackStatusCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "status [RECEIVER] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "See how the callbacks to a destination or a sending client stand; without one, what is in trouble",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneArgument(receiverUsage)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				if len(args) == 0 {
					return listAll(ctx, m, outputOf(cmd), org+"/callbacks", "endpoints", "Nothing is in trouble.", "RECEIVER STATE FAILURES SINCE ADDRESS", endpointRow)
				}
				var st wire.CallbackStatus
				if err := m.Get(ctx, org+"/callbacks/"+segment(args[0]), &st); err != nil {
					return err
				}
				return outputOf(cmd).show(st, showCallbackStatus(st))
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = completeOfOrg(&at, "/callbacks", "endpoints", offerTroubled)
	return cmd
}

func offerTroubled(e wire.CallbackEndpoint) cobra.Completion {
	return cobra.CompletionWithDesc(e.ReceiverID, e.ReceiverKind+", "+e.State)
}

func endpointRow(e wire.CallbackEndpoint) []string {
	return []string{e.ReceiverKind + " " + e.ReceiverID, stateOfEndpoint(e), strconv.Itoa(e.Failures), when(e.Since), e.URL}
}

func stateOfEndpoint(e wire.CallbackEndpoint) string {
	if e.PausedUntil == nil {
		return e.State
	}
	return e.State + " until " + when(*e.PausedUntil)
}

func callbackListCommand() *cobra.Command {
	var (
		at   ofOrg
		last int
	)
	cmd := &cobra.Command{
		Use:   "list RECEIVER [--last 50] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "List the callbacks to a destination or a sending client, the latest last",
		Args:  oneArgument(receiverUsage),
		RunE: func(cmd *cobra.Command, args []string) error {
			if last < 1 {
				return usageError{fmt.Errorf("--last %d: how many callbacks? At least 1", last)}
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				all, err := lastOf[wire.CallbackDelivery](ctx, m, org+"/callbacks/"+segment(args[0])+"/deliveries", "deliveries", last)
				if err != nil {
					return err
				}
				return showTable(outputOf(cmd), "deliveries", all, "There are none.", "CALLBACK TYPE SINCE STATE ATTEMPTS LATEST", deliveryRow)
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().IntVar(&last, "last", 50, "how many callbacks")
	completeNothing(cmd, "last")
	return cmd
}

func deliveryRow(d wire.CallbackDelivery) []string {
	latest := "not tried yet"
	if n := len(d.Attempts); n > 0 {
		latest = attemptText(d.Attempts[n-1])
	}
	return []string{d.DeliveryID, d.Type, when(d.CreatedAt), d.State, strconv.Itoa(len(d.Attempts)), latest}
}

func callbackShowCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "show CALLBACK [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Show a callback with its attempts",
		Args:  oneArgument("callback"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var d wire.CallbackDelivery
				if err := m.Get(ctx, org+"/deliveries/"+segment(args[0]), &d); err != nil {
					return err
				}
				return outputOf(cmd).show(d, showDelivery(d))
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func callbackTestCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "test DESTINATION [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Call a destination now, and show what was sent and what came of it",
		Long: `Makes one call of the type new-events about a submission that there is not (00000000-0000-0000-0000-000000000000), signed like all others.
Nothing else follows: an address is neither paused nor resumed by it. The exit status is 1 if the call was not taken.`,
		Args: oneArgument("destination"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var made wire.CallbackTrial
				if err := m.Send(ctx, http.MethodPost, org+"/callbacks/"+segment(args[0])+"/test", nil, &made); err != nil {
					return err
				}
				if err := outputOf(cmd).show(made, showTrial(made)); err != nil || made.Taken {
					return err
				}
				return fmt.Errorf("the call was not taken: %s", outcomeText(made.Status, made.Reason))
			})
		},
	}
	at.flags(cmd)
	return cmd
}
