package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

func restoreCommand() *cobra.Command {
	var (
		config, data, rate string
		order              node.RestoreOrder
	)
	cmd := &cobra.Command{
		Use:   "restore BACKUP (--config FILE | --data DIR)",
		Short: "Make a data folder out of a backup",
		Long: `Verifies the whole backup, copies it into a data folder that is empty but perhaps for its key file, and checks the event logs there.
Whatever happens meanwhile, run it again: it begins anew, and a folder that was not finished is not served.

--config names the configuration that is to serve it, with its data folder and key file. The key file is taken from there, from the backup
if it is in it, or from --key-file, which is then copied to where it belongs. Without one everything is restored, but nothing can be
served before it is put there.

What came after the moment of the backup is not in it: senders and authorities may remember applications, decisions and events that this
environment has forgotten. See to it that the broker that was backed up does not run any more, and tell them from when the data are.`,
		Args: oneArgument("backup"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			order.Backup = args[0]
			if order.Rate, err = parseRate(rate); err != nil {
				return err
			}
			cfg, err := restoreAt(config, data, order.Backup)
			if err != nil {
				return err
			}
			return restore(cmd.Context(), outputOf(cmd), cfg, order)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&config, "config", "", "configuration file of the node that will serve it")
	flags.StringVar(&data, "data", "", "folder that becomes the data folder, instead of --config")
	flags.StringVar(&order.KeyFile, "key-file", "", "copy of the key file, where it is neither in the backup nor where the configuration says")
	rateFlag(cmd, &rate)
	completeFile(cmd, "config", "yaml", "yml")
	completeFolder(cmd, "data")
	completeFile(cmd, "key-file")
	return cmd
}

// restoreAt says which node it will be: that of a configuration, or one that is what the backup says.
func restoreAt(config, data, backup string) (node.Config, error) {
	if (config == "") == (data == "") {
		return node.Config{}, usageError{errors.New("say where to by --config or by --data, one of them")}
	}
	if config != "" {
		read, err := readConfig(config)
		return read.Config, err
	}
	m, err := node.ReadBackup(backup)
	if err != nil {
		return node.Config{}, err
	}
	env, err := node.ByName(m.Environment)
	return node.Config{Environment: env, Data: data, Demo: m.Demo}, err
}

func restore(ctx context.Context, out output, cfg node.Config, order node.RestoreOrder) error {
	p := newStepPrinter(out)
	r, err := node.Restore(ctx, cfg, order, p.step)
	p.end()
	if err != nil {
		return err
	}
	p.warn(r.Warning)
	p.warn(missingBlobs(r.Manifest))
	return out.show(r, func(to io.Writer) { tellRestored(to, r) })
}

func tellRestored(to io.Writer, r node.Restored) {
	fmt.Fprintf(to, "%s has %s as it was at %s: %s\n", r.Data, r.Environment, r.Moment.Local().Format(time.RFC3339), sizesOf(r.Manifest))
	fmt.Fprintln(to, "What came later is not there, and the broker that was backed up must not run any more.")
	if r.Logs == nil {
		fmt.Fprintf(to, "Its key file is missing, so that it can not be served yet and its event logs were not checked: put it at %s.\n", r.KeyFile)
		return
	}
	fmt.Fprintf(to, "The event logs of all %d cases hold, %d events.\n", r.Logs.Cases, r.Logs.Events)
}
