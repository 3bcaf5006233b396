package submission

import (
	"context"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// Announce is POST /submissions.
func (a *API) Announce(c echo.Context) error {
	return announce(c, a.dialect.announced, a.submissions.Announce, refOf)
}

// announce opens a submission or a reply, and answers with what names it.
func announce[A, R any](
	c echo.Context, decode func(body []byte) (A, error),
	open func(context.Context, broker.Caller, A, broker.Repeat) (broker.Submission, error), ref func(broker.Submission) R,
) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	announcement, err := decode(body)
	if err != nil {
		return err
	}
	again, err := repeatOf(c, body)
	if err != nil {
		return err
	}
	sub, err := open(c.Request().Context(), auth.Caller(c), announcement, again)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", c.Request().URL.EscapedPath()+"/"+string(sub.ID))
	return c.JSON(http.StatusCreated, ref(sub))
}

// Upload is PUT /submissions/{id}/attachments/{attachment}.
func (a *API) Upload(c echo.Context) error { return a.upload(c, a.submissions.Exchange) }

func (a *API) upload(c echo.Context, to broker.Exchange) error {
	id, attachment, err := attachmentOf(c)
	if err != nil {
		return err
	}
	ctx, who, length := c.Request().Context(), auth.Caller(c), c.Request().ContentLength
	if length < 0 || length > smallBody {
		leave, err := a.uploads.enter(ctx, who.Client, 1)
		if err != nil {
			return err
		}
		defer leave()
	}
	if err := to.Upload(ctx, who, a.generation, id, attachment, c.Request().Body); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// Submit is PUT /submissions/{id}.
func (a *API) Submit(c echo.Context) error {
	sub, err := a.submit(c, a.submissions.Exchange)
	if err != nil {
		return err
	}
	return c.JSON(a.dialect.submitted, a.dialect.view(sub))
}

func (a *API) submit(c echo.Context, to broker.Exchange) (sub broker.Submission, err error) {
	id, err := broker.ParseID[broker.SubmissionID](c.Param("id"))
	if err != nil {
		return sub, err
	}
	ctx, who := c.Request().Context(), auth.Caller(c)
	may := func() error { return to.MaySubmit(ctx, who, id) }
	err = a.memory.with(c.Request(), who.Client, may, func(text []byte) error {
		parts, err := sealed(text)
		if err != nil {
			return err
		}
		again, err := repeatOf(c, text)
		if err != nil {
			return err
		}
		sub, err = to.Submit(ctx, who, a.generation, id, parts.Metadata, parts.Data, again)
		return err
	})
	return sub, err
}

// List is GET /submissions.
func (a *API) List(c echo.Context) error {
	return a.list(c, a.submissions.List, submissionList)
}

// list answers with a page of what waits for the caller.
func (a *API) list(
	c echo.Context, list func(context.Context, broker.Caller, broker.DestinationID, broker.Page) ([]broker.Submission, int, error),
	view func([]broker.Submission, wire.Counted) any,
) error {
	page, at, err := listOf(c)
	if err != nil {
		return err
	}
	waiting, total, err := list(c.Request().Context(), auth.Caller(c), at, page)
	if err != nil {
		return err
	}
	return a.found(c, c.JSON(http.StatusOK, view(waiting, counted(len(waiting), page, total))), waiting...)
}

// found notes what an answer has shown to its addressee, once it is sent.
func (a *API) found(c echo.Context, sent error, all ...broker.Submission) error {
	if sent == nil && c.Request().Method != http.MethodHead { // which shows nothing
		a.polls.Found(all...)
	}
	return sent
}

// Get is GET /submissions/{id}.
func (a *API) Get(c echo.Context) error { return a.get(c, a.submissions.Exchange, a.dialect.view) }

func (a *API) get(c echo.Context, from broker.Exchange, view func(broker.Submission) any) error {
	id, err := broker.ParseID[broker.SubmissionID](c.Param("id"))
	if err != nil {
		return err
	}
	f, err := from.Get(c.Request().Context(), auth.Caller(c), id)
	if err != nil {
		return err
	}
	defer f.Close()
	return a.found(c, send(c, view(f.Submission), f), f.Submission)
}

// Download is GET /submissions/{id}/attachments/{attachment}. Parts may be asked for (Range), so that a broken download goes on
// where it broke.
func (a *API) Download(c echo.Context) error { return a.download(c, a.submissions.Exchange) }

func (a *API) download(c echo.Context, from broker.Exchange) error {
	id, attachment, err := attachmentOf(c)
	if err != nil {
		return err
	}
	att, content, err := from.OpenAttachment(c.Request().Context(), auth.Caller(c), id, attachment)
	if err != nil {
		return err
	}
	defer content.Close()
	return serve(c, att.Sealed, content)
}

// SubmissionEvents is GET /submissions/{id}/events.
func (a *API) SubmissionEvents(c echo.Context) error {
	return answerLog(c, a.cases.SubmissionEvents)
}

// answerLog answers with a page of the log of what the path names.
func answerLog[T ~string](c echo.Context, read func(context.Context, broker.Caller, T, broker.Page) (broker.Log, error)) error {
	id, err := broker.ParseID[T](c.Param("id"))
	if err != nil {
		return err
	}
	_, page, err := pageOf(c)
	if err != nil {
		return err
	}
	events, err := read(c.Request().Context(), auth.Caller(c), id, page)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, logOf(events, page))
}
