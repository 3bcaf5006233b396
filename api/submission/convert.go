package submission

import (
	"errors"
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// MediaType is that of attachments and of events: JOSE in compact form.
const MediaType = "application/jose"

// announced converts an announcement; what is left out is named, what is wrong is for the service to say.
func announced(in wire.AnnounceV2) (a broker.Announcement, err error) {
	if in.AnnouncedAttachments == nil {
		return a, &wire.Error{Member: "announcedAttachments", Want: "is required: an array of UUIDs, empty if there are none"}
	}
	service := in.PublicService
	a = broker.Announcement{
		Service: broker.Service{Identifier: service.Identifier, Name: service.Name, Description: service.Description}, Region: in.Region,
	}
	if a.Destination, err = idOf[broker.DestinationID]("destinationId", in.DestinationID); err != nil {
		return a, err
	}
	if in.CaseID != "" {
		if a.Case, err = idOf[broker.CaseID]("caseId", in.CaseID); err != nil {
			return a, err
		}
	}
	a.Attachments = make([]broker.AttachmentID, len(in.AnnouncedAttachments))
	for i, id := range in.AnnouncedAttachments {
		if a.Attachments[i], err = idOf[broker.AttachmentID](fmt.Sprintf("announcedAttachments[%d]", i), id); err != nil {
			return a, err
		}
	}
	return a, nil
}

// idOf parses an id that is a member of a document or a parameter of a query, and names it in the error.
func idOf[T ~string](member, text string) (T, error) {
	id, err := broker.ParseID[T](text)
	var e *broker.Error
	if errors.As(err, &e) {
		return "", broker.Invalid.New(e.Code, "%s: %s", member, e.Detail)
	}
	return id, err
}

// sealed finds the parts of a submit.
func sealed(text []byte) (wire.Sealed, error) {
	parts, err := wire.ScanSubmit(text)
	if err == nil && parts.Metadata == nil {
		err = &wire.Error{Member: "encryptedMetadata", Want: "is required: the sealed metadata as a compact JWE"}
	}
	return parts, err
}

func attachmentOf(c echo.Context) (id broker.SubmissionID, attachment broker.AttachmentID, err error) {
	if id, err = broker.ParseID[broker.SubmissionID](c.Param("id")); err != nil {
		return "", "", err
	}
	attachment, err = broker.ParseID[broker.AttachmentID](c.Param("attachment"))
	return id, attachment, err
}

func pageOf(c echo.Context) (wire.Query, broker.Page, error) {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return q, broker.Page{}, err
	}
	page, err := q.Page()
	return q, broker.Page(page), err
}

// destinationOf returns the destination that a list is narrowed to; empty for all.
func destinationOf(q wire.Query) (broker.DestinationID, error) {
	text, given, err := q.One("destinationId")
	if err != nil || !given {
		return "", err
	}
	return idOf[broker.DestinationID]("destinationId", text)
}

func refOf(s broker.Submission) wire.SubmissionRef {
	return wire.SubmissionRef{DestinationID: string(s.Destination), SubmissionID: string(s.ID), CaseID: string(s.Case)}
}

func submissionOf(s broker.Submission) wire.SubmissionV2 {
	out := wire.SubmissionV2{
		SubmissionRef: refOf(s), Attachments: make([]string, len(s.Announced)),
		PublicService: wire.PublicService{Name: s.Service.Name, Identifier: s.Service.Identifier, Description: s.Service.Description},
		Region:        s.Region,
	}
	for i, id := range s.Announced {
		out.Attachments[i] = string(id)
	}
	return out
}

func listOf(waiting []broker.Submission, page broker.Page, total int) wire.SubmissionList {
	out := wire.SubmissionList{
		Counted:     wire.Counted{Count: len(waiting), Offset: page.Offset, TotalCount: total},
		Submissions: make([]wire.SubmissionRef, len(waiting)),
	}
	for i, s := range waiting {
		out.Submissions[i] = refOf(s)
	}
	return out
}

func logOf(l broker.Log, page broker.Page) wire.EventLog {
	return wire.EventLog{
		Counted:  wire.Counted{Count: len(l.Tokens), Offset: page.Offset, TotalCount: l.Total},
		EventLog: append([]string{}, l.Tokens...),
	}
}
