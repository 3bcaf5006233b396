package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func routesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "routes",
		Short: "Who answers for which services where: plan, publish, preview, go back",
		Long: `Routes are kept in a file that says how they are to be: "plan" says what publishing it would change and mean, "apply" does it, as a
whole or not at all. What is not in the file and has a key that begins with its prefix is deleted. "export" writes the file of what is published.

A file in YAML; errors are said with line and column:

  prefix: gewerbe/                # of the keys of this file; without it the file is about all routes of the organisation
  comment: the Gewerbeamt moved   # for the history
  routes:
    - key: gewerbe/muenster       # small letters, digits and . _ - /
      destination: 0b4f8f62-3a4c-4d5e-9f60-7a8b9c0d1e2f
      name: Stadt Münster, Gewerbeamt
      coverage:
        - services: ["99050012104000"]     # keys of 14 digits, or URNs
          regions: ["05515"]               # DE, or digits of an ARS
          schemas: []                      # of those that the destination offers; without: all
      priority: 0                 # at one region the highest is answered
      from: 2027-01-01            # a date (its beginning in Germany) or a time like 2027-01-01T08:00:00+01:00
      until: 2028-01-01
      offline: false
      info: {imprintUrl: "https://…"}      # what a route tells people, as the Routing API names it

In CSV there is a line for each service in each region: key,destination,name,service,region, and if wanted schema, priority, from, until,
offline. What routes tell people stays as it is published.`,
	}
	onlyCommands(cmd)
	cmd.AddCommand(
		routesPlanCommand(), routesApplyCommand(), routesListCommand(), routesShowCommand(), routesExportCommand(), routesHistoryCommand(),
		routesRollbackCommand(), routesPreviewCommand(),
		routesSwitchCommand("offline", "Take routes offline: they keep their places and are not answered"),
		routesSwitchCommand("online", "Bring routes back"),
	)
	return cmd
}

// fromFile is the flags of a command that takes a file of routes.
type fromFile struct {
	ofOrg
	prefix, comment string
}

func (f *fromFile) flags(cmd *cobra.Command) {
	f.ofOrg.flags(cmd)
	cmd.Flags().StringVar(&f.prefix, "prefix", "", "of the keys that the file is about, instead of what it says")
	cmd.Flags().StringVar(&f.comment, "comment", "", "why, for the history, instead of what the file says")
	completeNothing(cmd, "prefix", "comment")
	cmd.ValidArgs = []cobra.Completion{"yaml", "yml", "csv"}
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return []cobra.Completion{"yaml", "yml", "csv"}, cobra.ShellCompDirectiveFilterFileExt
	}
}

// read reads the file and what of it only the broker knows.
func (f *fromFile) read(ctx context.Context, m *client.Management, org, path string) (*routesFile, error) {
	file, err := readRoutes(path)
	if err != nil {
		return nil, err
	}
	if f.prefix != "" {
		file.changes.Desired.Prefix = f.prefix
	}
	if f.comment != "" {
		file.changes.Comment = f.comment
	}
	if !file.textless {
		return file, nil
	}
	published, err := publishedRoutes(ctx, m, org)
	if err != nil {
		return nil, err
	}
	told := map[string]wire.RouteInfo{}
	for _, r := range published {
		told[r.Key] = r.Info
	}
	for i, r := range file.changes.Desired.Routes {
		file.changes.Desired.Routes[i].Info = told[r.Key]
	}
	return file, nil
}

func publishedRoutes(ctx context.Context, m *client.Management, org string) ([]wire.ManagedRoute, error) {
	return client.ManagementList[wire.ManagedRoute](ctx, m, org+"/routes", "routes")
}

// send posts what a file says; it may be long.
func (f *routesFile) send(ctx context.Context, m *client.Management, path string, into any) error {
	body, err := json.Marshal(f.changes)
	if err != nil {
		return err
	}
	return m.Upload(ctx, http.MethodPost, path, "application/json", body, into)
}

func routesPlanCommand() *cobra.Command {
	var (
		at    fromFile
		which someFindings
	)
	cmd := &cobra.Command{
		Use:   "plan FILE [--code CODE] [--skip N] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Say what publishing a file would change and mean; nothing is changed",
		Args:  oneArgument("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				_, plan, err := at.plan(ctx, m, org, args[0], which)
				if err != nil {
					return err
				}
				if err := outputOf(cmd).show(plan, plan.write); err != nil {
					return err
				}
				return plan.refusal()
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&which.code, "code", "", "show findings of this kind alone, like region-unknown")
	cmd.Flags().IntVar(&which.skip, "skip", 0, "findings to leave out, of many")
	completeNothing(cmd, "code", "skip")
	return cmd
}

// someFindings says which findings of a plan are to be shown, where there are many.
type someFindings struct {
	code string
	skip int
}

func (s someFindings) query() string {
	q := url.Values{"limit": {"500"}, "offset": {strconv.Itoa(s.skip)}}
	if s.code != "" {
		q.Set("code", s.code)
	}
	return "?" + q.Encode()
}

func (f *fromFile) plan(ctx context.Context, m *client.Management, org, path string, which someFindings) (*routesFile, shownPlan, error) {
	file, err := f.read(ctx, m, org, path)
	if err != nil {
		return nil, shownPlan{}, err
	}
	plan := shownPlan{places: file.places, skipped: which.skip}
	err = file.send(ctx, m, org+"/routes/plan"+which.query(), &plan.RoutePlan)
	return file, plan, err
}

func routesApplyCommand() *cobra.Command {
	var at fromFile
	cmd := &cobra.Command{
		Use:   "apply FILE [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Publish a file; in production propose it",
		Args:  oneArgument("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				file, plan, err := at.plan(ctx, m, org, args[0], someFindings{})
				if err != nil {
					return err
				}
				if plan.Refused {
					return errors.Join(outputOf(cmd).show(plan, plan.write), plan.refusal())
				}
				out := shownOutcome{places: file.places}
				if err := file.send(ctx, m, org+"/routes/apply", &out.RouteOutcome); err != nil {
					return err
				}
				return outputOf(cmd).show(out, out.write)
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func routesListCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "list [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "List what is published",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				return listAll(ctx, m, outputOf(cmd), org+"/routes", "routes", "Nothing is published.", "KEY STATE PLACES DESTINATION NAME", routeRow)
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func routeRow(r wire.ManagedRoute) []string {
	state := "online"
	if r.Offline != nil && *r.Offline {
		state = "offline"
	}
	return []string{r.Key, state, coverageText(r.Coverage), r.DestinationID, r.Name}
}

func routesShowCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "show KEY [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Show a route as it would stand in a file",
		Args:  oneArgument("key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				all, err := publishedRoutes(ctx, m, org)
				if err != nil {
					return err
				}
				for _, r := range all {
					if r.Key == args[0] {
						return showAsFile(outputOf(cmd), r, []wire.ManagedRoute{r}, "")
					}
				}
				return fmt.Errorf("no route has the key %q; \"vierkant routes list\" shows all", args[0])
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = completeRoutes(&at)
	return cmd
}

func completeRoutes(at *ofOrg) cobra.CompletionFunc {
	return completeOfOrg(at, "/routes", "routes", func(r wire.ManagedRoute) cobra.Completion {
		return cobra.CompletionWithDesc(r.Key, printable(r.Name))
	})
}

func routesExportCommand() *cobra.Command {
	var (
		at     ofOrg
		prefix string
	)
	cmd := &cobra.Command{
		Use:   "export [--prefix P] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Write the file of what is published; applying it changes nothing",
		Long:  "Writes the file of what is published to standard output. Routes that are made of templates are not in it: they are changed there.",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				all, err := publishedRoutes(ctx, m, org)
				if err != nil {
					return err
				}
				chosen := []wire.ManagedRoute{}
				for _, r := range all {
					if r.AdoptionID == "" && strings.HasPrefix(r.Key, prefix) {
						chosen = append(chosen, r)
					}
				}
				return showAsFile(outputOf(cmd), map[string]any{"prefix": prefix, "routes": chosen}, chosen, prefix)
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&prefix, "prefix", "", "only routes whose keys begin so")
	completeNothing(cmd, "prefix")
	return cmd
}

func showAsFile(out output, value any, routes []wire.ManagedRoute, prefix string) error {
	raw, err := exportRoutes(routes, prefix)
	if err != nil {
		return err
	}
	return out.show(value, func(to io.Writer) { fmt.Fprint(to, string(raw)) })
}
