package submission

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// V2 answers the second generation of the Submission API.
type V2 struct {
	submissions *broker.Submissions
	cases       *broker.Cases
	generation  broker.Generation
	memory      *memory
}

// NewV2 returns the API over b. Large bodies of submits take at most budget bytes of memory together; 0 is 128 MiB. It is never less
// than one body of MaxSubmit.
func NewV2(b *broker.Broker, budget int64) (*V2, error) {
	if b == nil {
		return nil, errors.New("submission: a Broker is required")
	}
	return &V2{b.Submissions, b.Cases, broker.V2(), newMemory(budget, MaxSubmit(b.Limits))}, nil
}

// MaxSubmit is how long the body of a submit may be: both parts at their limit, and what JSON puts around them.
func MaxSubmit(l broker.Limits) int64 {
	const around = 64 << 10
	return 2*l.Content + around
}

// Info is GET /v2/info.
func (s *V2) Info(c echo.Context) error {
	return c.JSON(http.StatusOK, wire.Info{Version: wire.Version{Major: 2}})
}

// Announce is POST /v2/submissions.
func (s *V2) Announce(c echo.Context) error {
	var in wire.AnnounceV2
	if err := wire.Read(c.Request().Body, &in); err != nil {
		return err
	}
	announcement, err := announced(in)
	if err != nil {
		return err
	}
	sub, err := s.submissions.Announce(c.Request().Context(), auth.Caller(c), announcement)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", c.Request().URL.EscapedPath()+"/"+string(sub.ID))
	return c.JSON(http.StatusCreated, refOf(sub))
}

// Upload is PUT /v2/submissions/{id}/attachments/{attachment}.
func (s *V2) Upload(c echo.Context) error {
	id, attachment, err := attachmentOf(c)
	if err != nil {
		return err
	}
	if err := s.submissions.Upload(c.Request().Context(), auth.Caller(c), s.generation, id, attachment, c.Request().Body); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// Submit is PUT /v2/submissions/{id}.
func (s *V2) Submit(c echo.Context) error {
	id, err := broker.ParseID[broker.SubmissionID](c.Param("id"))
	if err != nil {
		return err
	}
	var sub broker.Submission
	err = s.memory.with(c.Request(), func(text []byte) error {
		parts, err := sealed(text)
		if err != nil {
			return err
		}
		sub, err = s.submissions.Submit(c.Request().Context(), auth.Caller(c), s.generation, id, parts.Metadata, parts.Data)
		return err
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, submissionOf(sub))
}

// List is GET /v2/submissions.
func (s *V2) List(c echo.Context) error {
	q, page, err := pageOf(c)
	if err != nil {
		return err
	}
	at, err := destinationOf(q)
	if err != nil {
		return err
	}
	waiting, total, err := s.submissions.List(c.Request().Context(), auth.Caller(c), at, page)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(waiting, page, total))
}

// Get is GET /v2/submissions/{id}.
func (s *V2) Get(c echo.Context) error {
	id, err := broker.ParseID[broker.SubmissionID](c.Param("id"))
	if err != nil {
		return err
	}
	f, err := s.submissions.Get(c.Request().Context(), auth.Caller(c), id)
	if err != nil {
		return err
	}
	defer f.Close()
	return send(c, f)
}

// Download is GET /v2/submissions/{id}/attachments/{attachment}. Parts may be asked for (Range), so that a broken download goes on
// where it broke; the authentication tag tells whether it still is the same attachment.
func (s *V2) Download(c echo.Context) error {
	id, attachment, err := attachmentOf(c)
	if err != nil {
		return err
	}
	a, content, err := s.submissions.OpenAttachment(c.Request().Context(), auth.Caller(c), id, attachment)
	if err != nil {
		return err
	}
	defer content.Close()
	c.Response().Header().Set("Content-Type", MediaType)
	c.Response().Header().Set("ETag", `"`+a.Sealed.Tag+`"`)
	http.ServeContent(c.Response().Writer, c.Request(), "", time.Time{}, content)
	return nil
}

// SubmissionEvents is GET /v2/submissions/{id}/events.
func (s *V2) SubmissionEvents(c echo.Context) error {
	id, err := broker.ParseID[broker.SubmissionID](c.Param("id"))
	if err != nil {
		return err
	}
	_, page, err := pageOf(c)
	if err != nil {
		return err
	}
	events, err := s.cases.SubmissionEvents(c.Request().Context(), auth.Caller(c), id, page)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, logOf(events, page))
}

// CaseEvents is GET /v2/cases/{id}/events.
func (s *V2) CaseEvents(c echo.Context) error {
	id, err := broker.ParseID[broker.CaseID](c.Param("id"))
	if err != nil {
		return err
	}
	_, page, err := pageOf(c)
	if err != nil {
		return err
	}
	events, err := s.cases.Events(c.Request().Context(), auth.Caller(c), id, page)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, logOf(events, page))
}

// PostEvent is POST /v2/cases/{id}/events: the raw compact token.
func (s *V2) PostEvent(c echo.Context) error {
	id, err := broker.ParseID[broker.CaseID](c.Param("id"))
	if err != nil {
		return err
	}
	token, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	if err := s.cases.Post(c.Request().Context(), auth.Caller(c), s.generation, id, string(token)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
