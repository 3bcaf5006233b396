package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func personCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "person", Short: "People, their roles in organisations, and the tokens by which they are known"}
	onlyCommands(cmd)
	cmd.AddCommand(
		personAddCommand(), personListCommand(), personRoleCommand(), personRemoveCommand(),
		personSwitchCommand("disable", "Shut a person out of every organisation at once; only operators may", "is shut out"),
		personSwitchCommand("enable", "Let a person in again; only operators may", "is let in again"),
		personSwitchCommand("appoint", "Make a person an operator of the platform; only operators may", "is an operator of the platform"),
		personSwitchCommand("dismiss", "Have a person no longer operate the platform; only operators may", "is no operator of the platform"),
		personTokenCommand(),
	)
	return cmd
}

// roles are what a person may be in an organisation.
func roles() []cobra.Completion {
	return []cobra.Completion{
		cobra.CompletionWithDesc("owner", "everything"),
		cobra.CompletionWithDesc("developer", "clients, destinations, drafts and proposals"),
		cobra.CompletionWithDesc("operator", "release, roll back, take offline and online"),
		cobra.CompletionWithDesc("reader", "read"),
	}
}

func personAddCommand() *cobra.Command {
	var (
		at    ofOrg
		draft wire.MemberDraft
	)
	cmd := &cobra.Command{
		Use:   "add EMAIL [--name NAME] [--role ROLE [--org ORGANISATION]] (--config FILE | --data DIR | --url URL)",
		Short: "Add a person to an organisation in a role, or to none",
		Long: `With --role the person belongs to the organisation: owner (everything), developer (clients, destinations, drafts and proposals),
operator (release, roll back, take offline and online) or reader. Whoever has the mail address already keeps the own name.
Without --role it is a person of no organisation, as operators of the platform are.`,
		Args: oneArgument("mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			draft.Email = args[0]
			if draft.Role == "" {
				return at.administration.administer(cmd, func(ctx context.Context, m *client.Management) error {
					var made wire.Person
					if err := m.Send(ctx, http.MethodPost, "/people", wire.PersonDraft{Name: draft.Name, Email: draft.Email}, &made); err != nil {
						return err
					}
					return outputOf(cmd).show(made, func(to io.Writer) { fmt.Fprintf(to, "%s is the person %s.\n", printable(made.Name), made.PersonID) })
				})
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var made wire.Member
				if err := m.Send(ctx, http.MethodPost, org+"/people", draft, &made); err != nil {
					return err
				}
				return showMember(outputOf(cmd), made)
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&draft.Name, "name", "", "name of somebody who is not known yet")
	cmd.Flags().StringVar(&draft.Role, "role", "", "owner, developer, operator or reader of the organisation")
	completeNothing(cmd, "name")
	completeValues(cmd, "role", roles()...)
	return cmd
}

func showMember(out output, p wire.Member) error {
	return out.show(p, func(to io.Writer) {
		fmt.Fprintf(to, "%s, the person %s, is %s.\n", printable(p.Name), p.PersonID, printable(p.Role))
	})
}

func personListCommand() *cobra.Command {
	var at ofOrgOrAll
	cmd := &cobra.Command{
		Use:   "list [--org ORGANISATION | --all] (--config FILE | --data DIR | --url URL)",
		Short: "List the people of an organisation, or all",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, of string) error {
				if at.all {
					return listAll(ctx, m, outputOf(cmd), of+"/people", "people", "There is nobody.", "PERSON EMAIL STATE NAME", personRow)
				}
				return listAll(ctx, m, outputOf(cmd), of+"/people", "people", "There is nobody.", "PERSON EMAIL ROLE STATE NAME", memberRow)
			})
		},
	}
	at.flags(cmd, "everybody, whatever the organisation")
	return cmd
}

func personRow(p wire.Person) []string {
	state := stateOf(p.Disabled)
	if p.Platform {
		state += ", operator of the platform"
	}
	return []string{p.PersonID, p.Email, state, p.Name}
}

func memberRow(p wire.Member) []string {
	return []string{p.PersonID, p.Email, p.Role, stateOf(p.Disabled), p.Name}
}

func stateOf(disabled bool) string {
	if disabled {
		return "disabled"
	}
	return "enabled"
}

func offerMember(p wire.Member) cobra.Completion {
	return cobra.CompletionWithDesc(p.Email, printable(p.Name))
}

// findMember returns the id of a person who is named by id or mail address.
func findMember(ctx context.Context, m *client.Management, org, named string) (string, error) {
	return findPerson(ctx, m, org+"/people", named, func(p wire.Member) (id, email string) { return p.PersonID, p.Email })
}

// findPerson looks for a mail address in a list of people.
func findPerson[T any](ctx context.Context, m *client.Management, list, named string, read func(T) (id, email string)) (string, error) {
	if uuid.Validate(named) == nil {
		return named, nil
	}
	all, err := client.ManagementList[T](ctx, m, list, "people")
	if err != nil {
		return "", err
	}
	for _, one := range all {
		if id, email := read(one); strings.EqualFold(email, named) {
			return id, nil
		}
	}
	return "", usageError{fmt.Errorf("nobody has the id or mail address %q; \"vierkant person list\" shows who is there", named)}
}

func personRoleCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "role PERSON ROLE [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Give a person another role in an organisation",
		Args:  twoArguments("person", "role"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				id, err := findMember(ctx, m, org, args[0])
				if err != nil {
					return err
				}
				var changed wire.Member
				if err := m.Send(ctx, http.MethodPatch, org+"/people/"+id, wire.RoleChange{Role: args[1]}, &changed); err != nil {
					return err
				}
				return showMember(outputOf(cmd), changed)
			})
		},
	}
	at.flags(cmd)
	offer := completeOfOrg(&at, "/people", "people", offerMember)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return roles(), cobra.ShellCompDirectiveNoFileComp
		}
		return offer(cmd, args, begun)
	}
	return cmd
}

func personRemoveCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "remove PERSON [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Have a person no longer belong to an organisation",
		Args:  oneArgument("person"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				id, err := findMember(ctx, m, org, args[0])
				if err != nil {
					return err
				}
				if err := m.Send(ctx, http.MethodDelete, org+"/people/"+id, nil, nil); err != nil {
					return err
				}
				return outputOf(cmd).show(map[string]string{"removed": id}, func(to io.Writer) {
					fmt.Fprintf(to, "%s does not belong to the organisation any more.\n", printable(args[0]))
				})
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = completeOfOrg(&at, "/people", "people", offerMember)
	return cmd
}

// personSwitchCommand does something to a person that operators may.
func personSwitchCommand(deed, short, done string) *cobra.Command {
	var at administration
	cmd := &cobra.Command{
		Use:   deed + " PERSON (--config FILE | --data DIR | --url URL)",
		Short: short,
		Args:  oneArgument("person"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				id, err := findAnybody(ctx, m, args[0])
				if err != nil {
					return err
				}
				var changed wire.Person
				if err := m.Send(ctx, http.MethodPost, "/people/"+id+"/"+deed, nil, &changed); err != nil {
					return err
				}
				return outputOf(cmd).show(changed, func(to io.Writer) { fmt.Fprintf(to, "%s %s.\n", printable(changed.Name), done) })
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = firstArgument(completeListed(&at, "/people", "people", offerPerson))
	return cmd
}

func offerPerson(p wire.Person) cobra.Completion {
	return cobra.CompletionWithDesc(p.Email, printable(p.Name))
}

func findAnybody(ctx context.Context, m *client.Management, named string) (string, error) {
	return findPerson(ctx, m, "/people", named, func(p wire.Person) (id, email string) { return p.PersonID, p.Email })
}
