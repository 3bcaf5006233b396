package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

// diagnoser is the flags by which a diagnosis finds its broker, and who asks: an operator or a person as for administration, or an API client
// that is a party.
type diagnoser struct {
	administration
	client connection
	as     string
}

func (d *diagnoser) flags(cmd *cobra.Command) {
	d.administration.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&d.client.clientID, "client-id", "", "with --url: the API client that asks, instead of a person")
	flags.StringVar(&d.client.secretFile, "client-secret-file", "", "with --client-id: file with the client's secret (or "+secretVariable+")")
	flags.StringVar(&d.client.world, "world", "", "instead: world.json of a running \"vierkant up\", of whose test environment --as asks")
	flags.StringVar(&d.as, "as", "", "with --world: sender or subscriber")
	completeFile(cmd, "client-secret-file")
	completeFile(cmd, "world", "json")
	completeNothing(cmd, "client-id")
	completeValues(cmd, "as", string(asSender), string(asSubscriber))
}

// diagnose asks about one submission and shows what is found.
func (d *diagnoser) diagnose(cmd *cobra.Command, submission string) error {
	if uuid.Validate(submission) != nil {
		return usageError{fmt.Errorf("%q is not the id of a submission: expected a UUID", submission)}
	}
	ask := func(ctx context.Context, m *client.Management) error {
		var found wire.Diagnosis
		if err := m.Get(ctx, "/submissions/"+segment(submission)+"/diagnosis", &found); err != nil {
			return err
		}
		return outputOf(cmd).show(found, func(to io.Writer) { showDiagnosis(to, found) })
	}
	if d.client.clientID == "" && d.client.world == "" {
		return d.administer(cmd, ask)
	}
	cfg, err := d.party()
	if err != nil {
		return err
	}
	m, err := client.NewManagement(cfg)
	if err != nil {
		return err
	}
	return ask(cmd.Context(), m)
}

// party is the client that asks, and where.
func (d *diagnoser) party() (client.ManagementConfig, error) {
	if d.client.world != "" {
		return d.partyOfWorld()
	}
	if d.url == "" {
		return client.ManagementConfig{}, usageError{errors.New("--client-id needs --url: at which broker?")}
	}
	secret, err := d.client.secret()
	base := strings.TrimRight(d.url, "/")
	return client.ManagementConfig{URL: base, TokenURL: base + "/token", ClientID: d.client.clientID, ClientSecret: secret, UserAgent: userAgent}, err
}

func (d *diagnoser) partyOfWorld() (client.ManagementConfig, error) {
	d.client.env = "test"
	e, err := d.client.environment()
	if err != nil {
		return client.ManagementConfig{}, err
	}
	who := e.Sender
	switch side(d.as) {
	case asSender:
	case asSubscriber:
		who = e.Subscriber
	default:
		return client.ManagementConfig{}, usageError{errors.New("--as sender or --as subscriber: for which side of the world is the question?")}
	}
	return client.ManagementConfig{
		URL: e.URL, TokenURL: e.TokenURL, ClientID: who.ClientID, ClientSecret: who.ClientSecret, UserAgent: userAgent,
	}, nil
}

func showDiagnosis(to io.Writer, d wire.Diagnosis) {
	fmt.Fprintf(to, "%s\n\n", d.Summary)
	kind := map[string]string{"submission": "Submission", "reply": "Reply"}[d.Kind]
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s\t%s\nCase\t%s\nDestination\t%s\nState\t%s since %s\nTurn\t%s\n",
		kind, d.SubmissionID, d.CaseID, d.DestinationID, d.State, when(d.Since), d.Turn)
	table.Flush()
	if len(d.Findings) > 0 {
		fmt.Fprintln(to, "\nFound")
	}
	for _, f := range d.Findings {
		fmt.Fprintf(to, "  %-8s  %s\n", f.Level, printable(f.Text))
	}
	if len(d.Next) > 0 {
		fmt.Fprintln(to, "\nNext")
	}
	for _, step := range d.Next {
		fmt.Fprintf(to, "  %s  %s\n", when(step.At), printable(step.Text))
	}
	for _, call := range d.Callbacks {
		showCall(to, call)
	}
}

func showCall(to io.Writer, call wire.DiagnosisCall) {
	fmt.Fprintf(to, "\nCallback %s to the %s, owed since %s: %s", call.Type, call.To, when(call.OwedAt), call.State)
	if call.Again != nil {
		fmt.Fprintf(to, ", again at %s", when(*call.Again))
	}
	fmt.Fprintln(to)
	for _, a := range call.Attempts {
		answer := "no answer"
		if a.Status != 0 {
			answer = fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status))
		}
		fmt.Fprintf(to, "  %s  %s  %s  %s\n", when(a.At), time.Duration(a.TookMS)*time.Millisecond, answer, printable(a.Reason))
	}
}
