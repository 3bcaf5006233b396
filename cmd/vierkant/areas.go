package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func areasCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "areas", Short: "The catalogue of areas: municipalities and what they lie in"}
	onlyCommands(cmd)
	cmd.AddCommand(areasImportCommand(), areasShowCommand())
	return cmd
}

func areasImportCommand() *cobra.Command {
	var (
		at                    importing
		postcodes, successors string
	)
	cmd := &cobra.Command{
		Use:   "import FILE [--postcodes FILE] [--successors FILE] [--plan] (--config FILE | --data DIR | --url URL)",
		Short: "Replace the catalogue of areas; only operators may",
		Long: `Reads the official Gemeindeverzeichnis GV100AD as the Statistisches Bundesamt publishes it, or CSV with the header
ars,ags,name,kind,parent_ars,postal_code[,population], plain or gzip, and says what differs from the list in force. A broken line is
told with its place, and nothing changes. The new list answers at once and on all nodes. Keys of areas that it has no more keep
resolving. Postcodes that were imported before stay, unless --postcodes brings others.`,
		Args: oneArgument("file with a list of areas"),
		RunE: func(cmd *cobra.Command, args []string) error {
			contentType, body, err := at.form(formFile{"areas", args[0]}, formFile{"postcodes", postcodes}, formFile{"successors", successors})
			if err != nil {
				return err
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				var came wire.AreaImport
				path := fmt.Sprintf("/areas/import?plan=%t", at.plan)
				if err := m.Upload(ctx, http.MethodPost, path, contentType, body, &came); err != nil {
					return err
				}
				return outputOf(cmd).show(came, func(to io.Writer) { at.tellAreas(to, came) })
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&postcodes, "postcodes", "", "CSV with all postcodes of municipalities: postal_code,ags")
	cmd.Flags().StringVar(&successors, "successors", "", "CSV with what took the place of merged areas: old_ars,new_ars[,date]")
	completeFile(cmd, "postcodes", "csv", "gz")
	completeFile(cmd, "successors", "csv", "gz")
	return cmd
}

func (i *importing) tellAreas(to io.Writer, came wire.AreaImport) {
	listPart(to, "+", came.Added, tellArea)
	listPart(to, "-", came.Removed, func(a wire.RemovedArea) string {
		if a.Successor == "" {
			return tellArea(a.ListedArea)
		}
		return tellArea(a.ListedArea) + ", now " + a.Successor
	})
	listPart(to, "~", came.Changed, func(c wire.ChangedArea) string {
		return tellChange(tellArea(c.Before), tellArea(c.After)) + ": " + strings.Join(c.What, ", ")
	})
	listPart(to, "!", came.Notes, asIs)
	fmt.Fprintf(to, "%d added, %d removed, %d changed\n", came.Added.TotalCount, came.Removed.TotalCount, came.Changed.TotalCount)
	fmt.Fprintf(to, "before: %s\nafter:  %s\n", tellCounts(came.Before), tellCounts(came.After))
	fmt.Fprintln(to, i.outcome(came.Applied))
}

// tellChange names what changed once, if it is still called the same.
func tellChange(before, after string) string {
	if before == after {
		return before
	}
	return before + " becomes " + after
}

func tellArea(a wire.ListedArea) string { return fmt.Sprintf("%s %s (%s)", a.ARS, a.Name, a.Type) }

func tellCounts(c wire.AreaCounts) string {
	text := fmt.Sprintf("%d areas, of them %d municipalities with %d postcodes; %d former areas", c.Areas, c.Municipalities, c.Postcodes, c.FormerAreas)
	if c.AsOf != "" {
		text += "; as of " + c.AsOf
	}
	return text
}

func areasShowCommand() *cobra.Command {
	var at administration
	cmd := &cobra.Command{
		Use:   "show (--config FILE | --data DIR | --url URL)",
		Short: "Say which catalogue of areas is in force",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				var state wire.AreaCatalogue
				if err := m.Get(ctx, "/areas", &state); err != nil {
					return err
				}
				return outputOf(cmd).show(state, func(to io.Writer) {
					fmt.Fprintln(to, tellCounts(state.AreaCounts))
					origin(to, state.CatalogueState)
				})
			})
		},
	}
	at.flags(cmd)
	return cmd
}
