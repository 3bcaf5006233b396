package manage

import (
	"context"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/destination"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// Destinations are written with the very documents of the Destination API, so that a program that knows one knows the other. What is more here is
// what people want to know beside.

// destinationRoutes are the routes of destinations.
func (s *Service) destinationRoutes(none, document Body) []Route {
	const all, one = "/orgs/:org/destinations", "/orgs/:org/destinations/:destination"
	return []Route{
		{get, all, none, s.destinations},
		{post, all, document, s.addDestination},
		{post, all + "/check", document, s.checkDestination},
		{get, one, none, s.destination},
		{patch, one, document, s.changeDestination},
		{post, one + "/check", document, s.checkDestinationChange},
		{remove, one, none, s.deleteDestination},
		{get, one + "/dependents", none, s.dependents},
		{put, one + "/clients/:client", none, s.assignClient},
		{remove, one + "/clients/:client", none, s.unassignClient},
		{get, one + "/keys", none, s.keysOfDestination},
		{post, one + "/certificates", document, s.addCertifiedKey},
	}
}

// destinations is GET /orgs/{org}/destinations.
func (s *Service) destinations(c echo.Context) error {
	found, counted, err := list(c, viewDestination, func(p broker.Page) ([]broker.DestinationSummary, int, error) {
		return s.Destinations.Summaries(c.Request().Context(), auth.Caller(c), p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.ManagedDestinationList{Counted: counted, Destinations: found})
}

// readNew reads the document of a new destination.
func readNew(c echo.Context) (n broker.NewDestination, err error) {
	in, err := read[wire.DestinationDraft](c)
	if err != nil {
		return n, err
	}
	draft, err := destination.Created(in)
	return broker.NewDestination{DestinationDraft: draft, Encryption: in.EncryptionPublicKey, Signing: in.SigningPublicKey}, err
}

// addDestination is POST /orgs/{org}/destinations.
func (s *Service) addDestination(c echo.Context) error {
	n, err := readNew(c)
	if err != nil {
		return err
	}
	made, err := s.Destinations.Create(c.Request().Context(), auth.Caller(c), n.DestinationDraft, n.Encryption, n.Signing)
	if err != nil {
		return err
	}
	sum, err := s.Destinations.Summary(c.Request().Context(), auth.Caller(c), made.ID)
	if err != nil {
		return err
	}
	return created(c, string(made.ID), viewDestination(sum))
}

// checkDestination is POST /orgs/{org}/destinations/check.
func (s *Service) checkDestination(c echo.Context) error {
	n, err := readNew(c)
	if err != nil {
		return err
	}
	found, err := s.Destinations.CheckNew(c.Request().Context(), auth.Caller(c), n)
	return answer(c, http.StatusOK, viewProblems, found, err)
}

// destination is GET /orgs/{org}/destinations/{destination}.
func (s *Service) destination(c echo.Context) error {
	asked, err := id[broker.DestinationID](c, "destination")
	if err != nil {
		return err
	}
	return s.showDestination(c, http.StatusOK, asked, broker.Activation{})
}

// showDestination answers with a destination as it is now, and with the key that waits for a second person, if a change has just proposed one.
func (s *Service) showDestination(c echo.Context, status int, asked broker.DestinationID, proposed broker.Activation) error {
	sum, err := s.Destinations.Summary(c.Request().Context(), auth.Caller(c), asked)
	if err != nil {
		return err
	}
	view := viewDestination(sum)
	if proposed.Proposal != "" {
		view.Proposed = &wire.ProposedKey{EncryptionKID: proposed.Key.KID, ProposalID: proposed.Proposal}
	}
	return c.JSON(status, view)
}

// readChange reads which destination is to be changed, and how.
func readChange(c echo.Context) (asked broker.DestinationID, edit destination.Edit, err error) {
	if asked, err = id[broker.DestinationID](c, "destination"); err != nil {
		return asked, nil, err
	}
	raw, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return asked, nil, err
	}
	merge, err := destination.Merging(raw)
	if err != nil {
		return asked, nil, err
	}
	var seen wire.SeenAt
	if err := wire.Decode(raw, &seen); err != nil {
		return asked, nil, err
	}
	return asked, func(now broker.DestinationDraft) (broker.DestinationDraft, error) {
		draft, err := merge(now)
		if seen.ChangedAt != nil {
			draft.Seen = *seen.ChangedAt
		}
		return draft, err
	}, nil
}

// changeDestination is PATCH /orgs/{org}/destinations/{destination}.
func (s *Service) changeDestination(c echo.Context) error {
	asked, edit, err := readChange(c)
	if err != nil {
		return err
	}
	changed, err := s.Destinations.Change(c.Request().Context(), auth.Caller(c), asked, edit)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if changed.Proposed.Proposal != "" {
		status = http.StatusAccepted
	}
	return s.showDestination(c, status, asked, changed.Proposed)
}

// checkDestinationChange is POST /orgs/{org}/destinations/{destination}/check.
func (s *Service) checkDestinationChange(c echo.Context) error {
	asked, edit, err := readChange(c)
	if err != nil {
		return err
	}
	found, err := s.Destinations.CheckChange(c.Request().Context(), auth.Caller(c), asked, edit)
	return answer(c, http.StatusOK, viewProblems, found, err)
}

// deleteDestination is DELETE /orgs/{org}/destinations/{destination}.
func (s *Service) deleteDestination(c echo.Context) error {
	asked, err := id[broker.DestinationID](c, "destination")
	if err != nil {
		return err
	}
	if err := s.Destinations.Delete(c.Request().Context(), auth.Caller(c), asked); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// dependents is GET /orgs/{org}/destinations/{destination}/dependents.
func (s *Service) dependents(c echo.Context) error {
	asked, err := id[broker.DestinationID](c, "destination")
	if err != nil {
		return err
	}
	on, err := s.Destinations.Dependents(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewDependents, on, err)
}

// assignClient is PUT /orgs/{org}/destinations/{destination}/clients/{client}.
func (s *Service) assignClient(c echo.Context) error {
	return s.assign(c, s.Destinations.Assign)
}

// unassignClient is DELETE /orgs/{org}/destinations/{destination}/clients/{client}.
func (s *Service) unassignClient(c echo.Context) error {
	return s.assign(c, s.Destinations.Unassign)
}

func (s *Service) assign(c echo.Context, do func(context.Context, broker.Caller, broker.DestinationID, broker.ClientID) error) error {
	asked, err := id[broker.DestinationID](c, "destination")
	if err != nil {
		return err
	}
	client, err := id[broker.ClientID](c, "client")
	if err != nil {
		return err
	}
	if err := do(c.Request().Context(), auth.Caller(c), asked, client); err != nil {
		return err
	}
	return s.showDestination(c, http.StatusOK, asked, broker.Activation{})
}

func viewDestination(d broker.DestinationSummary) wire.ManagedDestination {
	view := wire.ManagedDestination{
		DestinationV1: destination.ViewV1(d.Destination, true), Clients: make([]string, len(d.Clients)), CreatedAt: d.Created.UTC(), ChangedAt: d.Changed.UTC(),
		InactiveSince: instant(d.InactiveSince), RevokedKID: d.RevokedKID, ExpiresAt: instant(d.Expires),
	}
	for i, client := range d.Clients {
		view.Clients[i] = string(client)
	}
	if d.Trouble != nil {
		trouble := viewEndpoint(*d.Trouble)
		view.Trouble = &trouble
	}
	return view
}

func viewProblems(all []broker.Problem) wire.DestinationProblems {
	view := wire.DestinationProblems{Problems: make([]wire.DestinationProblem, len(all))}
	for i, p := range all {
		view.Problems[i] = wire.DestinationProblem{Part: p.Part, Code: p.Err.Code, Detail: p.Err.Detail}
	}
	return view
}

func viewDependents(on broker.Dependents) wire.DestinationDependents {
	view := wire.DestinationDependents{
		Routes: on.Routes, Submissions: on.Submissions, Replies: on.Replies, Cases: on.Cases, Clients: on.Clients,
		Moves: make([]wire.DestinationMove, len(on.Moves)), Deletable: on.Deletable,
	}
	for i, m := range on.Moves {
		view.Moves[i] = wire.DestinationMove{Status: string(m.To), Since: instant(m.Since), Open: m.Open}
	}
	return view
}
