package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/api/wire"
)

func grantCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "grant",
		Short: "Territory: in which places an organisation publishes routes, and who agreed to what",
		Long: `A grant makes places the territory of an organisation: services, or all, in a region and all that it covers. In reference and
production an organisation publishes inside its grants and nowhere else. Everywhere, who publishes at another's place, or nearer than the
other's route, needs the other's consent, or the operator's.`,
	}
	onlyCommands(cmd)
	cmd.AddCommand(grantGiveCommand(), grantListCommand(), grantWithdrawCommand(), consentCommand())
	return cmd
}

// span is the flags that say for what a grant or a consent is.
type span struct {
	region   string
	services []string
}

func (s *span) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.region, "region", "", "DE, or 2, 3, 5, 9 or 12 digits of an ARS; all that it covers is meant too (required)")
	cmd.Flags().StringArrayVar(&s.services, "service", nil, "URN or key of 14 digits; may be repeated (default: all services)")
	completeNothing(cmd, "region", "service")
}

func (s *span) check() error {
	if s.region == "" {
		return usageError{errors.New("--region is required")}
	}
	return nil
}

func (s *span) urns() []string {
	urns := make([]string, len(s.services))
	for i, service := range s.services {
		urns[i] = routesheet.URN(service)
	}
	return urns
}

func grantGiveCommand() *cobra.Command {
	var (
		at ofOrg
		in span
	)
	cmd := &cobra.Command{
		Use:   "give --region R [--service S]... [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Make places the territory of an organisation; only operators may",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := in.check(); err != nil {
				return err
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var g wire.Territory
				draft := wire.TerritoryDraft{Services: in.urns(), Region: routesheet.Region(in.region)}
				if err := m.Send(ctx, http.MethodPost, org+"/grants", draft, &g); err != nil {
					return err
				}
				return outputOf(cmd).show(g, func(to io.Writer) {
					fmt.Fprintf(to, "The grant %s is for %s.\n", g.GrantID, spanText(g.Services, g.Region))
				})
			})
		},
	}
	at.flags(cmd)
	in.flags(cmd)
	return cmd
}

func spanText(services []string, region string) string {
	if len(services) == 0 {
		return "all services in " + printable(region)
	}
	return printable(strings.Join(services, ", ") + " in " + region)
}

func grantListCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "list [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "List the territory of an organisation",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				return listAll(ctx, m, outputOf(cmd), org+"/grants", "grants", "It has no territory.", "GRANT SINCE BY PLACES", func(g wire.Territory) []string {
					return []string{g.GrantID, when(g.MadeAt), g.By, spanText(g.Services, g.Region)}
				})
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func grantWithdrawCommand() *cobra.Command {
	var (
		at     ofOrg
		routes bool
	)
	cmd := &cobra.Command{
		Use:   "withdraw GRANT [--routes] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Take territory back; only operators may",
		Args:  oneArgument("grant"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				path := org + "/grants/" + segment(args[0])
				if routes {
					path += "?routes=true"
				}
				var out wire.RouteOutcome
				if err := m.Send(ctx, http.MethodDelete, path, nil, &out); err != nil {
					return err
				}
				return outputOf(cmd).show(out, func(to io.Writer) {
					fmt.Fprintf(to, "It is withdrawn; %d routes went with it.\n", len(out.Plan.Changes))
				})
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().BoolVar(&routes, "routes", false, "delete the routes that no other grant carries, instead of refusing")
	cmd.ValidArgsFunction = completeOfOrg(&at, "/grants", "grants", func(g wire.Territory) cobra.Completion {
		return cobra.CompletionWithDesc(g.GrantID, spanText(g.Services, g.Region))
	})
	return cmd
}
