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

// enclosure is the flags of what is sealed and sent, an application or a reply, and of its receipt.
type enclosure struct {
	data        string
	schema      string
	attachments []string
	receipt     string
}

func (e *enclosure) flags(cmd *cobra.Command, data, schema string) {
	flags := cmd.Flags()
	flags.StringVar(&e.data, "data", "", data)
	flags.StringVar(&e.schema, "schema", "", schema)
	flags.StringArrayVar(&e.attachments, "attachment", nil, "a file to send along; may be repeated")
	flags.StringVar(&e.receipt, "receipt", "", "new file for the receipt, which later proves what was sent")
	completeFile(cmd, "data", "json", "xml")
	completeFile(cmd, "attachment")
	completeFile(cmd, "receipt", "json")
	completeNothing(cmd, "schema")
}

func (e *enclosure) checkData() error {
	switch {
	case e.data == "":
		return usageError{errors.New("--data is required: what is sent, as .json or .xml")}
	case dataType(e.data) == "":
		return usageError{fmt.Errorf("--data %s: the name must end in .json or .xml", e.data)}
	}
	return nil
}

// checkFiles refuses what cannot be read twice, as attachments are, or never ends.
func (e *enclosure) checkFiles() error {
	for _, path := range append([]string{e.data}, e.attachments...) {
		about, err := os.Stat(path)
		if err == nil && !about.Mode().IsRegular() {
			return usageError{fmt.Errorf("%s is not a file that can be sent: a folder, a device or a pipe", path)}
		}
	}
	return nil // what is missing is told by who opens it
}

// read returns the data, and the attachments, which are read when they are sent.
func (e *enclosure) read() (data client.Data, attachments []client.Attachment, err error) {
	content, err := os.ReadFile(e.data)
	if err != nil {
		return data, nil, err
	}
	for _, path := range e.attachments {
		attachments = append(attachments, client.Attachment{Filename: filepath.Base(path), MIMEType: fileType(path), Open: client.File(path)})
	}
	return client.Data{Content: content, MIMEType: dataType(e.data), SchemaURI: e.schema}, attachments, nil
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

// reserve makes sure, before anything is sent, that the receipt can be kept. Without --receipt it returns nil.
func (e *enclosure) reserve() (*newFile, error) {
	if e.receipt == "" {
		return nil, nil
	}
	return reserve(e.receipt, 0o600)
}

// conclude keeps the receipt of what was sent, or may have been, and tells what came of it.
func (e *enclosure) conclude(ctx context.Context, c *client.Client, receipt client.Receipt, err error, kept *newFile, out output) error {
	var unconfirmed *client.UnconfirmedError
	if errors.As(err, &unconfirmed) {
		return e.uncertain(unconfirmed, kept, out)
	}
	if err != nil {
		return err
	}
	return e.finish(ctx, c, receipt, kept, out)
}

// finish keeps the receipt and reads back what the service says of the submission or reply.
func (e *enclosure) finish(ctx context.Context, c *client.Client, receipt client.Receipt, kept *newFile, out output) error {
	if err := keepReceipt(kept, receipt); err != nil {
		return errors.Join(err, showReceipt(out, receipt))
	}
	log, err := c.Sender().Events(ctx, receipt)
	if err != nil {
		return &unreadLogError{receipt, err}
	}
	return out.show(sent{receipt, log.State(receipt), e.receipt}, func(to io.Writer) {
		fmt.Fprintf(to, "Submitted.\n  %-12s %s\n  case         %s\n  destination  %s\n", kindOf(receipt.Ref), receipt.ID(), receipt.CaseID, receipt.DestinationID)
		if e.receipt != "" {
			fmt.Fprintf(to, "  receipt      %s\n", e.receipt)
		}
		if receipt.ReplyID != "" {
			log = log.Of(receipt)
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
		return fmt.Errorf("submitted as %s, but the receipt that follows could not be kept: %w", receipt.ID(), err)
	}
	return nil
}

// sent is what programs read of it.
type sent struct {
	client.Receipt
	State client.State `json:"state"`
	File  string       `json:"receiptFile,omitempty"`
}

// unreadLogError is what was submitted, while its log cannot be read or does not hold.
type unreadLogError struct {
	receipt client.Receipt
	err     error
}

func (e *unreadLogError) Error() string {
	return fmt.Sprintf("submitted as %s, but its event log could not be verified: %v", e.receipt.ID(), e.err)
}

func (e *unreadLogError) Unwrap() error { return e.err }

// uncertain keeps the receipt of what may have arrived, if need be in a file of its own.
func (e *enclosure) uncertain(err *client.UnconfirmedError, kept *newFile, out output) error {
	file, failed := e.receipt, error(nil)
	if kept == nil {
		file = fmt.Sprintf("receipt-%s.json", err.Receipt.ID())
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

// kindOf is what a ref names: "submission" or "reply".
func kindOf(ref client.Ref) string {
	kind, _, _ := strings.Cut(ref.Subject(), ":")
	return kind
}

// titleOf is the same at the beginning of a sentence.
func titleOf(ref client.Ref) string {
	if ref.ReplyID != "" {
		return "Reply"
	}
	return "Submission"
}
