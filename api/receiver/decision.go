package receiver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/set"
)

// Decision is what becomes of a submission that passed all checks. The zero Decision is [Leave].
type Decision struct {
	outcome  client.State // "" for Leave and Later
	problems []set.Problem
	later    error
}

// Accept takes the submission.
func Accept() Decision { return Decision{outcome: client.Accepted} }

// Reject refuses it, for at least one reason; see [client.Code.Problem]. Reasons that cannot be told, none or too long ones among
// them, make it a [Later].
func Reject(problems ...set.Problem) Decision {
	if err := checkProblems(problems); err != nil {
		return Later(fmt.Errorf("reject: %w", err))
	}
	return Decision{outcome: client.Rejected, problems: problems}
}

// Forward says that it was passed on and the decision is still to come. Handle is asked for it again, with growing pauses.
func Forward() Decision { return Decision{outcome: client.Forwarded} }

// Leave says nothing, and the broker waits on. Handle is not asked again before the next start or [Receiver.Once].
func Leave() Decision { return Decision{} }

// ErrLater means that there is no decision about a submission yet: Handle said [Later], or an attachment is missing and may still come.
var ErrLater = errors.New("no decision yet")

// Later says that there is no decision because of err. Handle is asked again, with growing pauses.
func Later(err error) Decision {
	if err == nil {
		return Decision{later: ErrLater}
	}
	return Decision{later: fmt.Errorf("%w: %w", ErrLater, err)}
}

// maxProblems bounds the problems of a rejection, in bytes: with the rest they fit into an event.
const maxProblems = set.MaxClaims - 2<<10

// checkProblems says whether an event can carry the problems.
func checkProblems(problems []set.Problem) error {
	if len(problems) == 0 {
		return errors.New("expected at least one problem")
	}
	raw := set.Payload{Problems: problems}.Bytes()
	if len(raw) > maxProblems {
		return fmt.Errorf("expected problems of at most %d bytes, found %d", maxProblems, len(raw))
	}
	_, err := set.ParsePayload(raw)
	return err
}

// firstProblems leaves out those at the end that an event has no room for.
func firstProblems(problems []set.Problem) []set.Problem {
	for len(problems) > 1 && len(set.Payload{Problems: problems}.Bytes()) > maxProblems {
		problems = problems[:len(problems)/2]
	}
	return problems
}

// String is for logs: "accept", "reject: …" with the problems' types, "forward", "leave" or "later: …".
func (d Decision) String() string {
	switch {
	case d.later != nil:
		return "later: " + d.later.Error()
	case d.outcome == client.Accepted:
		return "accept"
	case d.outcome == client.Forwarded:
		return "forward"
	case d.outcome == "":
		return "leave"
	}
	text := "reject:"
	for _, p := range d.problems {
		text += fmt.Sprintf(" %s (%s)", strings.TrimPrefix(p.Type, set.ProblemPrefix), p.Instance)
	}
	return text
}
