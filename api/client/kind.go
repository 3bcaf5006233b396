package client

import (
	"fmt"
	"strings"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/set"
)

// kind is what goes back and forth in a case: submissions, and replies to them (FIT-Connect contract 3.6). Both have the same calls,
// states and events, below addresses and names of their own.
type kind string

const (
	submission kind = "submission"
	reply      kind = "reply"
)

// path is that of all of a kind, below the base of the service.
func (k kind) path() string {
	if k == reply {
		return "/v2/replies"
	}
	return "/v2/submissions"
}

// event is the URI of what befalls one of a kind: submit, accept, reject, forward.
func (k kind) event(verb string) string {
	return strings.TrimSuffix(set.CreateSubmission, "create-submission") + verb + "-" + string(k)
}

// named is how an answer names one of either kind.
type named struct {
	DestinationID string `json:"destinationId"`
	SubmissionID  string `json:"submissionId"`
	ReplyID       string `json:"replyId"`
	CaseID        string `json:"caseId"`
}

// ref reads the name of one of a kind.
func (k kind) ref(n named) (Ref, error) {
	r := Ref{DestinationID: DestinationID(n.DestinationID), SubmissionID: SubmissionID(n.SubmissionID), CaseID: CaseID(n.CaseID)}
	if k == reply {
		r.SubmissionID, r.ReplyID = "", ReplyID(first(n.ReplyID, "none")) // which is no id, where "" would mean a submission
	}
	return r.Canonical()
}

// readFetched reads the answer with the sealed metadata and data of one.
func (k kind) readFetched(a answer) (*envelope, error) {
	var fetched struct {
		named
		Attachments       []string           `json:"attachments"`
		PublicService     wire.PublicService `json:"publicService"`
		Region            string             `json:"region"`
		EncryptedMetadata string             `json:"encryptedMetadata"`
		EncryptedData     string             `json:"encryptedData"`
	}
	if err := a.decode(&fetched); err != nil {
		return nil, err
	}
	ref, err := k.ref(fetched.named)
	if err != nil {
		return nil, err
	}
	e := &envelope{
		ref: ref, service: fetched.PublicService, region: fetched.Region, sealedMetadata: fetched.EncryptedMetadata,
		sealedData: fetched.EncryptedData, parts: map[AttachmentID]*part{},
	}
	for _, text := range fetched.Attachments {
		attachment, err := ParseID(AttachmentID(text))
		if err != nil {
			return nil, fmt.Errorf("%s: attachment id: %w", name(ref), err)
		}
		e.uploads = append(e.uploads, attachment)
	}
	return e, nil
}

// readList reads a page of a list.
func (k kind) readList(a answer) (waiting []Ref, total int, err error) {
	var list struct {
		TotalCount  int     `json:"totalCount"`
		Submissions []named `json:"submissions"`
		Replies     []named `json:"replies"`
	}
	if err := a.decode(&list); err != nil {
		return nil, 0, err
	}
	items := list.Submissions
	if k == reply {
		items = list.Replies
	}
	for _, item := range items {
		ref, err := k.ref(item)
		if err != nil {
			return nil, 0, err
		}
		waiting = append(waiting, ref)
	}
	return waiting, list.TotalCount, nil
}

// Subject is what events befall: the id of a submission or of a reply, or whatever holds a [Ref].
type Subject interface {
	Subject() string // as events name it: "submission:" or "reply:" and the id
}

// Subject names it as events do.
func (id SubmissionID) Subject() string { return string(submission) + ":" + string(id) }

// Subject names it as events do.
func (id ReplyID) Subject() string { return string(reply) + ":" + string(id) }

// Subject names it as events do.
func (r Ref) Subject() string {
	if r.kind() == reply {
		return r.ReplyID.Subject()
	}
	return r.SubmissionID.Subject()
}

func (r Ref) kind() kind {
	if r.ReplyID != "" {
		return reply
	}
	return submission
}

// ID is the id of what r names, for the name of a file.
func (r Ref) ID() string {
	if r.kind() == reply {
		return string(r.ReplyID)
	}
	return string(r.SubmissionID)
}

// name names it for people.
func name(s Subject) string { return strings.Replace(s.Subject(), ":", " ", 1) }

// kindOf is the kind of a subject.
func kindOf(s Subject) kind {
	before, _, _ := strings.Cut(s.Subject(), ":")
	return kind(before)
}
