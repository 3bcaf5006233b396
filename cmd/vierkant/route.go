package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/routing"
)

// place is the flags that say where a service is wanted.
type place struct{ service, postcode, ars, ags string }

func (p *place) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&p.service, "service", "", "service key of 14 digits, like 99050012104000 (required)")
	flags.StringVar(&p.postcode, "postcode", "", "where, by postcode or name of a place")
	flags.StringVar(&p.ars, "ars", "", "where, by Amtlicher Regionalschlüssel (2, 3, 5, 9 or 12 digits)")
	flags.StringVar(&p.ags, "ags", "", "where, by Amtlicher Gemeindeschlüssel (2, 3, 5 or 8 digits)")
	completeNothing(cmd, "service", "postcode", "ars", "ags")
}

// check refuses what does not name one place and a service.
func (p *place) check() error {
	if _, err := routing.ParseKey(p.service); p.service != "" && err != nil {
		return usageError{fmt.Errorf("--service: %w", err)}
	}
	given := 0
	for _, way := range []string{p.postcode, p.ars, p.ags} {
		if way != "" {
			given++
		}
	}
	if p.service == "" || given != 1 {
		return usageError{errors.New("--service and exactly one of --postcode, --ars, --ags are required")}
	}
	return nil
}

// routes resolves the place to verified routes.
func (p *place) routes(ctx context.Context, c *client.Client) ([]client.Route, error) {
	area, err := p.area(ctx, c)
	if err != nil {
		return nil, err
	}
	return c.Routes(ctx, p.service, area)
}

func (p *place) area(ctx context.Context, c *client.Client) (client.Area, error) {
	if p.postcode == "" {
		return client.Area{ARS: p.ars, AGS: p.ags}, nil
	}
	found, err := c.Areas(ctx, strings.Fields(p.postcode)...)
	if err != nil {
		return client.Area{}, err
	}
	switch len(found) {
	case 0:
		return client.Area{}, fmt.Errorf("no place is known for %q: check it, or name the place by --ars or --ags", p.postcode)
	case 1:
		return found[0].Area(), nil
	}
	lines := make([]string, len(found))
	for i, f := range found {
		lines[i] = fmt.Sprintf("  %-12s  %s, %s", f.ARS, f.Name, f.Type)
	}
	return client.Area{}, fmt.Errorf("%q can mean %d places; name one by --ars:\n%s", p.postcode, len(found), strings.Join(lines, "\n"))
}

// finding is the flags of "route".
type finding struct {
	where   place
	to      connection
	explain bool
	keptRoutes
}

func routeCommand() *cobra.Command {
	var f finding
	cmd := &cobra.Command{
		Use:   "route --service KEY (--postcode P | --ars A | --ags A) [--explain] [--offline FILE | --fallback FILE]",
		Short: "Find the authority that is responsible for a service in a place, and verify its attestation",
		Long: `Asks who is responsible, and verifies that the portal attests it. --explain shows how the answer came about: which areas were
looked at, who answers there, and why others do not.

With --offline nobody is asked: FILE is a snapshot of "vierkant snapshot --save", of which everything is verified. --fallback asks the
service, and the snapshot only where that is out of reach; it says so. Whose word the snapshot has to be stands in FILE.trust.json,
which is worth as much as its keeper's word; to rely on keys that you got yourself, give --portal-keys, and --url for the address.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), outputOf(cmd), cmd.ErrOrStderr())
		},
	}
	f.where.flags(cmd)
	f.to.flags(cmd)
	f.keptRoutes.flags(cmd)
	cmd.Flags().BoolVar(&f.explain, "explain", false, "show how the answer came about")
	return cmd
}

func (f *finding) run(ctx context.Context, out output, warn io.Writer) error {
	if err := f.where.check(); err != nil {
		return err
	}
	if err := f.keptRoutes.check(f.where, f.explain); err != nil {
		return err
	}
	if f.offline != "" {
		return f.runOffline(out, warn)
	}
	c, err := f.to.open(asSender, nil)
	if err != nil {
		return err
	}
	area, err := f.where.area(ctx, c)
	if err != nil {
		return err
	}
	area.Former = true // nothing is sent by this, and what is taken on trust is said
	if f.explain {
		return f.runExplained(ctx, out, c, area)
	}
	routes, err := f.ask(ctx, c, area, warn)
	if err != nil {
		return err
	}
	return showRoutes(out, routes)
}

// ask asks the service, and a snapshot where that is wanted and needed.
func (f *finding) ask(ctx context.Context, c *client.Client, area client.Area, warn io.Writer) ([]client.Route, error) {
	if f.fallback == "" {
		return c.Routes(ctx, f.where.service, area)
	}
	s, err := f.open(f.fallback, f.to.url)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	routes, kept, err := c.RoutesOr(ctx, s, f.where.service, area)
	if kept && err == nil {
		fmt.Fprintf(warn, "Warning: the routing service is out of reach; this is what %s says.\n", f.fallback)
		warnOfAge(warn, f.fallback, s.Issued(), time.Now())
	}
	return routes, err
}

func (f *finding) runOffline(out output, warn io.Writer) error {
	s, err := f.open(f.offline, f.to.url)
	if err != nil {
		return err
	}
	defer s.Close()
	warnOfAge(warn, f.offline, s.Issued(), time.Now())
	routes, err := s.Routes(f.where.service, client.Area{ARS: f.where.ars, AGS: f.where.ags}, time.Now())
	if err != nil {
		return err
	}
	return showRoutes(out, routes)
}

// explainedRoutes is what --explain gives.
type explainedRoutes struct {
	Routes      []client.Route    `json:"routes"`
	Explanation *wire.Explanation `json:"explanation"`
}

func (f *finding) runExplained(ctx context.Context, out output, c *client.Client, area client.Area) error {
	routes, err := c.Routes(ctx, f.where.service, area)
	if err != nil {
		return err
	}
	why, err := c.Explain(ctx, f.where.service, area)
	if err != nil {
		return err
	}
	if routes == nil {
		routes = []client.Route{}
	}
	return out.show(explainedRoutes{routes, why}, func(to io.Writer) {
		writeRoutes(to, routes)
		writeExplanation(to, why)
	})
}

// writeExplanation prints why an answer is what it is.
func writeExplanation(to io.Writer, why *wire.Explanation) {
	if why == nil {
		fmt.Fprintln(to, "This service does not explain its answers.")
		return
	}
	fmt.Fprintf(to, "%s\n", why.Outcome)
	for _, note := range why.Notes {
		fmt.Fprintf(to, "%s\n", note)
	}
	for _, level := range why.Levels {
		fmt.Fprintf(to, "  %-14s  %s\n", level.Region, level.Name)
		for _, c := range level.Candidates {
			fmt.Fprintf(to, "    %-14s  %s (%s)\n                    %s\n", c.Verdict, c.DestinationName, c.DestinationID, c.Reason)
		}
		if level.Omitted > 0 {
			fmt.Fprintf(to, "    and %d more\n", level.Omitted)
		}
	}
}

// showRoutes prints verified routes.
func showRoutes(out output, routes []client.Route) error {
	if routes == nil {
		routes = []client.Route{}
	}
	return out.show(routes, func(to io.Writer) { writeRoutes(to, routes) })
}

func writeRoutes(to io.Writer, routes []client.Route) {
	if len(routes) == 0 {
		fmt.Fprintln(to, "No authority has published a route for this service there.")
	}
	for _, r := range routes {
		fmt.Fprintf(to, "%s\n  destination  %s\n  service      %s\n  attested by the portal for %s\n", r.Name, r.DestinationID, r.Service, attested(r))
		if r.Moved != "" {
			fmt.Fprintf(to, "  not attested: %s\n", r.Moved)
		}
	}
}

// attested names the areas for which the portal vouches.
func attested(r client.Route) string {
	names := make([]string, len(r.Attested))
	for i, ars := range r.Attested {
		names[i] = "ARS " + ars
		if ars == "" {
			names[i] = "the whole country"
		}
	}
	return strings.Join(names, ", ")
}
