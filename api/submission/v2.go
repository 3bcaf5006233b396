package submission

import (
	"errors"
	"io"
	"net/http"

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
	uploads     *gate // large ones
}

// NewV2 returns the API over b, which lets as much in at once as there is room.
func NewV2(b *broker.Broker, room Room) (*V2, error) {
	if b == nil {
		return nil, errors.New("submission: a Broker is required")
	}
	room, err := room.withDefaults()
	if err != nil {
		return nil, err
	}
	return &V2{
		submissions: b.Submissions, cases: b.Cases, generation: broker.V2(),
		memory:  newMemory(room.Memory, MaxSubmit(b.Limits), room.Patience, func() { room.Refused("submit") }),
		uploads: newGate(int64(room.Uploads), room.ClientUploads, room.Patience, func() { room.Refused("upload") }),
	}, nil
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
	ctx, who, length := c.Request().Context(), auth.Caller(c), c.Request().ContentLength
	if length < 0 || length > smallBody {
		leave, err := s.uploads.enter(ctx, who.Client, 1)
		if err != nil {
			return err
		}
		defer leave()
	}
	if err := s.submissions.Upload(ctx, who, s.generation, id, attachment, c.Request().Body); err != nil {
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
	ctx, who := c.Request().Context(), auth.Caller(c)
	var sub broker.Submission
	may := func() error { return s.submissions.MaySubmit(ctx, who, id) }
	err = s.memory.with(c.Request(), who.Client, may, func(text []byte) error {
		parts, err := sealed(text)
		if err != nil {
			return err
		}
		sub, err = s.submissions.Submit(ctx, who, s.generation, id, parts.Metadata, parts.Data)
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
	return serve(c, a.Sealed, content)
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
