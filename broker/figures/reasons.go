package figures

import (
	"slices"
	"strings"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/set"
)

// Reasons that no receiver names.
const (
	TimedOut = "timed-out" // nobody decided in time, and the broker rejected it
	Unnamed  = "unnamed"   // the receiver named none
	Other    = "other"     // it named one that is not documented; such may be any text, so they are not told apart
)

// Reasons are all by which rejections are counted: the documented ones (FIT-Connect contract 8.2), by the last part of their types, and those that no
// receiver names.
func Reasons() []string {
	return []string{
		"incorrect-authentication-tag", "encryption-issue", "syntax-violation", "schema-violation", "missing-schema", "unsupported-schema",
		"unsupported-data-schema", "unsupported-service", "service-mismatch", "missing-data", "missing-attachment", "attachments-mismatch",
		"hash-mismatch", "unsupported-reply-channel", "invalid-event-log", "technical-error", TimedOut, Unnamed, Other,
	}
}

// reasonOf is why a submission was rejected: the first problem that the event names.
func reasonOf(rejection broker.Event) string {
	if rejection.Claims != nil { // the broker's own: it rejects submissions for nothing else
		return TimedOut
	}
	token, err := set.Parse(rejection.Token)
	if err != nil {
		return Other
	}
	said, err := set.ParsePayload(token.Claims.Payload)
	switch {
	case err != nil:
		return Other
	case len(said.Problems) == 0:
		return Unnamed
	}
	name, documented := strings.CutPrefix(said.Problems[0].Type, set.ProblemPrefix)
	if i := slices.Index(Reasons(), name); !documented || i < 0 || i >= slices.Index(Reasons(), TimedOut) {
		return Other
	}
	return name
}
