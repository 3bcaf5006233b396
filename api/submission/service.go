package submission

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// Service is what the generations of the Submission API share: the broker's services, and the room for what arrives.
type Service struct {
	submissions *broker.Submissions
	replies     *broker.Replies
	cases       *broker.Cases
	polls       *broker.Polls
	notices     *broker.Notices
	memory      *memory
	uploads     *gate // large ones
}

// New returns the API over b, which lets as much in at once as there is room.
func New(b *broker.Broker, room Room) (*Service, error) {
	if b == nil {
		return nil, errors.New("submission: a Broker is required")
	}
	room, err := room.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Service{
		submissions: b.Submissions, replies: b.Replies, cases: b.Cases, polls: b.Polls, notices: b.Notices,
		memory:  newMemory(room.Memory, MaxSubmit(b.Limits), room.Patience, func() { room.Refused("submit") }),
		uploads: newGate(int64(room.Uploads), room.ClientUploads, room.Patience, func() { room.Refused("upload") }),
	}, nil
}

// MaxSubmit is how long the body of a submit may be: both parts at their limit, and what JSON puts around them.
func MaxSubmit(l broker.Limits) int64 {
	const around = 64 << 10
	return 2*l.Content + around
}

// API answers one generation. Its methods are named by what they answer, below the root of the generation.
type API struct {
	*Service
	generation broker.Generation
	dialect    dialect
}

// dialect is how a generation speaks where the generations differ in words and not in rules (FIT-Connect contract 3.5).
type dialect struct {
	version   wire.Version
	submitted int // status that answers a submit
	announced func(body []byte) (broker.Announcement, error)
	view      func(broker.Submission) any
	caseView  func(broker.CaseView) any
}

// V1 is the first generation.
func (s *Service) V1() *API {
	return &API{s, broker.V1(), dialect{
		version: wire.Version{Major: 1, Minor: 1, Patch: 3}, submitted: http.StatusAccepted,
		announced: announcedV1, view: viewV1, caseView: caseV1,
	}}
}

// V2 is the second generation.
func (s *Service) V2() *API {
	return &API{s, broker.V2(), dialect{
		version: wire.Version{Major: 2}, submitted: http.StatusOK,
		announced: announcedV2, view: viewV2, caseView: caseV2,
	}}
}

// Info is GET /info.
func (a *API) Info(c echo.Context) error {
	info := wire.Info{Version: a.dialect.version}
	if n, told := a.notices.Current(); told {
		m := wire.Maintenance(n)
		info.Maintenance = &m
	}
	return c.JSON(http.StatusOK, info)
}
