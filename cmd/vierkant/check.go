package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func checkCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "check --config FILE",
		Short: "Check a configuration without running it",
		Long: `Reads the configuration as "serve" would, refuses what "serve" would refuse, and looks at what it names: the data
folder and its key file, certificates, trust anchors. It changes nothing, and it may run beside a running node.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			findings, err := cfg.Inspect()
			for _, f := range findings {
				fmt.Fprintln(cmd.OutOrStdout(), f)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ok: %s can serve %s\n", path, cfg.Environment.Name)
			return nil
		},
	}
	configFlag(cmd, &path)
	return cmd
}
