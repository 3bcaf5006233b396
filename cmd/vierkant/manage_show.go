package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
)

// showTable writes rows of cells under a header or, as JSON, the list under its name: [], never null.
func showTable[T any](out output, member string, all []T, none, header string, row func(T) []string) error {
	value := map[string][]T{member: append([]T{}, all...)}
	return out.show(value, func(to io.Writer) {
		if len(all) == 0 {
			fmt.Fprintln(to, none)
			return
		}
		table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, strings.Join(strings.Fields(header), "\t"))
		for _, one := range all {
			cells := row(one)
			for i := range cells {
				cells[i] = printable(cells[i])
			}
			fmt.Fprintln(table, strings.Join(cells, "\t"))
		}
		table.Flush()
	})
}

// listAll reads a whole list and shows it.
func listAll[T any](ctx context.Context, m *client.Management, out output, path, member, none, header string, row func(T) []string) error {
	all, err := client.ManagementList[T](ctx, m, path, member)
	if err != nil {
		return err
	}
	return showTable(out, member, all, none, header, row)
}

// completeListed offers what a list of the management API has; nothing if anything fails, since a completion has nowhere to say why.
func completeListed[T any](from *administration, path, member string, offer func(T) cobra.Completion) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) (offers []cobra.Completion, _ cobra.ShellCompDirective) {
		_ = from.administer(cmd, func(ctx context.Context, m *client.Management) (err error) {
			offers, err = offersOf(ctx, m, path, member, offer)
			return err
		})
		return offers, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeOfOrg is completeListed for a list of the organisation that the flags name, as the first argument.
func completeOfOrg[T any](from *ofOrg, path, member string, offer func(T) cobra.Completion) cobra.CompletionFunc {
	return firstArgument(func(cmd *cobra.Command, _ []string, _ string) (offers []cobra.Completion, _ cobra.ShellCompDirective) {
		_ = from.administer(cmd, func(ctx context.Context, m *client.Management, org string) (err error) {
			offers, err = offersOf(ctx, m, org+path, member, offer)
			return err
		})
		return offers, cobra.ShellCompDirectiveNoFileComp
	})
}

func offersOf[T any](ctx context.Context, m *client.Management, path, member string, offer func(T) cobra.Completion) ([]cobra.Completion, error) {
	ctx, cancel := context.WithTimeout(ctx, completionPatience)
	defer cancel()
	all, err := client.ManagementList[T](ctx, m, path, member)
	offers := make([]cobra.Completion, len(all))
	for i, one := range all {
		offers[i] = offer(one)
	}
	return offers, err
}

// segment is an argument as a part of a path.
func segment(argument string) string { return url.PathEscape(argument) }

// when writes a time for people.
func when(t time.Time) string { return t.Local().Format(time.DateTime) }

// secretFlag is where a command puts a secret that is shown once.
type secretFlag struct{ file string }

func (s *secretFlag) flag(cmd *cobra.Command, what string) {
	cmd.Flags().StringVar(&s.file, "out", "", "write "+what+" to this file, which must not exist yet (0600), and nowhere else")
	completeFile(cmd, "out")
}

// hand has do make a secret. With --out it goes into the file, which can be written before anything is made; else the caller shows it.
func (s *secretFlag) hand(do func() (secret *string, err error)) error {
	if s.file == "" {
		_, err := do()
		return err
	}
	file, err := reserve(s.file, 0o600)
	if err != nil {
		return err
	}
	secret, err := do()
	if err != nil {
		return errors.Join(err, file.drop())
	}
	content := []byte(*secret + "\n")
	*secret = ""
	return file.keep(content)
}
