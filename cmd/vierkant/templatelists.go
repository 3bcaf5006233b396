package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func templateRestoreCommand() *cobra.Command {
	n := owned{noun: "template", show: showTemplate}
	return n.command("restore TEMPLATE VERSION", "Go back to an earlier version of a template, at once", 2,
		func(ctx context.Context, m *client.Management, root string, args []string, why string) (got json.RawMessage, err error) {
			version, err := strconv.Atoi(args[1])
			if err != nil {
				return nil, usageError{fmt.Errorf("a version is a number, not %q", args[1])}
			}
			return got, m.Send(ctx, http.MethodPost, root+"/"+args[0]+"/restore", wire.TemplateRestore{Version: version, Comment: why}, &got)
		})
}

func templateVersionsCommand() *cobra.Command {
	n := owned{noun: "template", show: func(to io.Writer, raw json.RawMessage) error {
		var all []wire.TemplateVersion
		err := json.Unmarshal(raw, &all)
		for _, v := range all {
			fmt.Fprintf(to, "%d  %s  %s  %s\n", v.Version, v.At.Format("2006-01-02 15:04"), v.By, v.Comment)
		}
		return err
	}}
	return n.listing("versions TEMPLATE", "List the versions of a template, with who made them", 1, "versions", func(root string, args []string) string { return root + "/" + args[0] + "/versions" })
}

// templateOfferedCommand lists those of everybody, so it takes no organisation.
func templateOfferedCommand() *cobra.Command {
	var at administration
	cmd := &cobra.Command{
		Use: "offered (--config FILE | --data DIR | --url URL)", Short: "List the templates that can be adopted", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				all, err := client.ManagementList[wire.Template](ctx, m, "/templates", "templates")
				if err != nil {
					return err
				}
				return outputOf(cmd).show(append([]wire.Template{}, all...), func(to io.Writer) { listTemplates(to, all) })
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func listTemplates(to io.Writer, all []wire.Template) {
	for _, t := range all {
		fmt.Fprintf(to, "%s  %-6s  version %d  %s\n", t.TemplateID, t.State, t.Version, t.Name)
	}
}

func templateListing(use, short string) *cobra.Command {
	n := owned{noun: "template", show: func(to io.Writer, raw json.RawMessage) error {
		var all []wire.Template
		err := json.Unmarshal(raw, &all)
		listTemplates(to, all)
		return err
	}}
	return n.listing(use, short, 0, "templates", func(root string, _ []string) string { return root })
}

func adoptionListing(use, short string) *cobra.Command {
	n := owned{noun: "adoption", show: func(to io.Writer, raw json.RawMessage) error {
		var all []wire.Adoption
		err := json.Unmarshal(raw, &all)
		for _, a := range all {
			fmt.Fprintf(to, "%s  %-10s  %s\n", a.AdoptionID, a.Standing, a.Name)
		}
		return err
	}}
	return n.listing(use, short, 0, "adoptions", func(root string, _ []string) string { return root })
}

func showTemplate(to io.Writer, raw json.RawMessage) error {
	var t wire.Template
	err := json.Unmarshal(raw, &t)
	fmt.Fprintf(to, "%s is the template %s: %s, version %d.\n", t.Name, t.TemplateID, t.State, t.Version)
	showMissing(to, t.Missing)
	return err
}

func showAdoption(to io.Writer, raw json.RawMessage) error {
	var a wire.Adoption
	err := json.Unmarshal(raw, &a)
	fmt.Fprintf(to, "The adoption %s of the template %s is %s.\n", a.AdoptionID, a.TemplateID, a.Standing)
	if a.Pending {
		fmt.Fprintf(to, "A change waits for a second person: proposal %s.\n", a.ProposalID)
	}
	showMissing(to, a.Missing)
	return err
}

func showMissing(to io.Writer, all []wire.Missing) {
	for _, m := range all {
		fmt.Fprintf(to, "  missing: %s\n", m.Text)
	}
}
