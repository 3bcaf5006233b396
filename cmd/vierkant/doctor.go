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
	var at atNode
	cmd := &cobra.Command{
		Use:   "doctor (--config FILE | --data DIR)",
		Short: "Examine an installation: store, clock, disk, keys, certificates, and what waits too long",
		Long: `Asks a running node by the socket in its data folder, and looks at the data of a stopped one in this process. Says of each subject what
is there, and what to do where something is wrong. Nothing is changed.

Exit status: 0 nothing is wrong (notes may be there), 1 somebody has to do something.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (at.config == "") == (at.data == "") {
				return usageError{errors.New("name the node by --config or by --data, one of them")}
			}
			d := at.examine(cmd.Context())
			if err := outputOf(cmd).show(d, func(to io.Writer) { showDiagnosis(to, d) }); err != nil {
				return err
			}
			if d.Wrong() {
				return errors.New("somebody has to do something: see above")
			}
			return nil
		},
	}
	at.flags(cmd)
	return cmd
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

func showDiagnosis(to io.Writer, d node.Diagnosis) {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, f := range d.Findings {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Grade, printable(f.Subject), printable(f.Text))
		if f.Remedy != "" {
			fmt.Fprintf(table, "\t\t→ %s\n", printable(f.Remedy))
		}
	}
	table.Flush()
}
