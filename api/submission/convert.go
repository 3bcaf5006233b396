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

// announcedV1 converts an announcement of the first generation; what is left out is named, what is wrong is for the service to say.
func announcedV1(body []byte) (broker.Announcement, error) {
	var in wire.AnnounceV1
	if err := wire.Decode(body, &in); err != nil {
		return broker.Announcement{}, err
	}
	if in.ServiceType == nil || in.ServiceType.Name == nil {
		return broker.Announcement{}, &wire.Error{Member: "serviceType", Want: "is required: an object with name, which may be empty, and identifier"}
	}
	a, err := announced(in.DestinationID, in.CaseID, in.AnnouncedAttachments)
	a.Service = broker.Service{Identifier: in.ServiceType.Identifier, Name: *in.ServiceType.Name, Description: in.ServiceType.Description}
	if in.Callback != nil {
		a.Callback = &broker.CallbackDraft{URL: in.Callback.URL, Secret: in.Callback.Secret}
	}
	return a, err
}

// announcedV2 converts one of the second.
func announcedV2(body []byte) (broker.Announcement, error) {
	var in wire.AnnounceV2
	if err := wire.Decode(body, &in); err != nil {
		return broker.Announcement{}, err
	}
	a, err := announced(in.DestinationID, in.CaseID, in.AnnouncedAttachments)
	service := in.PublicService
	a.Service = broker.Service{Identifier: service.Identifier, Name: service.Name, Description: service.Description}
	a.Region = in.Region
	return a, err
}

func announced(destination, caseID string, attachments []string) (a broker.Announcement, err error) {
	if a.Attachments, err = attachmentsOf(attachments); err != nil {
		return a, err
	}
	if a.Destination, err = idOf[broker.DestinationID]("destinationId", destination); err != nil || caseID == "" {
		return a, err
	}
	a.Case, err = idOf[broker.CaseID]("caseId", caseID)
	return a, err
}

func attachmentsOf(in []string) ([]broker.AttachmentID, error) {
	if in == nil {
		return nil, &wire.Error{Member: "announcedAttachments", Want: "is required: an array of UUIDs, empty if there are none"}
	}
	ids := make([]broker.AttachmentID, len(in))
	for i, id := range in {
		var err error
		if ids[i], err = idOf[broker.AttachmentID](fmt.Sprintf("announcedAttachments[%d]", i), id); err != nil {
			return nil, err
		}
	}
	return ids, nil
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

// listOf reads what a list is asked for: the page, and the destination that it is narrowed to.
func listOf(c echo.Context) (broker.Page, broker.DestinationID, error) {
	q, page, err := pageOf(c)
	if err != nil {
		return page, "", err
	}
	at, err := destinationOf(q)
	return page, at, err
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

func uploadedOf(s broker.Submission) []string {
	ids := make([]string, len(s.Announced))
	for i, id := range s.Announced {
		ids[i] = string(id)
	}
	return ids
}

func serviceOf(s broker.Submission) wire.PublicService {
	return wire.PublicService{Name: s.Service.Name, Identifier: s.Service.Identifier, Description: s.Service.Description}
}

func submissionV1(s broker.Submission) wire.SubmissionV1 {
	out := wire.SubmissionV1{SubmissionRef: refOf(s), Attachments: uploadedOf(s), ServiceType: serviceOf(s)}
	if s.Callback != nil {
		out.Callback = &wire.Callback{URL: s.Callback.URL}
	}
	return out
}

func submissionV2(s broker.Submission) wire.SubmissionV2 {
	return wire.SubmissionV2{SubmissionRef: refOf(s), Attachments: uploadedOf(s), PublicService: serviceOf(s), Region: s.Region}
}

func viewV1(s broker.Submission) any { return submissionV1(s) }
func viewV2(s broker.Submission) any { return submissionV2(s) }

func counted(n int, page broker.Page, total int) wire.Counted {
	return wire.Counted{Count: n, Offset: page.Offset, TotalCount: total}
}

func submissionList(waiting []broker.Submission, n wire.Counted) any {
	out := wire.SubmissionList{Counted: n, Submissions: make([]wire.SubmissionRef, len(waiting))}
	for i, s := range waiting {
		out.Submissions[i] = refOf(s)
	}
	return out
}

func logOf(l broker.Log, page broker.Page) wire.EventLog {
	return wire.EventLog{
		Counted:  counted(len(l.Tokens), page, l.Total),
		EventLog: append([]string{}, l.Tokens...),
	}
}
