package submission

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/set"
)

// AnnounceReply is POST /replies.
func (a *API) AnnounceReply(c echo.Context) error {
	return announce(c, announcedReply, a.replies.Announce, replyRefOf)
}

func announcedReply(body []byte) (out broker.ReplyAnnouncement, err error) {
	var in wire.AnnounceReply
	if err = wire.Decode(body, &in); err != nil {
		return out, err
	}
	if out.Case, err = idOf[broker.CaseID]("caseId", in.CaseID); err != nil {
		return out, err
	}
	out.Attachments, err = attachmentsOf(in.AnnouncedAttachments)
	return out, err
}

// UploadReply is PUT /replies/{id}/attachments/{attachment}.
func (a *API) UploadReply(c echo.Context) error { return a.upload(c, a.replies.Exchange) }

// SubmitReply is PUT /replies/{id}.
func (a *API) SubmitReply(c echo.Context) error {
	sub, err := a.submit(c, a.replies.Exchange)
	if err != nil {
		return err
	}
	return c.JSON(a.dialect.submitted, replyOf(sub))
}

// Replies is GET /replies.
func (a *API) Replies(c echo.Context) error {
	return a.list(c, a.replies.List, replyList)
}

func replyList(waiting []broker.Submission, n wire.Counted) any {
	out := wire.ReplyList{Counted: n, Replies: make([]wire.ReplyRef, len(waiting))}
	for i, r := range waiting {
		out.Replies[i] = replyRefOf(r)
	}
	return out
}

// Reply is GET /replies/{id}.
func (a *API) Reply(c echo.Context) error {
	return a.get(c, a.replies.Exchange, func(r broker.Submission) any { return replyOf(r) })
}

// DownloadReply is GET /replies/{id}/attachments/{attachment}.
func (a *API) DownloadReply(c echo.Context) error { return a.download(c, a.replies.Exchange) }

// AcceptReply is PUT /replies/{id}/accept, with a body or none.
func (a *API) AcceptReply(c echo.Context) error {
	id, err := broker.ParseID[broker.SubmissionID](c.Param("id"))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	var in wire.AcceptReply
	if len(body) > 0 {
		if err := wire.Decode(body, &in); err != nil {
			return err
		}
	}
	if err := a.replies.Accept(c.Request().Context(), auth.Caller(c), id, (*set.AuthenticationTags)(in.AuthenticationTags)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// RejectReply is PUT /replies/{id}/reject.
func (a *API) RejectReply(c echo.Context) error {
	id, err := broker.ParseID[broker.SubmissionID](c.Param("id"))
	if err != nil {
		return err
	}
	var in wire.RejectReply
	if err := wire.Read(c.Request().Body, &in); err != nil {
		return err
	}
	problems := make([]set.Problem, len(in.Problems))
	for i, p := range in.Problems {
		problems[i] = set.Problem(p)
	}
	if err := a.replies.Reject(c.Request().Context(), auth.Caller(c), id, problems); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func replyRefOf(r broker.Submission) wire.ReplyRef {
	return wire.ReplyRef{DestinationID: string(r.Destination), ReplyID: string(r.ID), CaseID: string(r.Case)}
}

func replyOf(r broker.Submission) wire.Reply {
	return wire.Reply{ReplyRef: replyRefOf(r), Attachments: uploadedOf(r)}
}
