package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/cmd/node"
)

// tokenVariable is where a personal access token may stand; on the command line everybody on the machine could read it.
const tokenVariable = "VIERKANT_TOKEN"

// administration is the flags by which a command finds what it administers.
type administration struct{ config, data, url, tokenFile string }

func (a *administration) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&a.config, "config", "", "configuration file of a node of this machine, running or stopped, whose operator you are")
	flags.StringVar(&a.data, "data", "", "instead: folder of one environment made by \"vierkant up\", like vierkant-data/test")
	flags.StringVar(&a.url, "url", "", "instead: base URL of a broker anywhere, to which you have a personal access token")
	flags.StringVar(&a.tokenFile, "token-file", "", "with --url: file with the token (or "+tokenVariable+")")
	completeFile(cmd, "config", "yaml", "yml")
	completeFolder(cmd, "data")
	completeNothing(cmd, "url")
	completeFile(cmd, "token-file")
}

// administer runs a command against the broker that the flags name.
func (a *administration) administer(cmd *cobra.Command, do func(context.Context, *client.Management) error) error {
	cfg, done, err := a.open(cmd.Context())
	if err != nil {
		return err
	}
	m, err := client.NewManagement(cfg)
	if err == nil {
		err = do(cmd.Context(), m)
	}
	if err = errors.Join(err, done()); err != nil {
		return &administrationError{err}
	}
	return nil
}

func (a *administration) open(ctx context.Context) (cfg client.ManagementConfig, done func() error, err error) {
	switch {
	case a.url != "" && a.config == "" && a.data == "":
		cfg, err = a.remote()
		return cfg, func() error { return nil }, err
	case a.url != "" || (a.config == "") == (a.data == ""):
		return cfg, nil, usageError{errors.New("name a node of this machine by --config or --data, or a broker anywhere by --url: one of them")}
	}
	at, err := nodeAt(a.config, a.data)
	if err != nil {
		return cfg, nil, err
	}
	at.Log = newLog(slog.LevelWarn, false) // this process may be the node, and tells what its commands tell
	operator, err := node.Reach(ctx, at)
	if err != nil {
		return cfg, nil, err
	}
	return client.ManagementConfig{URL: node.OperatorURL, HTTP: operator.HTTP, PlainHTTP: true, UserAgent: userAgent}, operator.Close, nil
}

func (a *administration) remote() (client.ManagementConfig, error) {
	cfg := client.ManagementConfig{URL: a.url, Token: os.Getenv(tokenVariable), UserAgent: userAgent}
	if a.tokenFile == "" && cfg.Token == "" {
		return cfg, usageError{errors.New("the token is missing: give --token-file or set " + tokenVariable)}
	}
	var err error
	if a.tokenFile != "" {
		cfg.Token, err = readSecret(a.tokenFile)
	}
	return cfg, err
}

// administrationError is the failure of a command that administers.
type administrationError struct{ error }

func (e *administrationError) Unwrap() error { return e.error }

// refusedAdministration returns what the broker refused of a command that administers. The advice on sending and fetching is none for it.
func refusedAdministration(err error) (*client.Problem, bool) {
	if _, administered := errors.AsType[*administrationError](err); !administered {
		return nil, false
	}
	return errors.AsType[*client.Problem](err)
}

// adviseAdministration says what to do beyond what the broker says itself.
func adviseAdministration(refused *client.Problem) string {
	switch {
	case refused.Status == http.StatusUnauthorized:
		return "Check the token: it may have expired, or been revoked, or belong to another environment."
	case client.Retryable(refused):
		return "The service is busy or broken: try again later."
	}
	return ""
}
