package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/set"
)

// reason is a documented code of a rejection (FIT-Connect contract 8.2) and what it means.
type reason struct {
	client.Code
	means string
}

func reasons() []reason {
	return []reason{
		{client.IncorrectAuthenticationTag, "a sealed part is not the submitted one"},
		{client.EncryptionIssue, "a part cannot be opened"},
		{client.SyntaxViolation, "neither JSON nor XML"},
		{client.SchemaViolation, "data or metadata break their schema"},
		{client.MissingSchema, "the metadata do not name their schema"},
		{client.UnsupportedSchema, "metadata version not offered"},
		{client.UnsupportedDataSchema, "schema of the data not offered for the service"},
		{client.UnsupportedService, "service not offered"},
		{client.ServiceMismatch, "the metadata name another service"},
		{client.MissingData, "the metadata describe data, none were sent"},
		{client.MissingAttachment, "an attachment cannot be fetched"},
		{client.AttachmentsMismatch, "other attachments than described"},
		{client.HashMismatch, "the content is not what the metadata describe"},
		{client.UnsupportedReplyChannel, "reply channel not offered"},
		{client.InvalidEventLog, "the event log does not say what was submitted"},
		{client.TechnicalError, "anything else"},
	}
}

// problemHelp lists the codes for the help of commands that take problems.
func problemHelp() string {
	var b strings.Builder
	b.WriteString("A problem is CODE, CODE:INSTANCE or CODE:INSTANCE:DETAIL. The instance is where it lies: metadata, data, attachment:ID or other.\n" +
		"The detail is read by sender and service: it must not repeat what the application says. Codes:\n\n")
	for _, c := range reasons() {
		fmt.Fprintf(&b, "  %-29s %s\n", c.Code, c.means)
	}
	return strings.TrimRight(b.String(), "\n")
}

// attachmentInstance begins an instance that has a colon of its own.
const attachmentInstance = "attachment:"

// parseProblem reads CODE[:INSTANCE[:DETAIL]]. Without an instance it lies elsewhere, without a detail the code speaks for itself.
func parseProblem(text string) (set.Problem, error) {
	code, rest, _ := strings.Cut(text, ":")
	known := reasons()
	at := slices.IndexFunc(known, func(r reason) bool { return string(r.Code) == code })
	if at < 0 {
		return set.Problem{}, fmt.Errorf("%q is no code of a problem", code)
	}
	prefix := ""
	if after, found := strings.CutPrefix(rest, attachmentInstance); found {
		prefix, rest = attachmentInstance, after
	}
	instance, detail, _ := strings.Cut(rest, ":")
	if _, err := uuid.Parse(instance); prefix != "" && err != nil {
		return set.Problem{}, fmt.Errorf("%q is no id of an attachment: \"vierkant fetch\" lists them", instance)
	}
	instance = prefix + instance
	switch {
	case instance == "":
		instance = client.Elsewhere
	case prefix == "" && !slices.Contains([]string{client.InMetadata, client.InData, client.Elsewhere}, instance):
		return set.Problem{}, fmt.Errorf("%q is no place of a problem: expected metadata, data, attachment:ID or other", instance)
	}
	if detail = strings.TrimSpace(detail); detail == "" {
		detail = known[at].means
	}
	return known[at].Problem(instance, detail), nil
}

// parseProblems reads at least one.
func parseProblems(texts []string) ([]set.Problem, error) {
	if len(texts) == 0 {
		return nil, errors.New("expected at least one problem, CODE[:INSTANCE[:DETAIL]]")
	}
	var all []set.Problem
	for _, text := range texts {
		p, err := parseProblem(text)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// problemText is what parseProblem reads.
func problemText(p set.Problem) string {
	return fmt.Sprintf("%s:%s:%s", codeOf(p), p.Instance, p.Detail)
}

func codeOf(p set.Problem) string { return strings.TrimPrefix(p.Type, set.ProblemPrefix) }

// quote writes an argument as a shell reads it back.
func quote(argument string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/:=,@"
	if argument != "" && strings.Trim(argument, plain) == "" {
		return argument
	}
	return "'" + strings.ReplaceAll(argument, "'", `'\''`) + "'"
}
