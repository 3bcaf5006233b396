package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

func migrateCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "migrate --config FILE",
		Short: "Bring the database of an environment to the schema that this program needs",
		Long: `Makes the tables in an empty database, and moves those of an older release on; forward only, each step in a transaction. Run it
before the nodes of a new release are started: "serve" refuses a schema that is not exactly its own. It may run twice, or on
several machines at once.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			if cfg.Database == "" {
				return usageError{errors.New("there is no database in this configuration: what is kept in files needs no migration")}
			}
			if err := node.Migrate(cmd.Context(), cfg.Config); err != nil {
				return err
			}
			return outputOf(cmd).show(map[string]any{"ok": true, "environment": cfg.Environment.Name}, func(to io.Writer) {
				fmt.Fprintf(to, "The database of %s has the schema of this program.\n", cfg.Environment.Name)
			})
		},
	}
	configFlag(cmd, &path)
	return cmd
}
