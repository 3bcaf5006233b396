package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
	"github.com/vierkant/vierkant/crypto/set"
)

// usageError is a command that was called wrongly.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// failure is an error as it is told: what happened, and what to do next.
type failure struct {
	Error      string        `json:"error"`
	Exit       int           `json:"exit"`
	Hint       string        `json:"hint,omitempty"`
	RetryAfter int           `json:"retryAfter,omitempty"` // seconds that the service asks to wait
	Problems   []set.Problem `json:"problems,omitempty"`   // why a submission is not sound
	Parts      []brokenPart  `json:"parts,omitempty"`      // which parts of a saved submission do not hold
}

// brokenPart is a part of a saved submission that does not hold.
type brokenPart struct {
	Part  string `json:"part"`
	File  string `json:"file,omitempty"`
	Error string `json:"error"`
}

func failureOf(err error) failure {
	f := failure{Error: err.Error(), Exit: exitCode(err), Hint: hint(err)}
	var problem *client.Problem
	if errors.As(err, &problem) {
		f.RetryAfter = int((problem.RetryAfter + time.Second - 1) / time.Second)
	}
	var unsound *client.RejectError
	if errors.As(err, &unsound) {
		f.Problems = unsound.Problems
	}
	for _, p := range partsOf(err) {
		f.Parts = append(f.Parts, brokenPart{p.Part, p.File, p.Err.Error()})
	}
	return f
}

// partsOf finds the longest list of parts below what was wrapped around it.
func partsOf(err error) (parts []*archive.PartError) {
	for ; err != nil; err = errors.Unwrap(err) {
		if found := archive.Parts(err); len(found) > len(parts) {
			parts = found
		}
	}
	return parts
}

func (f failure) write(to io.Writer, asJSON bool) {
	if asJSON {
		_ = encode(to, f) // there is nobody left to tell
		return
	}
	fmt.Fprintln(to, "vierkant:", printableLines(f.Error))
	if f.Hint != "" {
		fmt.Fprintln(to, printableLines(f.Hint))
	}
}

// wantsJSON looks for --json where cobra may not have come to it before the error.
func wantsJSON(arguments []string) bool {
	if end := slices.Index(arguments, "--"); end >= 0 {
		arguments = arguments[:end]
	}
	return slices.Contains(arguments, "--"+jsonFlag) || slices.Contains(arguments, "--"+jsonFlag+"=true")
}

// exitCode tells whether the same command may be repeated: not when that could send an application twice.
func exitCode(err error) int {
	var (
		usage       usageError
		unconfirmed *client.UnconfirmedError
		unread      *unreadLogError
		unreachable *unreachableError
		unfinished  unfinishedError
	)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		return 2
	case errors.As(err, &unconfirmed), errors.As(err, &unread):
		return 1
	case mayBeBetterLater(err), errors.Is(err, receiver.ErrLater), errors.As(err, &unreachable), errors.As(err, &unfinished):
		return 3
	default:
		return 1
	}
}

// mayBeBetterLater reports whether anything of what failed is worth repeating: of many submissions, some may be.
func mayBeBetterLater(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return slices.ContainsFunc(joined.Unwrap(), mayBeBetterLater)
	}
	return client.Retryable(err)
}
