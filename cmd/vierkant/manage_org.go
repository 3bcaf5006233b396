package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

// ofOrg is an administration that is about one organisation.
type ofOrg struct {
	administration
	org string
}

func (o *ofOrg) flags(cmd *cobra.Command) {
	o.administration.flags(cmd)
	cmd.Flags().StringVar(&o.org, "org", "", "the organisation, by id or name; needless if there is only one that you may act for")
	_ = cmd.RegisterFlagCompletionFunc("org", completeListed(&o.administration, "/orgs", "orgs", offerOrg))
}

func offerOrg(o wire.Org) cobra.Completion {
	return cobra.CompletionWithDesc(o.OrgID, printable(o.Name))
}

// administer runs a command about the organisation, whose path it gets.
func (o *ofOrg) administer(cmd *cobra.Command, do func(ctx context.Context, m *client.Management, org string) error) error {
	return o.administration.administer(cmd, func(ctx context.Context, m *client.Management) error {
		id, err := findOrg(ctx, m, o.org)
		if err != nil {
			return err
		}
		return do(ctx, m, "/orgs/"+id)
	})
}

// ofOrgOrAll is an administration that is about one organisation, or about all.
type ofOrgOrAll struct {
	ofOrg
	all bool
}

// flags says what all means.
func (o *ofOrgOrAll) flags(cmd *cobra.Command, all string) {
	o.ofOrg.flags(cmd)
	cmd.Flags().BoolVar(&o.all, "all", false, all+"; only operators may")
}

// administer runs a command about the organisation, whose path it gets, or about all: then the path is "".
func (o *ofOrgOrAll) administer(cmd *cobra.Command, do func(ctx context.Context, m *client.Management, of string) error) error {
	if !o.all {
		return o.ofOrg.administer(cmd, do)
	}
	if o.org != "" {
		return usageError{errors.New("--org and --all: one organisation or all of them? Leave one of the two out")}
	}
	return o.administration.administer(cmd, func(ctx context.Context, m *client.Management) error { return do(ctx, m, "") })
}

// findOrg returns the id of an organisation that is named by id or name or, with neither, is the only one.
func findOrg(ctx context.Context, m *client.Management, named string) (string, error) {
	if uuid.Validate(named) == nil {
		return named, nil
	}
	all, err := client.ManagementList[wire.Org](ctx, m, "/orgs", "orgs")
	if err != nil {
		return "", err
	}
	var found []wire.Org
	for _, org := range all {
		if named == "" || named == org.Name {
			found = append(found, org)
		}
	}
	if len(found) != 1 {
		return "", notOneOrg(named, len(found))
	}
	return found[0].OrgID, nil
}

func notOneOrg(named string, found int) error {
	const way = "; \"vierkant org list\" shows those that you may act for"
	switch {
	case named != "" && found == 0:
		return usageError{fmt.Errorf("no organisation has the id or name %q%s", named, way)}
	case named != "":
		return usageError{fmt.Errorf("%d organisations have the name %q, so give the id%s", found, named, way)}
	case found == 0:
		return usageError{errors.New("there is no organisation yet that you may act for")}
	}
	return usageError{fmt.Errorf("--org is missing: there are %d organisations%s", found, way)}
}
