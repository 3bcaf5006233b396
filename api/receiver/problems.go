package receiver

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/set"
)

// Reason is why a program rejects, as it writes it.
type Reason struct {
	Code     client.Code `json:"code"`
	Instance string      `json:"instance"`
	Detail   string      `json:"detail"`
}

// rejection makes a decision of what a program wrote before it ended with [ExitReject]. What cannot be read is none: a rejection
// cannot be taken back, and an interpreter that fails may end with the same status.
func rejection(out *bounded) Decision {
	reasons, err := readReasons(out)
	if err != nil {
		return Later(fmt.Errorf("the program's reasons for a rejection cannot be read: %w", err))
	}
	if len(reasons) == 0 {
		return Reject(client.TechnicalError.Problem(client.Elsewhere, "rejected by the receiving system"))
	}
	problems := make([]set.Problem, len(reasons))
	for i, reason := range reasons {
		if err := reason.check(); err != nil {
			return Later(fmt.Errorf("reject: %w", err))
		}
		problems[i] = reason.Code.Problem(reason.Instance, reason.Detail)
	}
	return Reject(problems...)
}

// readReasons reads one reason or an array of them.
func readReasons(out *bounded) ([]Reason, error) {
	text := bytes.TrimSpace(out.kept)
	switch {
	case out.dropped:
		return nil, fmt.Errorf("expected at most %d bytes", out.most)
	case len(text) == 0:
		return nil, nil
	}
	if text[0] != '[' {
		text = slices.Concat([]byte("["), text, []byte("]"))
	}
	var document struct {
		Reasons []Reason `json:"reasons"`
	}
	err := wire.Decode(slices.Concat([]byte(`{"reasons":`), text, []byte("}")), &document)
	for i, reason := range document.Reasons {
		if reason.Instance == "" {
			document.Reasons[i].Instance = client.Elsewhere
		}
	}
	return document.Reasons, err
}

func (r Reason) check() error {
	if !slices.Contains(client.Codes(), r.Code) {
		return fmt.Errorf("expected a code of the contract, found %.60q", r.Code)
	}
	switch r.Instance {
	case client.InMetadata, client.InData, client.Elsewhere:
		return nil
	}
	if id, ok := strings.CutPrefix(r.Instance, client.InAttachment("")); ok && id != "" {
		return nil
	}
	return fmt.Errorf("expected an instance of the contract, found %.60q", r.Instance)
}
