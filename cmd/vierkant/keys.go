package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "The broker's own keys"}
	onlyCommands(cmd)
	cmd.AddCommand(rotateCommand())
	return cmd
}

func rotateCommand() *cobra.Command {
	var config, data, use string
	cmd := &cobra.Command{
		Use:   "rotate (--config FILE | --data DIR) --use service|portal|token",
		Short: "Move a key of the broker on: next becomes current, current retires, a new next is made",
		Long: `Works on a running node through the socket in its data folder, and on a stopped one directly. The next key must have
been published for an hour, so that verifiers which keep the key set know it. What a retired key signed stays verifiable.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := nodeAt(config, data)
			if err != nil {
				return err
			}
			all, err := node.RotateKeys(cmd.Context(), cfg, use)
			if err != nil {
				return err
			}
			return showKeys(outputOf(cmd), all)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&config, "config", "", "configuration file of the node")
	flags.StringVar(&data, "data", "", "folder of one environment made by \"vierkant up\", like vierkant-data/test")
	flags.StringVar(&use, "use", "", "which key: service signs events, portal signs addressing information, token signs access tokens")
	completeFile(cmd, "config", "yaml", "yml")
	completeFolder(cmd, "data")
	completeValues(cmd, "use", "service", "portal", "token")
	return cmd
}

// nodeAt says which node is meant.
func nodeAt(config, data string) (node.Config, error) {
	switch {
	case (config == "") == (data == ""):
		return node.Config{}, usageError{fmt.Errorf("name the node by --config or by --data, one of them")}
	case config != "":
		read, err := readConfig(config)
		return read.Config, err
	default:
		return node.DemoAt(data, newLog(0, false))
	}
}

func showKeys(out output, all []node.KeyDescription) error {
	return out.show(all, func(to io.Writer) {
		table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "USE\tSTATE\tSINCE\tKID")
		for _, k := range all {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", k.Use, k.State, k.Changed.Format(time.RFC3339), k.KID)
		}
		table.Flush()
	})
}
