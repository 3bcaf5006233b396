package client

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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

// About reports whether the event befell this submission or reply.
func (e Event) About(s Subject) bool { return e.Subject == s.Subject() }

// Log is the verified event log of a case, oldest first. Only [Client.Events] and [Evidence.Verify] make one.
type Log []Event

// Of returns the part that is about one submission or reply.
func (l Log) Of(s Subject) Log {
	return slices.DeleteFunc(slices.Clone(l), func(e Event) bool { return !e.About(s) })
}

// State tells where the submission or reply stands: the last of its events that is no notification; "" if it has none
// (FIT-Connect contract 7.2).
func (l Log) State(s Subject) State {
	var state State
	for _, e := range l.Of(s) {
		state, _ = state.after(e.Type)
	}
	return state
}

// submitted returns the one event that says which parts were submitted, and its tags.
func (l Log) submitted(s Subject) (Event, set.AuthenticationTags, error) {
	for _, e := range l {
		if !e.About(s) || e.Type != kindOf(s).event("submit") {
			continue
		}
		if e.Payload.AuthenticationTags == nil {
			return Event{}, set.AuthenticationTags{}, fmt.Errorf("the submit-%s event of %s names no authentication tags", kindOf(s), name(s))
		}
		return e, *e.Payload.AuthenticationTags, nil // the order of events leaves room for one only
	}
	return Event{}, set.AuthenticationTags{}, fmt.Errorf("the event log has no submit-%s event of %s", kindOf(s), name(s))
}

// CheckTags compares the authentication tags that the log says were submitted with those of the sealed parts at hand: sent
// ones (from a [Receipt]) or fetched ones. Other events that name tags were held against the submit event when the log was
// verified. The error is [*TagError], or says that the log has no submit event.
func (l Log) CheckTags(s Subject, have set.AuthenticationTags) error {
	_, logged, err := l.submitted(s)
	if err != nil {
		return err
	}
	if parts := differing(logged, have); len(parts) > 0 {
		return &TagError{Subject: s.Subject(), Parts: parts}
	}
	return nil
}

// TagError means: sealed parts are not those that were submitted.
type TagError struct {
	Subject string   // "submission:" or "reply:" and an id
	Parts   []string // "metadata", "data", "attachment:" and an id; sorted
}

// Error names the parts.
func (e *TagError) Error() string {
	kind, id, _ := strings.Cut(e.Subject, ":")
	return fmt.Sprintf("%s %s: authentication tags differ from those of the submit-%[1]s event: %[3]q", kind, id, e.Parts)
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
