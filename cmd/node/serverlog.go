package node

import (
	"log"
	"log/slog"
	"regexp"
	"strings"
)

// callerAddress is how package http names whom a complaint is about.
var callerAddress = regexp.MustCompile(`\b(from|serving) \S+: `)

// serverLog is the log of what package http complains of by itself, without the addresses of callers: they are those of people.
func serverLog(to *slog.Logger) *log.Logger { return log.New(withoutAddresses{to}, "", 0) }

type withoutAddresses struct{ log *slog.Logger }

// Write implements io.Writer.
func (w withoutAddresses) Write(line []byte) (int, error) {
	w.log.Debug(strings.TrimSpace(callerAddress.ReplaceAllString(string(line), "$1 a caller: ")))
	return len(line), nil
}
