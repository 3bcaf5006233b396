package main

import (
	"context"
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
the application may have arrived, and the receipt is how to find out.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context(), outputOf(cmd)) },
	}
	s.to.flags(cmd)
	s.where.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.destination, "destination", "", "id of the destination, instead of a place")
	flags.StringVar(&s.identifier, "identifier", "", "with --destination: URN of the service")
	flags.StringVar(&s.data, "data", "", "the application as .json or .xml (required)")
	flags.StringVar(&s.schema, "schema", "", "URI of the data's schema (default: the only one that the destination offers for this format)")
	flags.StringArrayVar(&s.attachments, "attachment", nil, "a file to send along; may be repeated")
	flags.StringVar(&s.receipt, "receipt", "", "new file for the receipt, which later proves what was sent")
	completeFile(cmd, "data", "json", "xml")
	completeFile(cmd, "attachment")
	completeFile(cmd, "receipt", "json")
	completeNothing(cmd, "destination", "identifier", "schema")
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
	var unconfirmed *client.UnconfirmedError
	if errors.As(err, &unconfirmed) {
		return s.uncertain(unconfirmed, kept, out)
	}
	if err != nil {
		return err
	}
	return s.finish(ctx, c, receipt, kept, out)
}

// reserve makes sure, before anything is sent, that the receipt can be kept. Without --receipt it returns nil.
func (s *sending) reserve() (*newFile, error) {
	if s.receipt == "" {
		return nil, nil
	}
	return reserve(s.receipt, 0o600)
}

// finish keeps the receipt and reads back what the service says of the submission.
func (s *sending) finish(ctx context.Context, c *client.Client, receipt client.Receipt, kept *newFile, out output) error {
	if err := keepReceipt(kept, receipt); err != nil {
		return errors.Join(err, showReceipt(out, receipt))
	}
	log, err := c.Sender().Events(ctx, receipt)
	if err != nil {
		return &unreadLogError{receipt, err}
	}
	return out.show(sent{receipt, log.State(receipt.SubmissionID), s.receipt}, func(to io.Writer) {
		fmt.Fprintf(to, "Submitted.\n  submission   %s\n  case         %s\n  destination  %s\n", receipt.SubmissionID, receipt.CaseID, receipt.DestinationID)
		if s.receipt != "" {
			fmt.Fprintf(to, "  receipt      %s\n", s.receipt)
		}
		fmt.Fprintln(to, "The event log is signed by the service and names the sealed parts that were sent:")
		timeline(to, log)
	})
}

func keepReceipt(kept *newFile, receipt client.Receipt) error {
	if kept == nil {
		return nil
	}
	if err := kept.keepJSON(receipt); err != nil {
		return fmt.Errorf("submitted as %s, but the receipt that follows could not be kept: %w", receipt.SubmissionID, err)
	}
	return nil
}

// sent is what programs read of it.
type sent struct {
	client.Receipt
	State client.State `json:"state"`
	File  string       `json:"receiptFile,omitempty"`
}

// unreadLogError is a submission that was submitted, while its log cannot be read or does not hold.
type unreadLogError struct {
	receipt client.Receipt
	err     error
}

func (e *unreadLogError) Error() string {
	return fmt.Sprintf("submitted as %s, but its event log could not be verified: %v", e.receipt.SubmissionID, e.err)
}

func (e *unreadLogError) Unwrap() error { return e.err }

// uncertain keeps the receipt of what may have arrived, if need be in a file of its own.
func (s *sending) uncertain(err *client.UnconfirmedError, kept *newFile, out output) error {
	file, failed := s.receipt, error(nil)
	if kept == nil {
		file = fmt.Sprintf("receipt-%s.json", err.Receipt.SubmissionID)
		kept, failed = reserve(file, 0o600)
	}
	if failed == nil {
		failed = kept.keepJSON(err.Receipt)
	}
	if failed != nil {
		return errors.Join(err, failed, showReceipt(out, err.Receipt))
	}
	return &uncertainError{file, err}
}

// showReceipt prints a receipt that could not be kept: what it says is nowhere else.
func showReceipt(out output, r client.Receipt) error {
	return out.show(r, func(to io.Writer) { _ = encode(to, r) })
}

// uncertainError says where the receipt of what may have arrived is.
type uncertainError struct {
	file string
	err  *client.UnconfirmedError
}

func (e *uncertainError) Error() string { return e.err.Error() }

func (e *uncertainError) Unwrap() error { return e.err }

// check refuses flags that do not go together, before anything is asked or read.
func (s *sending) check() error {
	switch {
	case s.data == "":
		return usageError{errors.New("--data is required: the application as .json or .xml")}
	case dataType(s.data) == "":
		return usageError{fmt.Errorf("--data %s: the name must end in .json or .xml", s.data)}
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

// checkFiles refuses what cannot be read twice, as attachments are, or never ends.
func (s *sending) checkFiles() error {
	for _, path := range append([]string{s.data}, s.attachments...) {
		about, err := os.Stat(path)
		if err == nil && !about.Mode().IsRegular() {
			return usageError{fmt.Errorf("%s is not a file that can be sent: a folder, a device or a pipe", path)}
		}
	}
	return nil // what is missing is told by who opens it
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
