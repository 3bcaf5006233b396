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
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/attest"
)

func goLiveCommand() *cobra.Command {
	var (
		of     ofOrg
		report string
	)
	cmd := &cobra.Command{
		Use:   "golive [SUBJECT] [--report FILE] (--config FILE | --data DIR | --url URL)",
		Short: "Show how far destinations and clients are before they go to the next environment",
		Long: `Without an argument it lists the destinations and API clients of an organisation, with how much of their checklists is done. With the id of
one it shows the checklist: what was seen to work in this environment, what of it is in order now, and what the organisation declared.
--report saves the checklist as the portal signs it, complete or not; "vierkant golive verify" checks such a file without the service.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || report != "" && len(args) == 0 {
				return usageError{fmt.Errorf("%s takes one destination or client at most, and needs one for --report; see \"%[1]s --help\"", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return of.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				switch path := org + "/golive"; {
				case len(args) == 0:
					return listAll(ctx, m, outputOf(cmd), path, "subjects", "The organisation has no destination and no client yet.",
						"Subject Kind Done State Name", rowOfGoLive)
				case report != "":
					return saveGoLive(ctx, m, outputOf(cmd), path+"/"+segment(args[0])+"/report", report)
				default:
					return showGoLive(ctx, m, outputOf(cmd), path+"/"+segment(args[0]))
				}
			})
		},
	}
	of.flags(cmd)
	cmd.Flags().StringVar(&report, "report", "", "save the signed report in this file, which must not exist yet")
	completeFile(cmd, "report", "json")
	cmd.ValidArgsFunction = completeOfOrg(&of, "/golive", "subjects", func(s wire.GoLiveSubject) cobra.Completion {
		return cobra.CompletionWithDesc(s.SubjectID, printable(s.Kind+" "+s.Name))
	})
	cmd.AddCommand(goLiveVerifyCommand())
	return cmd
}

func rowOfGoLive(s wire.GoLiveSubject) []string {
	state := "open"
	if s.Complete {
		state = "complete"
	}
	return []string{s.SubjectID, s.Kind, fmt.Sprintf("%d/%d", s.Done, s.Required), state, s.Name}
}

func showGoLive(ctx context.Context, m *client.Management, out output, path string) error {
	var is wire.GoLiveChecklist
	if err := m.Get(ctx, path, &is); err != nil {
		return err
	}
	return out.show(is, func(to io.Writer) {
		fmt.Fprintf(to, "%s %s %s: %d of %d done\n", is.Kind, is.SubjectID, printable(is.Name), is.Done, is.Required)
		for _, p := range is.Points {
			fmt.Fprintln(to, strings.TrimRight(lineOfGoLive(p), " "))
		}
	})
}

// lineOfGoLive is a point in one line, and what is missing in a second one.
func lineOfGoLive(p wire.GoLivePoint) string {
	state := p.State
	if !p.Required && state == "open" {
		state = "voluntary"
	}
	var about []string
	if p.At != nil {
		about = append(about, when(*p.At))
	}
	if p.Evidence != nil {
		about = append(about, p.Evidence.Type+" "+p.Evidence.ID)
	}
	for _, text := range []string{p.By, p.Note, p.Link} {
		if text != "" {
			about = append(about, text)
		}
	}
	line := fmt.Sprintf("%-14s  %-19s  %s", state, p.Point, printable(strings.Join(about, ", ")))
	if p.Own {
		line += printable(" " + p.Title)
	}
	if p.Why != "" {
		line = strings.TrimRight(line, " ") + "\n                " + printable(p.Why)
	}
	return line
}

// saveGoLive saves the report as it came, once its signature was checked by the key beside it: a file that does not hold is of no use.
func saveGoLive(ctx context.Context, m *client.Management, out output, path, name string) error {
	file, err := reserve(name, 0o644)
	if err != nil {
		return err
	}
	var report signedReport
	err = m.Send(ctx, http.MethodGet, path, nil, &report)
	if err == nil {
		_, err = report.verify("")
	}
	if err != nil {
		return errors.Join(err, file.drop())
	}
	if err := file.keepJSON(report); err != nil {
		return err
	}
	return out.show(savedReport{name, report.Report}, func(to io.Writer) {
		fmt.Fprintf(to, "%s has the report. ", name)
		showReadiness(to, report.Report)
	})
}

// savedReport is what was saved, or checked.
type savedReport struct {
	File   string           `json:"file"`
	Report attest.Readiness `json:"report"`
}

func showReadiness(to io.Writer, r attest.Readiness) {
	open := 0
	for _, p := range r.Points {
		if p.Required && p.State == "open" {
			open++
		}
	}
	state := "complete"
	if !r.Complete {
		state = fmt.Sprintf("not complete: %d points are open", open)
	}
	fmt.Fprintf(to, "The %s %s %s of %s in %s is %s.\nSigned by %s at %s.\n", r.Subject.Kind, r.Subject.ID, printable(r.Subject.Name),
		printable(r.Org.Name), printable(r.Environment), state, printable(r.Issuer), when(r.Issued()))
}
