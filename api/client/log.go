package client

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vierkant/vierkant/crypto/set"
)

// Event is one verified entry of a case's event log: its signature, its issuer and the issuer's right to say this were checked.
type Event struct {
	Type      string // event URI, e.g. [set.AcceptSubmission]
	Subject   string // "submission:" or "reply:" and an id
	ByService bool   // issued by the delivery service, else by the destination
	Issuer    string // base URL of the service, or id of the destination
	Issued    time.Time
	ID        string // jti
	Schema    string // $schema of the payload, "" if it has none
	Payload   set.Payload
	Token     string // the signed event itself, to keep
}

// About reports whether the event befell this submission.
func (e Event) About(id SubmissionID) bool { return e.Subject == "submission:"+string(id) }

// Log is the verified event log of a case, oldest first. Only [Client.Events] and [Evidence.Verify] make one.
type Log []Event

// Of returns the part that is about one submission.
func (l Log) Of(id SubmissionID) Log {
	return slices.DeleteFunc(slices.Clone(l), func(e Event) bool { return !e.About(id) })
}

// State tells where the submission stands: the last of its events that is no notification; "" if it has none
// (FIT-Connect contract 7.2).
func (l Log) State(id SubmissionID) State {
	var state State
	for _, e := range l.Of(id) {
		state, _ = state.after(e.Type)
	}
	return state
}

// submitted returns the one event that says which parts were submitted, and its tags.
func (l Log) submitted(id SubmissionID) (Event, set.AuthenticationTags, error) {
	for _, e := range l {
		if !e.About(id) || e.Type != set.SubmitSubmission {
			continue
		}
		if e.Payload.AuthenticationTags == nil {
			return Event{}, set.AuthenticationTags{}, fmt.Errorf("the submit-submission event of submission %s names no authentication tags", id)
		}
		return e, *e.Payload.AuthenticationTags, nil // the order of events leaves room for one only
	}
	return Event{}, set.AuthenticationTags{}, fmt.Errorf("the event log has no submit-submission event of submission %s", id)
}

// CheckTags compares the authentication tags that the log says were submitted with those of the sealed parts at hand: sent
// ones (from a [Receipt]) or fetched ones. Other events that name tags were held against the submit event when the log was
// verified. The error is [*TagError], or says that the log has no submit event.
func (l Log) CheckTags(id SubmissionID, have set.AuthenticationTags) error {
	_, logged, err := l.submitted(id)
	if err != nil {
		return err
	}
	if parts := differing(logged, have); len(parts) > 0 {
		return &TagError{Submission: id, Parts: parts}
	}
	return nil
}

// TagError means: sealed parts are not those that were submitted.
type TagError struct {
	Submission SubmissionID
	Parts      []string // "metadata", "data", "attachment:" and an id; sorted
}

// Error names the parts.
func (e *TagError) Error() string {
	return fmt.Sprintf("submission %s: authentication tags differ from those of the submit-submission event: %q", e.Submission, e.Parts)
}

// differing names the parts whose tags are not equal, those that one side lacks included.
func differing(a, b set.AuthenticationTags) []string {
	var parts []string
	if a.Metadata != b.Metadata {
		parts = append(parts, partMetadata)
	}
	if a.Data != b.Data {
		parts = append(parts, partData)
	}
	one, other := byID(a.Attachments), byID(b.Attachments)
	all := maps.Clone(one)
	maps.Copy(all, other)
	for id := range all {
		if one[id] != other[id] {
			parts = append(parts, partAttachment(id))
		}
	}
	slices.Sort(parts)
	return parts
}

// byID gives the tags of attachments by the one spelling of their ids.
func byID(tags map[string]string) map[AttachmentID]string {
	named := make(map[AttachmentID]string, len(tags))
	for text, tag := range tags {
		id, err := ParseID(AttachmentID(text))
		if err != nil {
			id = AttachmentID(text)
		}
		named[id] = tag
	}
	return named
}
