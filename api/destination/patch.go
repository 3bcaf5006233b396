package destination

import (
	"encoding/json"
	"slices"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// The states that a manager may name. PUT may repeat that a destination is still created; PATCH may not (FIT-Connect contract 3.3).
var (
	patchable = []broker.DestinationStatus{broker.DestinationActive, broker.DestinationInactive, broker.DestinationDecommissioned}
	puttable  = append([]broker.DestinationStatus{broker.DestinationCreated}, patchable...)
)

func checkStatus(status string, allowed []broker.DestinationStatus) error {
	if slices.Contains(allowed, broker.DestinationStatus(status)) {
		return nil
	}
	want := "must be one of"
	for _, s := range allowed {
		want += " " + string(s)
	}
	return &wire.Error{Member: "status", Want: want}
}

// replacement is the whole of what a destination is from now on.
func replacement(in wire.DestinationDraft) (broker.DestinationDraft, error) {
	if err := checkStatus(in.Status, puttable); err != nil {
		return broker.DestinationDraft{}, err
	}
	return drafted(in)
}

// checkPatch refuses what is wrong with a merge patch whatever it is applied to.
func checkPatch(patch []byte) error {
	var members map[string]json.RawMessage
	if err := wire.Decode(patch, &members); err != nil {
		return err
	}
	if members == nil {
		return &wire.Error{Want: "the merge patch must be a JSON object"}
	}
	if _, given := members["status"]; !given {
		return nil
	}
	var change struct {
		Status string `json:"status"`
	}
	if err := wire.Decode(patch, &change); err != nil {
		return err
	}
	return checkStatus(change.Status, patchable)
}

// merger applies a patch to a document.
type merger func(document, patch json.RawMessage) (json.RawMessage, error)

// Edit is a change of what is set.
type Edit func(broker.DestinationDraft) (broker.DestinationDraft, error)

// Merging is the change that a merge patch (RFC 7396) asks for.
func Merging(patch []byte) (Edit, error) { return patching(patch, wire.MergePatch) }

func patching(patch []byte, merge merger) (Edit, error) {
	if err := checkPatch(patch); err != nil {
		return nil, err
	}
	return func(now broker.DestinationDraft) (broker.DestinationDraft, error) { return patched(now, patch, merge) }, nil
}

// patched applies a checked merge patch to what is set now.
func patched(now broker.DestinationDraft, patch []byte, merge merger) (broker.DestinationDraft, error) {
	before, err := json.Marshal(document(now))
	if err != nil {
		return now, err
	}
	after, err := merge(before, patch)
	if err != nil {
		return now, err
	}
	var in wire.DestinationDraft
	if err := wire.Decode(after, &in); err != nil {
		return now, err
	}
	return drafted(in)
}
