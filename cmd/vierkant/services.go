package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func servicesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "services", Short: "The catalogue of public services, by key"}
	onlyCommands(cmd)
	cmd.AddCommand(servicesImportCommand(), servicesSearchCommand(), servicesShowCommand())
	return cmd
}

func servicesImportCommand() *cobra.Command {
	var (
		at    importing
		merge bool
	)
	cmd := &cobra.Command{
		Use:   "import FILE... [--merge] [--plan] (--config FILE | --data DIR | --url URL)",
		Short: "Replace the catalogue of services; only operators may",
		Long: `Reads XZuFi 2.1 or 2.2, or CSV with a header (key and name; where wanted official_name, description, language), plain or gzip, and
says what differs from the catalogue in force. Several files become one catalogue. A broken line is told with its place, and nothing
changes. The catalogue explains keys, it does not restrict them: routes may name services that it does not have.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name at least one file with services")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			files := make([]formFile, len(args))
			for i, path := range args {
				files[i] = formFile{"services", path}
			}
			contentType, body, err := at.form(files...)
			if err != nil {
				return err
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				var came wire.ServiceImport
				path := fmt.Sprintf("/services/import?plan=%t&merge=%t", at.plan, merge)
				if err := m.Upload(ctx, http.MethodPost, path, contentType, body, &came); err != nil {
					return err
				}
				return outputOf(cmd).show(came, func(to io.Writer) { at.tellServices(to, came) })
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().BoolVar(&merge, "merge", false, "keep services that were imported before and are not in the files")
	return cmd
}

func (i *importing) tellServices(to io.Writer, came wire.ServiceImport) {
	listPart(to, "+", came.Added, tellService)
	listPart(to, "-", came.Removed, tellService)
	listPart(to, "~", came.Renamed, func(s wire.RenamedService) string { return s.Key + " " + s.Before + " is called " + s.After })
	listPart(to, "~", came.Described, func(s wire.NamedService) string { return tellService(s) + " is described otherwise" })
	listPart(to, "!", came.Notes, asIs)
	fmt.Fprintf(to, "%d added, %d removed, %d renamed, %d described otherwise; %d services then\n",
		came.Added.TotalCount, came.Removed.TotalCount, came.Renamed.TotalCount, came.Described.TotalCount, came.Services)
	fmt.Fprintln(to, i.outcome(came.Applied))
}

func tellService(s wire.NamedService) string { return s.Key + " " + s.Name }

func servicesSearchCommand() *cobra.Command {
	var at administration
	cmd := &cobra.Command{
		Use:   "search WORD... (--config FILE | --data DIR | --url URL)",
		Short: "Find services by words of their names and descriptions, or by the first digits of their keys",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name a word to search for")}
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				var found wire.ServiceList
				if err := m.Get(ctx, "/services?search="+url.QueryEscape(strings.Join(args, " ")), &found); err != nil {
					return err
				}
				return outputOf(cmd).show(found, func(to io.Writer) { tellFound(to, found) })
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func tellFound(to io.Writer, found wire.ServiceList) {
	if found.TotalCount == 0 {
		fmt.Fprintln(to, "Nothing is called so.")
	}
	for _, s := range found.Services {
		fmt.Fprintln(to, s.Key+" "+s.Name)
	}
	if more := found.TotalCount - found.Count; more > 0 {
		fmt.Fprintf(to, "… and %d more: search for more words\n", more)
	}
}

func servicesShowCommand() *cobra.Command {
	var at administration
	cmd := &cobra.Command{
		Use:   "show KEY (--config FILE | --data DIR | --url URL)",
		Short: "Say what the catalogue knows of a service",
		Args:  oneArgument("key of a service"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				var s wire.ListedService
				if err := m.Get(ctx, "/services/"+url.PathEscape(args[0]), &s); err != nil {
					return err
				}
				return outputOf(cmd).show(s, func(to io.Writer) { tellTexts(to, s) })
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func tellTexts(to io.Writer, s wire.ListedService) {
	fmt.Fprintln(to, s.URN)
	for _, t := range s.Texts {
		fmt.Fprintf(to, "\n[%s] %s\n", t.Language, t.Name)
		for _, line := range []string{t.OfficialName, t.Description} {
			if line != "" {
				fmt.Fprintln(to, line)
			}
		}
	}
}
