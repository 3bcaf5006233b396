package submission

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// Cases is GET /cases.
func (a *API) Cases(c echo.Context) error {
	page, at, err := listOf(c)
	if err != nil {
		return err
	}
	all, total, err := a.cases.List(c.Request().Context(), auth.Caller(c), at, page)
	if err != nil {
		return err
	}
	list := wire.CaseList{Counted: counted(len(all), page, total), Cases: make([]wire.Case, len(all))}
	for i, v := range all {
		list.Cases[i] = caseOf(v)
	}
	return c.JSON(http.StatusOK, list)
}

// Case is GET /cases/{id}.
func (a *API) Case(c echo.Context) error {
	id, err := broker.ParseID[broker.CaseID](c.Param("id"))
	if err != nil {
		return err
	}
	v, err := a.cases.Get(c.Request().Context(), auth.Caller(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a.dialect.caseView(v))
}

// CaseEvents is GET /cases/{id}/events.
func (a *API) CaseEvents(c echo.Context) error {
	return answerLog(c, a.cases.Events)
}

// PostEvent is POST /cases/{id}/events: the raw compact token.
func (a *API) PostEvent(c echo.Context) error {
	id, err := broker.ParseID[broker.CaseID](c.Param("id"))
	if err != nil {
		return err
	}
	token, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	if err := a.cases.Post(c.Request().Context(), auth.Caller(c), a.generation, id, string(token)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func caseOf(v broker.CaseView) wire.Case {
	return wire.Case{
		CaseID: string(v.ID), DestinationID: string(v.Destination), CreatedAt: v.Created.UTC(), ChangedAt: v.Changed.UTC(), EventCount: v.Events,
		LastEvent: wire.LastEvent{
			ID: string(v.Last.ID), Type: v.Last.Type, Subject: v.Last.Subject(), RecordedAt: v.Last.Recorded.UTC(),
		},
	}
}

func contentOf(v broker.CaseView) wire.CaseContent {
	out := wire.CaseContent{SubmissionCount: v.TotalSubmissions, ReplyCount: v.TotalReplies, Replies: make([]wire.CaseReply, len(v.Replies))}
	for i, r := range v.Replies {
		out.Replies[i] = wire.CaseReply{Reply: replyOf(r), CaseState: stateOf(r), From: fromDestination}
		if r.FromSender() {
			out.Replies[i].From = fromSender
		}
	}
	return out
}

// Who sent a reply.
const (
	fromSender      = "sender"
	fromDestination = "destination"
)

func stateOf(s broker.Submission) wire.CaseState {
	out := wire.CaseState{State: string(s.State), CreatedAt: s.Created.UTC()}
	if !s.Submitted.IsZero() {
		at := s.Submitted.UTC()
		out.SubmittedAt = &at
	}
	return out
}

func caseV1(v broker.CaseView) any {
	out := wire.CaseV1{Case: caseOf(v), CaseContent: contentOf(v), Submissions: make([]wire.CaseSubmissionV1, len(v.Submissions))}
	for i, s := range v.Submissions {
		out.Submissions[i] = wire.CaseSubmissionV1{SubmissionV1: submissionV1(s), CaseState: stateOf(s)}
	}
	return out
}

func caseV2(v broker.CaseView) any {
	out := wire.CaseV2{Case: caseOf(v), CaseContent: contentOf(v), Submissions: make([]wire.CaseSubmissionV2, len(v.Submissions))}
	for i, s := range v.Submissions {
		out.Submissions[i] = wire.CaseSubmissionV2{SubmissionV2: submissionV2(s), CaseState: stateOf(s)}
	}
	return out
}
