package manage

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/figures"
)

// figuresOfOrg is GET /orgs/{org}/figures.
func (s *Service) figuresOfOrg(c echo.Context) error {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	times, err := s.figuresAsked(q)
	if err != nil {
		return err
	}
	which, err := whichAsked(q)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	found, err := s.Figures.Of(c.Request().Context(), who, who.Org, which, times)
	return answer(c, http.StatusOK, s.viewFigures, found, err)
}

// figures is GET /figures.
func (s *Service) figures(c echo.Context) error {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	times, err := s.figuresAsked(q)
	if err != nil {
		return err
	}
	found, err := s.Figures.All(c.Request().Context(), auth.Caller(c), times)
	return answer(c, http.StatusOK, s.viewFigures, found, err)
}

// figuresAsked reads the times that are asked for.
func (s *Service) figuresAsked(q wire.Query) (asked figures.Query, err error) {
	step, _, err := q.One("step")
	if err != nil {
		return asked, err
	}
	asked.Step = figures.Step(step)
	if asked.From, err = s.momentAsked(q, "from"); err != nil {
		return asked, err
	}
	asked.To, err = s.momentAsked(q, "to")
	return asked, err
}

// momentAsked reads a moment, or the day that it begins.
func (s *Service) momentAsked(q wire.Query, name string) (at time.Time, err error) {
	text, given, err := q.One(name)
	if err != nil || !given {
		return at, err
	}
	if at, err = time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if at, err = time.ParseInLocation(time.DateOnly, text, s.Figures.Zone()); err == nil {
		return at, nil
	}
	return at, &wire.Error{Member: name, Want: "must be a day like 2026-11-22, or a time like 2026-11-22T08:00:00Z"}
}

// whichAsked reads of what of an organisation.
func whichAsked(q wire.Query) (which figures.Which, err error) {
	var destination, client, side string
	for name, into := range map[string]*string{"destination": &destination, "client": &client, "side": &side} {
		if *into, _, err = q.One(name); err != nil {
			return which, err
		}
	}
	if side != "" && side != "sent" && side != "received" {
		return which, &wire.Error{Member: "side", Want: "must be sent or received"}
	}
	which.Sent = side == "sent"
	if destination != "" {
		if which.Destination, err = broker.ParseID[broker.DestinationID](destination); err != nil {
			return which, err
		}
	}
	if client != "" {
		which.Client, err = broker.ParseID[broker.ClientID](client)
	}
	return which, err
}

func (s *Service) viewFigures(f figures.Series) wire.Figures {
	view := wire.Figures{
		Step: string(f.Step), Zone: s.Figures.Zone().String(), Sum: viewHappened(f.Sum()), Points: make([]wire.FiguresPoint, len(f.Points)),
		From: f.Points[0].From.UTC(), To: f.Points[len(f.Points)-1].To.UTC(),
	}
	for _, bound := range figures.Bounds() {
		view.Bounds = append(view.Bounds, int64(bound/time.Second))
	}
	for i, p := range f.Points {
		view.Points[i] = wire.FiguresPoint{From: p.From.UTC(), To: p.To.UTC(), FigureCounts: viewHappened(p.Counts)}
	}
	return view
}

func viewHappened(c figures.Counts) wire.FigureCounts {
	view := wire.FigureCounts{
		Announced: c.Announced, Submitted: c.Submitted, Accepted: c.Accepted, Rejected: c.Rejected, Expired: c.Expired, Replies: c.Replies,
		Bytes: c.Bytes, CallbacksTaken: c.CallbacksTaken, CallbacksFailed: c.CallbacksFailed, Acceptance: make([]int, len(figures.Bounds())+1),
		AcceptanceP50: viewQuantile(c.Acceptance, 0.5), AcceptanceP90: viewQuantile(c.Acceptance, 0.9),
	}
	copy(view.Acceptance, c.Acceptance)
	if view.Rejected == nil {
		view.Rejected = map[string]int{}
	}
	return view
}

func viewQuantile(h figures.Histogram, share float64) *int64 {
	bound, over, some := h.Quantile(share)
	if over || !some {
		return nil
	}
	seconds := int64(bound / time.Second)
	return &seconds
}
