package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
)

// sending is the flags of "send".
type sending struct {
	to          connection
	where       place
	destination string
	identifier  string
	replyKey    string
	enclosure
}

func sendCommand() *cobra.Command {
	var s sending
	cmd := &cobra.Command{
		Use:   "send --service KEY (--postcode P | --ars A | --ags A) --data FILE [--attachment FILE]...",
		Short: "Seal an application for the responsible authority and submit it",
		Long: `Finds the authority, verifies that the portal attests it, checks the authority's key, seals data and attachments on
this machine, submits them, and reads back the signed log. Data is a JSON or an XML file. Attachments are read piece by piece and
may be large; from 200 MB on they travel in fragments. Instead of a place, --destination and --identifier name the authority's
destination and the service's URN directly.

Keep the receipt (--receipt, 0600): "vierkant events --receipt FILE" tells with it what became of the application, and whether the
authority got the very same bytes. It is written before anything is printed, also when the answer to the last step got lost: then
the application may have arrived, and the receipt is how to find out.

With --reply-key the authority may reply through the broker, sealed to a key of this application: "vierkant replies" shows what came,
and opens it with that file and the receipt.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context(), outputOf(cmd)) },
	}
	s.to.flags(cmd)
	s.where.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.destination, "destination", "", "id of the destination, instead of a place")
	flags.StringVar(&s.identifier, "identifier", "", "with --destination: URN of the service")
	s.enclosure.flags(cmd, "the application as .json or .xml (required)",
		"URI of the data's schema (default: the only one that the destination offers for this format)")
	flags.StringVar(&s.replyKey, "reply-key", "", "ask for replies through the broker: file of the private key that opens them, made if missing; one for each application")
	completeFile(cmd, "reply-key", "json")
	completeNothing(cmd, "destination", "identifier")
	return cmd
}

func (s *sending) run(ctx context.Context, out output) error {
	if err := s.check(); err != nil {
		return err
	}
	kept, err := s.reserve()
	if err != nil {
		return err
	}
	defer kept.drop()
	progress := newMeter("sent", out)
	defer progress.end()
	c, err := s.to.open(asSender, progress.progress())
	if err != nil {
		return err
	}
	application, err := s.application(ctx, c)
	if err != nil {
		return err
	}
	receipt, err := c.Sender().Send(ctx, application)
	progress.end()
	return s.conclude(ctx, c, receipt, err, kept, out)
}

// check refuses flags that do not go together, before anything is asked or read.
func (s *sending) check() error {
	if err := s.checkData(); err != nil {
		return err
	}
	switch {
	case s.destination == "" && s.identifier != "":
		return usageError{errors.New("--identifier goes with --destination; with a place the service is named by --service")}
	case s.destination != "" && s.where != place{}:
		return usageError{errors.New("--destination names the authority: it goes with --identifier, not with --service and a place")}
	case s.destination != "" && s.identifier == "":
		return usageError{errors.New("--identifier is required with --destination: the URN of the service")}
	}
	if s.destination == "" {
		if err := s.where.check(); err != nil {
			return err
		}
	}
	return s.checkFiles()
}

func (s *sending) application(ctx context.Context, c *client.Client) (client.Application, error) {
	a := client.Application{Destination: client.DestinationID(s.destination), Service: s.identifier}
	if s.destination == "" {
		route, err := s.route(ctx, c)
		if err != nil {
			return a, err
		}
		a.Destination, a.Service, a.Region = route.DestinationID, route.Service, route.Region
	}
	var err error
	if a.Data, a.Attachments, err = s.read(); err != nil {
		return a, err
	}
	if a.Data.SchemaURI == "" {
		if a.Data.SchemaURI, err = onlySchema(ctx, c, a); err != nil {
			return a, err
		}
	}
	if s.replyKey == "" {
		return a, nil
	}
	key, err := obtainReplyKey(s.replyKey)
	a.ReplyChannel = client.ReplyTo(key.Public)
	return a, err
}

// errNoRoute means: nobody is responsible, as far as the portal knows.
var errNoRoute = errors.New("no authority has published a route for this service there")

// route returns the one verified route; several are for the caller to choose from.
func (s *sending) route(ctx context.Context, c *client.Client) (client.Route, error) {
	routes, err := s.where.routes(ctx, c)
	if err != nil {
		return client.Route{}, err
	}
	if len(routes) == 1 {
		return routes[0], nil
	}
	if len(routes) == 0 {
		return client.Route{}, errNoRoute
	}
	lines := make([]string, len(routes))
	for i, r := range routes {
		lines[i] = fmt.Sprintf("  --destination %s --identifier %s   %s", r.DestinationID, r.Service, r.Name)
	}
	return client.Route{}, fmt.Errorf("several authorities are responsible; choose one:\n%s", strings.Join(lines, "\n"))
}

// onlySchema returns the schema that the destination takes for this service and format, if there is no choice.
func onlySchema(ctx context.Context, c *client.Client, a client.Application) (string, error) {
	d, err := c.Destination(ctx, a.Destination)
	if err != nil {
		return "", err
	}
	var offered []string
	for _, service := range d.Services {
		for _, schema := range service.SubmissionSchemas {
			if service.Identifier == a.Service && schema.MIMEType == a.Data.MIMEType {
				offered = append(offered, schema.SchemaURI)
			}
		}
	}
	if len(offered) == 1 {
		return offered[0], nil
	}
	return "", fmt.Errorf("the destination takes %d schemas of %s for %s; name one by --schema: %s", len(offered), a.Data.MIMEType, a.Service, strings.Join(offered, " "))
}
