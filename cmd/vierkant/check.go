package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// checked is what "check" found.
type checked struct {
	OK          bool     `json:"ok"`
	Environment string   `json:"environment"`
	Findings    []string `json:"findings"`
}

func checkCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "check --config FILE",
		Short: "Check a configuration without running it",
		Long: `Reads the configuration as "serve" would, refuses what "serve" would refuse, and looks at what it names: the data
folder and its key file, the database, certificates, trust anchors. It changes nothing, and it may run beside a running node.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			findings, err := cfg.Inspect(cmd.Context())
			said := outputOf(cmd).show(checked{err == nil, cfg.Environment.Name, findings}, func(to io.Writer) {
				for _, f := range findings {
					fmt.Fprintln(to, f)
				}
				if err == nil {
					fmt.Fprintf(to, "ok: %s can serve %s\n", path, cfg.Environment.Name)
				}
			})
			if err != nil {
				return err
			}
			return said
		},
	}
	configFlag(cmd, &path)
	return cmd
}
