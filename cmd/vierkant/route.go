package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
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

func routeCommand() *cobra.Command {
	var (
		where place
		to    connection
	)
	cmd := &cobra.Command{
		Use:   "route --service KEY (--postcode P | --ars A | --ags A)",
		Short: "Find the authority that is responsible for a service in a place, and verify its attestation",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := where.check(); err != nil {
				return err
			}
			c, err := to.open(asSender, nil)
			if err != nil {
				return err
			}
			routes, err := where.routes(cmd.Context(), c)
			if err != nil {
				return err
			}
			return showRoutes(outputOf(cmd), routes)
		},
	}
	where.flags(cmd)
	to.flags(cmd)
	return cmd
}

// showRoutes prints verified routes.
func showRoutes(out output, routes []client.Route) error {
	if routes == nil {
		routes = []client.Route{}
	}
	return out.show(routes, func(to io.Writer) {
		if len(routes) == 0 {
			fmt.Fprintln(to, "No authority has published a route for this service there.")
		}
		for _, r := range routes {
			fmt.Fprintf(to, "%s\n  destination  %s\n  service      %s\n  attested by the portal for %s\n", r.Name, r.DestinationID, r.Service, attested(r))
		}
	})
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
