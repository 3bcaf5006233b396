package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
)

func fetchCommand() *cobra.Command {
	var box inbox
	return box.command(&cobra.Command{
		Use:   "fetch SUBMISSION [--dir DIR]",
		Short: "Fetch a submission, check everything, open it and save it",
		Long: `Fetches a submission, verifies its event log, compares the authentication tags, opens all parts, checks hashes, metadata and
what the destination offers, and only then writes it into DIR/SUBMISSION: metadata, data and attachments as the sender wrote them
(0600), the event log, and a signed report of what was checked. All of it is there or nothing; "vierkant verify DIR/SUBMISSION" checks
it again at any time, without the service.

Nothing is accepted: the submission waits on until "vierkant accept" or "vierkant reject". A submission that is not sound is not
written; the error lists its problems, and how to tell them to the sender.`,
	}, fetch)
}

func fetch(ctx context.Context, out output, box *inbox, argument string) error {
	id, err := submissionID(argument)
	if err != nil {
		return err
	}
	progress := newMeter("fetched", out)
	defer progress.end()
	d, scratch, err := box.openToFetch(progress)
	if err != nil {
		return err
	}
	defer scratch.close()
	report, before, err := d.saved(id)
	if err != nil {
		return err
	}
	if !before {
		if report, err = d.fetch(ctx, id); err != nil {
			return err
		}
	}
	progress.end()
	return out.show(savedSubmission{d.folder(id), report}, func(to io.Writer) {
		showReport(to, d.folder(id), report)
		if before {
			fmt.Fprintf(to, "\nIt was fetched before, and what was saved then still holds. \"vierkant events %s\" tells what became of it.\n", id)
			return
		}
		fmt.Fprintf(to, "\nIt is not decided by this: \"vierkant accept %s\" or \"vierkant reject %[1]s --problem …\" does that.\n", id)
	})
}

// fetch receives a submission and returns the report of it.
func (d *desk) fetch(ctx context.Context, id client.SubmissionID) (archive.Report, error) {
	f, folder, err := d.receive(ctx, id)
	if err != nil {
		return archive.Report{}, err
	}
	if err := f.Close(); err != nil {
		return archive.Report{}, err
	}
	return archive.Read(folder)
}

// savedSubmission is a report with the folder it is about.
type savedSubmission struct {
	Folder string `json:"folder"`
	archive.Report
}

// showReport tells people what was checked, and where everything is.
func showReport(to io.Writer, folder string, r archive.Report) {
	fmt.Fprintf(to, "%s %s\n", titleOf(r.Ref), r.ID())
	for _, line := range []struct{ name, value string }{
		{"destination", string(r.DestinationID)}, {"case", string(r.CaseID)},
		{"service", strings.TrimSpace(printable(r.Service + "  " + r.ServiceName))}, {"region", printable(r.Region)},
		{"submitted", stamp(r.SubmittedAt)}, {"fetched", stamp(r.FetchedAt)},
		{"checked", strings.Join(r.Checks, ", ")}, {"folder", folder},
	} {
		if line.value != "" {
			fmt.Fprintf(to, "  %-12s %s\n", line.name, line.value)
		}
	}
	for _, f := range r.Files {
		fmt.Fprintf(to, "    %-40s %12d bytes   %s\n", f.Path, f.Size, f.Part)
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}
