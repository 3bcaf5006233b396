package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/api/wire"
)

func routesHistoryCommand() *cobra.Command {
	var (
		at     ofOrg
		number int
	)
	cmd := &cobra.Command{
		Use:   "history [--revision N] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "List who changed the routes when, or show one of these revisions",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				path, out := org+"/routes/revisions", outputOf(cmd)
				if number == 0 {
					return listAll(ctx, m, out, path, "revisions", "Nothing was ever published.", "REVISION AT BY RELEASED PUT DELETED COMMENT", revisionRow)
				}
				changes, err := client.ManagementList[wire.RouteChange](ctx, m, fmt.Sprintf("%s/%d", path, number), "changes")
				if err != nil {
					return err
				}
				return out.show(map[string]any{"changes": changes}, func(to io.Writer) { writeChanges(to, changes) })
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().IntVar(&number, "revision", 0, "show what this one changed")
	completeNothing(cmd, "revision")
	return cmd
}

func revisionRow(r wire.Revision) []string {
	released := r.ReleasedBy
	if released == "" {
		released = "at once"
	}
	return []string{strconv.Itoa(r.Number), when(r.At), r.By, released, strconv.Itoa(r.Put), strconv.Itoa(r.Deleted), r.Comment}
}

func routesRollbackCommand() *cobra.Command {
	var (
		at   ofOrg
		in   wire.Rollback
		want int
	)
	cmd := &cobra.Command{
		Use:   "rollback --to N [--plan] [--comment TEXT] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Make all routes as they were after a revision, at once",
		Long: `Makes all routes of the organisation as they were after a revision, 0 for before the first. It happens at once, in production too: all
that is restored was released before. "vierkant routes history" shows the revisions.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if want < 0 {
				return usageError{errors.New("--to is required: the number of a revision, or 0")}
			}
			in.Revision = &want
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				return change(ctx, m, outputOf(cmd), org+"/routes/rollback", in, in.Plan)
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().IntVar(&want, "to", -1, "the revision (required)")
	cmd.Flags().BoolVar(&in.Plan, "plan", false, "only say what it would change")
	cmd.Flags().StringVar(&in.Comment, "comment", "", "why, for the history")
	completeNothing(cmd, "to", "comment")
	return cmd
}

// change sends what changes routes and shows what came of it.
func change(ctx context.Context, m *client.Management, out output, path string, in any, planned bool) error {
	var outcome shownOutcome
	if err := m.Send(ctx, http.MethodPost, path, in, &outcome.RouteOutcome); err != nil {
		return err
	}
	if !planned {
		return out.show(outcome, outcome.write)
	}
	plan := shownPlan{RoutePlan: outcome.Plan}
	return errors.Join(out.show(plan, plan.write), plan.refusal())
}

func routesSwitchCommand(how, short string) *cobra.Command {
	var (
		at ofOrg
		in wire.RoutesOffline
	)
	cmd := &cobra.Command{
		Use:   how + " KEY... [--comment TEXT] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{fmt.Errorf("%s takes keys of routes; \"vierkant routes list\" shows them", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Keys = args
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				return change(ctx, m, outputOf(cmd), org+"/routes/"+how, in, false)
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&in.Comment, "comment", "", "why, for the history")
	completeNothing(cmd, "comment")
	cmd.ValidArgsFunction = completeRoutes(&at)
	return cmd
}

func routesPreviewCommand() *cobra.Command {
	var (
		at            fromFile
		service, area string
		times         []string
		file          string
	)
	cmd := &cobra.Command{
		Use:   "preview --service S --region R [--at TIME]... [--file FILE] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Say who gets a service in a place, now or at another time, and why",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if service == "" || area == "" {
				return usageError{errors.New("--service and --region are required")}
			}
			queries, err := previewQueries(routesheet.URN(service), routesheet.Region(area), times)
			if err != nil {
				return err
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var changes *routesFile
				if file != "" {
					if changes, err = at.read(ctx, m, org, file); err != nil {
						return err
					}
				}
				return preview(ctx, m, outputOf(cmd), org, queries, changes)
			})
		},
	}
	at.ofOrg.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&service, "service", "", "URN or key of 14 digits (required)")
	flags.StringVar(&area, "region", "", "DE, or digits of an ARS (required)")
	flags.StringArrayVar(&times, "at", nil, "a date or a time, may be repeated (default: now)")
	flags.StringVar(&file, "file", "", "as if this file were published")
	completeNothing(cmd, "service", "region", "at")
	completeFile(cmd, "file", "yaml", "yml", "csv")
	return cmd
}

func previewQueries(service, region string, times []string) (queries []string, err error) {
	if len(times) == 0 {
		return []string{url.Values{"service": {service}, "region": {region}}.Encode()}, nil
	}
	for _, text := range times {
		at, err := routesheet.ParseTime(text)
		if err != nil {
			return nil, usageError{fmt.Errorf("--at: %w", err)}
		}
		queries = append(queries, url.Values{"service": {service}, "region": {region}, "at": {at.UTC().Format(routesheet.TimeFormat)}}.Encode())
	}
	return queries, nil
}

func preview(ctx context.Context, m *client.Management, out output, org string, queries []string, changes *routesFile) error {
	answers := make([]wire.RoutePreview, len(queries))
	for i, query := range queries {
		path := org + "/routes/preview?" + query
		var err error
		if changes == nil {
			err = m.Get(ctx, path, &answers[i])
		} else {
			err = changes.send(ctx, m, path, &answers[i])
		}
		if err != nil {
			return err
		}
	}
	return out.show(map[string]any{"answers": answers}, func(to io.Writer) {
		for _, a := range answers {
			writePreview(to, a)
		}
	})
}

func writePreview(to io.Writer, p wire.RoutePreview) {
	fmt.Fprintf(to, "At %s ", when(p.At))
	if len(p.Answers) == 0 {
		fmt.Fprintln(to, "nobody answers.")
	}
	for i, a := range p.Answers {
		if i > 0 {
			fmt.Fprint(to, "and ")
		}
		fmt.Fprintf(to, "%s answers, destination %s, at %s.\n", printable(a.Name), a.DestinationID, printable(p.Region))
	}
	for _, s := range p.Steps {
		fmt.Fprintf(to, "  %s\n", printable(s.Region+"  "+s.Name))
		for _, c := range s.Candidates {
			fmt.Fprintf(to, "    %s: %s\n", printable(c.Name), printable(c.Reason))
		}
	}
}
