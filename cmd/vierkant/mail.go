package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func mailCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mail",
		Short: "The outbox: which mails were sent, and which are kept and why",
		Long: `Contacts of destinations are told by mail when submissions wait for too long, and when a key expires or is changed. A mail goes only to an
address that was confirmed ("vierkant address"), and only where the configuration names a mail server. All others are kept: they can
be read here, and are sent if what they wait for comes within 14 days. Reminders to one address are gathered for an hour.`,
	}
	onlyCommands(cmd)
	cmd.AddCommand(mailListCommand(), mailShowCommand(), mailLanguageCommand())
	return cmd
}

func mailListCommand() *cobra.Command {
	var at ofOrgOrAll
	cmd := &cobra.Command{
		Use:   "list [--org ORGANISATION | --all] (--config FILE | --data DIR | --url URL)",
		Short: "List the mails of an organisation, or all, the latest last",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, of string) error {
				return listAll(ctx, m, outputOf(cmd), of+"/mails", "mails", "There are no mails.", "MAIL SINCE STATE TELLS OF TO", mailRow)
			})
		},
	}
	at.flags(cmd, "of all organisations")
	return cmd
}

func mailRow(m wire.Mail) []string {
	return []string{m.MailID, when(m.CreatedAt), mailState(m), m.Template, strconv.Itoa(m.Count), m.To}
}

// mailState says what became of a mail, and why it was not sent.
func mailState(m wire.Mail) string {
	switch {
	case m.State == "sent" && m.FinishedAt != nil:
		return "sent " + when(*m.FinishedAt)
	case m.State == "failed":
		return "failed: " + m.Reason
	case m.State == "needless":
		return "not sent: taken care of meanwhile"
	case m.Held == "no-mail-server":
		return "kept: there is no mail server"
	case m.Held == "address-not-confirmed":
		return "kept: the address is not confirmed"
	case m.NextAt != nil:
		return "again at " + when(*m.NextAt) + ": " + m.Reason
	}
	return "waiting"
}

func mailShowCommand() *cobra.Command {
	var (
		at   ofOrgOrAll
		html bool
	)
	cmd := &cobra.Command{
		Use:   "show MAIL [--html] [--org ORGANISATION | --all] (--config FILE | --data DIR | --url URL)",
		Short: "Read a mail, as it would be sent now",
		Args:  oneArgument("mail"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, of string) error {
				var one wire.MailText
				if err := m.Get(ctx, of+"/mails/"+segment(args[0]), &one); err != nil {
					return err
				}
				return outputOf(cmd).show(one, func(to io.Writer) { showMail(to, one, html) })
			})
		},
	}
	at.flags(cmd, "of whatever organisation, or of none, like those with which people sign up")
	cmd.Flags().BoolVar(&html, "html", false, "print the HTML part alone")
	cmd.ValidArgsFunction = completeOfOrg(&at.ofOrg, "/mails", "mails", func(m wire.Mail) cobra.Completion {
		return cobra.CompletionWithDesc(m.MailID, printable(m.Template+" to "+m.To))
	})
	return cmd
}

func showMail(to io.Writer, m wire.MailText, html bool) {
	if html {
		fmt.Fprint(to, m.HTML)
		return
	}
	fmt.Fprintf(to, "State:   %s\nTo:      %s\nSubject: %s\n\n%s", printable(mailState(m.Mail)), printable(m.To), printable(m.Subject), m.Text)
}

func mailLanguageCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "language [de|en|both] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Choose the language of an organisation's mails, or show which it is",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneArgument("language")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var settings wire.MailSettings
				if err := chooseLanguage(ctx, m, org+"/mail-settings", args, &settings); err != nil {
					return err
				}
				return outputOf(cmd).show(settings, func(to io.Writer) { fmt.Fprintln(to, languageText(settings.Language)) })
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = cobra.FixedCompletions([]string{"de", "en", "both"}, cobra.ShellCompDirectiveNoFileComp)
	return cmd
}

func chooseLanguage(ctx context.Context, m *client.Management, path string, args []string, settings *wire.MailSettings) error {
	if len(args) == 0 {
		return m.Get(ctx, path, settings)
	}
	choice := wire.MailSettings{Language: args[0]}
	if args[0] == "both" {
		choice.Language = ""
	}
	return m.Send(ctx, http.MethodPut, path, choice, settings)
}

func languageText(language string) string {
	switch language {
	case "de":
		return "Its mails are in German."
	case "en":
		return "Its mails are in English."
	}
	return "Its mails are in German and English."
}
