package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

func backupCommand() *cobra.Command {
	var (
		config, data, rate string
		order              node.BackupOrder
	)
	cmd := &cobra.Command{
		Use:   "backup TARGET (--config FILE | --data DIR)",
		Short: "Copy an environment's records and files, while it is served",
		Long: `Writes everything of one environment that keeps its data in files into the folder TARGET, which must not be there yet: the
records as they are at one moment, and the large bodies that they name, with a digest of each file. The node serves on; a stopped one is backed
up just the same. The folder has its name only when it is whole and on disk.

The key file is left out: without it nobody can read the secrets and private keys in a backup, nor serve it. Keep a copy of it elsewhere, it
changes never; --with-key takes it along, and then the backup is as secret as the data. The configuration file is not in it either.

Of data in PostgreSQL make backups with its own programs; this command says how.`,
		Args: oneArgument("folder for the backup"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			cfg, err := nodeAt(config, data)
			if err != nil {
				return err
			}
			cfg.Log = slog.New(slog.DiscardHandler) // a running node has its own, and of a stopped one this command tells
			order.Target = args[0]
			if order.Rate, err = parseRate(rate); err != nil {
				return err
			}
			return backUp(cmd.Context(), outputOf(cmd), cfg, order)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&config, "config", "", "configuration file of the node")
	flags.StringVar(&data, "data", "", "folder of one environment made by \"vierkant up\", like vierkant-data/test")
	flags.BoolVar(&order.WithKey, "with-key", false, "take the key file along: the backup can then be read, and must be kept as the data are")
	rateFlag(cmd, &rate)
	completeFile(cmd, "config", "yaml", "yml")
	completeFolder(cmd, "data")
	cmd.AddCommand(backupVerifyCommand())
	return cmd
}

func rateFlag(cmd *cobra.Command, rate *string) {
	cmd.Flags().StringVar(rate, "rate", "", "at most so much a second, like 100MB/s; it leaves the disk to others")
	completeNothing(cmd, "rate")
}

// parseRate reads bytes per second; empty is zero, no limit.
func parseRate(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	number := strings.TrimSuffix(text, "/s")
	for unit, size := range map[string]float64{"kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		digits, has := strings.CutSuffix(number, unit)
		if !has {
			continue
		}
		if n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64); err == nil && n > 0 && n*size >= 1 && n*size < 1e15 {
			return int64(n * size), nil
		}
	}
	return 0, usageError{fmt.Errorf("--rate %q: expected a number with kB, MB, GB, KiB, MiB or GiB, like 100MB/s", text)}
}

func backUp(ctx context.Context, out output, cfg node.Config, order node.BackupOrder) error {
	p := newStepPrinter(out)
	m, err := node.Backup(ctx, cfg, order, p.step)
	p.end()
	if err != nil {
		return err
	}
	p.warn(missingBlobs(m))
	return out.show(m, func(to io.Writer) {
		fmt.Fprintf(to, "%s has %s as it was at %s: %s\n", order.Target, m.Environment, m.Moment.Local().Format(time.RFC3339), sizesOf(m))
		if m.HasKey {
			fmt.Fprintln(to, "It has the key file: keep it as secret as the data.")
		} else {
			fmt.Fprintln(to, "It does not have the key file, without which it cannot be served: keep a copy of that elsewhere.")
		}
	})
}

func sizesOf(m node.Manifest) string {
	return fmt.Sprintf("%.1f MB of records, %d large bodies with %.1f MB.", float64(m.StoreBytes)/megabyte, m.Blobs, float64(m.BlobBytes)/megabyte)
}

// missingBlobs says what could not be backed up because it is lost.
func missingBlobs(m node.Manifest) string {
	if len(m.Missing) == 0 {
		return ""
	}
	return fmt.Sprintf("%d large bodies that records name are not there, like %s: they are lost unless an older backup has them", len(m.Missing), m.Missing[0])
}

func backupVerifyCommand() *cobra.Command {
	var keyFile string
	cmd := &cobra.Command{
		Use:   "verify BACKUP",
		Short: "Read a whole backup and compare it with its digests",
		Long: `Reads every file of a backup and compares it with its digest. With the key file it is also known that nobody exchanged both, and
the event logs are checked from the first event to the last. Nothing is changed, and no node is needed.`,
		Args: oneArgument("backup"),
		RunE: func(cmd *cobra.Command, args []string) error {
			out := outputOf(cmd)
			p := newStepPrinter(out)
			m, logs, err := node.VerifyBackup(cmd.Context(), args[0], keyFile, p.step)
			p.end()
			if err != nil {
				return err
			}
			p.warn(missingBlobs(m))
			return out.show(map[string]any{"ok": true, "manifest": m, "logs": logs}, func(to io.Writer) {
				fmt.Fprintf(to, "%s holds: %s as it was at %s, %s\n", args[0], m.Environment, m.Moment.Local().Format(time.RFC3339), sizesOf(m))
				if logs == nil {
					fmt.Fprintln(to, "The event logs were not checked: that takes the key file (--key-file), and records that this program wrote.")
				} else {
					fmt.Fprintf(to, "The event logs of all %d cases hold, %d events.\n", logs.Cases, logs.Events)
				}
			})
		},
	}
	cmd.Flags().StringVar(&keyFile, "key-file", "", "copy of the key file; the one in the backup is used if there is one")
	completeFile(cmd, "key-file")
	return cmd
}

// stepPrinter tells on a terminal how far something is, and elsewhere every ten seconds.
type stepPrinter struct {
	to    io.Writer // nil: nobody
	live  bool
	drawn time.Time // last
}

const seldom = 10 * time.Second

func newStepPrinter(out output) *stepPrinter {
	if out.asJSON {
		return &stepPrinter{}
	}
	return &stepPrinter{to: os.Stderr, live: watched(out), drawn: time.Now()}
}

func (p *stepPrinter) step(s node.BackupStep) {
	pause := seldom
	if p.live {
		pause = refresh
	}
	now := time.Now()
	if p.to == nil || now.Sub(p.drawn) < pause {
		return
	}
	p.drawn = now
	line := s.Doing
	if s.Done > 0 {
		line += fmt.Sprintf(": %.1f MB", float64(s.Done)/megabyte)
	}
	if s.Of > 0 {
		line += fmt.Sprintf(" of %.1f", float64(s.Of)/megabyte)
	}
	if s.Files > 0 {
		line += fmt.Sprintf(", number %d", s.Files)
	}
	if p.live {
		fmt.Fprint(p.to, clearLine+line)
	} else {
		fmt.Fprintln(p.to, line)
	}
}

// end clears the line before something else is said.
func (p *stepPrinter) end() {
	if p.live {
		fmt.Fprint(p.to, clearLine)
	}
}

// warn says what is not as it should be. JSON has it in the answer.
func (p *stepPrinter) warn(text string) {
	if text != "" && p.to != nil {
		fmt.Fprintln(p.to, "warning:", text)
	}
}
