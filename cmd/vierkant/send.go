package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
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
	data        string
	schema      string
	attachments []string
	receipt     string
	asJSON      bool
}

func sendCommand() *cobra.Command {
	var s sending
	cmd := &cobra.Command{
		Use:   "send --service KEY (--postcode P | --ars A | --ags A) --data FILE [--attachment FILE]...",
		Short: "Seal an application for the responsible authority and submit it",
		Long: `Finds the authority, verifies that the portal attests it, checks the authority's key, seals data and attachments on
this machine, submits them, and reads back the signed receipt from the event log. Data is a JSON or an XML file.
Instead of a place, --destination and --identifier name the authority's destination and the service's URN directly.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	s.to.flags(cmd)
	s.where.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.destination, "destination", "", "id of the destination, instead of a place")
	flags.StringVar(&s.identifier, "identifier", "", "with --destination: URN of the service")
	flags.StringVar(&s.data, "data", "", "the application as .json or .xml (required)")
	flags.StringVar(&s.schema, "schema", "", "URI of the data's schema (default: the only one that the destination offers for this format)")
	flags.StringArrayVar(&s.attachments, "attachment", nil, "a file to send along; may be repeated")
	flags.StringVar(&s.receipt, "receipt", "", "file to write the receipt to, which later proves what was sent")
	flags.BoolVar(&s.asJSON, "json", false, "print JSON")
	return cmd
}

func (s *sending) run(ctx context.Context, out io.Writer) error {
	if err := s.check(); err != nil {
		return err
	}
	c, err := s.to.open()
	if err != nil {
		return err
	}
	application, err := s.application(ctx, c)
	if err != nil {
		return err
	}
	sender := c.Sender()
	receipt, err := sender.Send(ctx, application)
	if err != nil {
		return err
	}
	if err := s.keep(receipt); err != nil {
		return err
	}
	log, err := sender.Events(ctx, receipt)
	if err != nil {
		return fmt.Errorf("submitted as %s, but its event log does not hold: %w", receipt.SubmissionID, err)
	}
	return s.print(out, receipt, log)
}

// check refuses flags that do not go together, before anything is asked or read.
func (s *sending) check() error {
	switch {
	case s.data == "":
		return usageError{errors.New("--data is required: the application as .json or .xml")}
	case dataType(s.data) == "":
		return usageError{fmt.Errorf("--data %s: the name must end in .json or .xml", s.data)}
	case s.destination == "":
		return s.where.check()
	case s.identifier == "":
		return usageError{errors.New("--identifier is required with --destination: the URN of the service")}
	}
	return nil
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
	content, err := os.ReadFile(s.data)
	if err != nil {
		return a, err
	}
	a.Data = client.Data{Content: content, MIMEType: dataType(s.data), SchemaURI: s.schema}
	if a.Data.SchemaURI == "" {
		if a.Data.SchemaURI, err = onlySchema(ctx, c, a); err != nil {
			return a, err
		}
	}
	for _, path := range s.attachments {
		a.Attachments = append(a.Attachments, client.Attachment{Filename: filepath.Base(path), MIMEType: fileType(path), Open: client.File(path)})
	}
	return a, nil
}

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
		return client.Route{}, errors.New("no authority has published a route for this service there")
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

func dataType(path string) string {
	return map[string]string{".json": "application/json", ".xml": "application/xml"}[strings.ToLower(filepath.Ext(path))]
}

func fileType(path string) string {
	byName, _, err := mime.ParseMediaType(mime.TypeByExtension(filepath.Ext(path)))
	if err != nil {
		return "application/octet-stream"
	}
	return byName
}

// keep writes the receipt for later.
func (s *sending) keep(r client.Receipt) error {
	if s.receipt == "" {
		return nil
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.receipt, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("submitted as %s, but the receipt could not be kept: %w", r.SubmissionID, err)
	}
	return nil
}

func (s *sending) print(out io.Writer, r client.Receipt, log client.Log) error {
	if s.asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	fmt.Fprintf(out, "Submitted.\n  submission   %s\n  case         %s\n  destination  %s\n", r.SubmissionID, r.CaseID, r.DestinationID)
	fmt.Fprintf(out, "The event log is signed by the service and names the sealed parts that were sent:\n")
	for _, e := range log {
		fmt.Fprintf(out, "  %s\n", describe(e))
	}
	return nil
}
