package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func auditCommand() *cobra.Command {
	var (
		at   ofOrgOrAll
		last int
	)
	cmd := &cobra.Command{
		Use:   "audit [--last 100] [--org ORGANISATION | --all] (--config FILE | --data DIR | --url URL)",
		Short: "Read who did what, the latest last",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if last < 1 {
				return usageError{fmt.Errorf("--last %d: how many lines? At least 1", last)}
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, of string) error {
				deeds, err := lastOf[wire.Deed](ctx, m, of+"/audit", "deeds", last)
				if err != nil {
					return err
				}
				return showTable(outputOf(cmd), "deeds", deeds, "Nothing was done yet.", "AT WHO DEED WHAT", deedRow)
			})
		},
	}
	at.flags(cmd, "the logs of all organisations and of the installation")
	cmd.Flags().IntVar(&last, "last", 100, "how many lines")
	completeNothing(cmd, "last")
	return cmd
}

// lastOf reads the end of a list, which may be very long.
func lastOf[T any](ctx context.Context, m *client.Management, path, member string, last int) ([]T, error) {
	const page = 500
	_, total, err := client.ManagementPage[T](ctx, m, path, member, 0, 1)
	if err != nil {
		return nil, err
	}
	var all []T
	for offset := max(total-last, 0); len(all) < last; {
		more, _, err := client.ManagementPage[T](ctx, m, path, member, offset+len(all), min(page, last-len(all)))
		if err != nil || len(more) == 0 {
			return all, err
		}
		all = append(all, more...)
	}
	return all, nil
}

func deedRow(d wire.Deed) []string {
	return []string{when(d.At), d.Who, d.Deed, strings.TrimSpace(d.Subject + " " + d.Detail)}
}
