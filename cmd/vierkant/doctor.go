package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

func doctorCommand() *cobra.Command {
	var at diagnoser
	cmd := &cobra.Command{
		Use:   "doctor [SUBMISSION] (--config FILE | --data DIR | --url URL | --world FILE --as SIDE)",
		Short: "Examine an installation, or say where a submission hangs and whose turn it is",
		Long: `Without a submission: asks a running node (--config, --data) by the socket in its data folder, and looks at the data of a stopped one in
this process. Says of each subject what is there, and what to do where something is wrong. Nothing is changed.

With the id of a submission or of a reply: says where it stands, since when, whose turn it is, what hangs and why, what time brings, and
which callbacks were tried. Who may ask is the online service that sent it and the authority that it is for, by the credentials of an API
client (--url with --client-id) or as a member of the organisation (--url with --token-file), and the operator (--config, --data). Each
side is told what is its own, and of the other side what both read in the event log.

Exit status: 0 nothing is wrong (notes may be there), 1 somebody has to do something about the installation.`,
		Args: atMostOneArgument("submission"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return at.diagnose(cmd, args[0])
			}
			return examineNode(cmd, atNode{config: at.config, data: at.data})
		},
	}
	at.flags(cmd)
	return cmd
}

func examineNode(cmd *cobra.Command, at atNode) error {
	if (at.config == "") == (at.data == "") {
		return usageError{errors.New("name the node by --config or by --data, one of them")}
	}
	d := at.examine(cmd.Context())
	if err := outputOf(cmd).show(d, func(to io.Writer) { showExamination(to, d) }); err != nil {
		return err
	}
	if d.Wrong() {
		return errors.New("somebody has to do something: see above")
	}
	return nil
}

// examine looks at the configuration, and then has the node look at itself. What keeps a node from being reached is a finding like others.
func (a *atNode) examine(ctx context.Context) node.Diagnosis {
	cfg, err := nodeAt(a.config, a.data)
	if err != nil {
		return failedDiagnosis(node.Diagnosis{}, "configuration", "Correct what it says; \"vierkant serve --help\" explains each key.", err)
	}
	cfg.Log = newLog(slog.LevelError, false)
	d := node.Diagnosis{Environment: cfg.Environment.Name}
	var examined node.Diagnosis
	if err := callNode(ctx, cfg, http.MethodGet, "/doctor", nil, &examined); err != nil {
		return failedDiagnosis(d, "node", "No node can work with this configuration and these data until that is mended.", err)
	}
	sound := node.Finding{Subject: "configuration", Grade: node.Well, Text: "can be read, and fits the environment " + cfg.Environment.Name}
	examined.Findings = append([]node.Finding{sound}, examined.Findings...)
	return examined
}

func failedDiagnosis(d node.Diagnosis, subject, remedy string, err error) node.Diagnosis {
	d.Findings = append(d.Findings, node.Finding{Subject: subject, Grade: node.Trouble, Text: err.Error(), Remedy: remedy})
	return d
}

func showExamination(to io.Writer, d node.Diagnosis) {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, f := range d.Findings {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Grade, printable(f.Subject), printable(f.Text))
		if f.Remedy != "" {
			fmt.Fprintf(table, "\t\t→ %s\n", printable(f.Remedy))
		}
	}
	table.Flush()
}
