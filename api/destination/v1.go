package destination

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// Service answers the Destination API.
type Service struct{ destinations *broker.Destinations }

// New returns the API over the service of destinations.
func New(d *broker.Destinations) (*Service, error) {
	if d == nil {
		return nil, errors.New("destination: Destinations is required")
	}
	return &Service{d}, nil
}

// Create is POST /v1/destinations.
func (s *Service) Create(c echo.Context) error {
	var in wire.DestinationDraft
	if err := wire.Read(c.Request().Body, &in); err != nil {
		return err
	}
	draft, err := Created(in)
	if err != nil {
		return err
	}
	d, err := s.destinations.Create(c.Request().Context(), auth.Caller(c), draft, in.EncryptionPublicKey, in.SigningPublicKey)
	if err != nil {
		return contracted(err)
	}
	setLocation(c, string(d.ID))
	return c.JSON(http.StatusCreated, ViewV1(d, true))
}

// ListV1 is GET /v1/destinations: those of the caller's organisation.
func (s *Service) ListV1(c echo.Context) error {
	all, counted, err := s.list(c)
	if err != nil {
		return err
	}
	list := wire.DestinationListV1{Counted: counted, Destinations: make([]wire.DestinationV1, len(all))}
	for i, d := range all {
		list.Destinations[i] = ViewV1(d, d.PrivateTo(auth.Caller(c)))
	}
	return c.JSON(http.StatusOK, list)
}

// GetV1 is GET /v1/destinations/{id}.
func (s *Service) GetV1(c echo.Context) error {
	d, private, err := s.get(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ViewV1(d, private))
}

// Replace is PUT /v1/destinations/{id}.
func (s *Service) Replace(c echo.Context) error {
	var in wire.DestinationDraft
	if err := wire.Read(c.Request().Body, &in); err != nil {
		return err
	}
	draft, err := replacement(in)
	if err != nil {
		return err
	}
	return s.change(c, func(broker.DestinationDraft) (broker.DestinationDraft, error) { return draft, nil })
}

// Patch is PATCH /v1/destinations/{id} with a merge patch (RFC 7396).
func (s *Service) Patch(c echo.Context) error { return s.patch(c, wire.MergePatch) }

// PatchWhole is PATCH of the first generation of the Submission API: what is named is replaced as a whole (FIT-Connect contract 3.1).
func (s *Service) PatchWhole(c echo.Context) error { return s.patch(c, wire.ReplaceMembers) }

func (s *Service) patch(c echo.Context, merge merger) error {
	patch, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	edit, err := patching(patch, merge)
	if err != nil {
		return err
	}
	return s.change(c, edit)
}

func (s *Service) change(c echo.Context, edit func(broker.DestinationDraft) (broker.DestinationDraft, error)) error {
	id, err := broker.ParseID[broker.DestinationID](c.Param("id"))
	if err != nil {
		return err
	}
	d, err := s.destinations.Change(c.Request().Context(), auth.Caller(c), id, edit)
	if err != nil {
		return err
	}
	return answerChange(c, d)
}

// answerChange shows a destination after a change. If its encryption key waits for a second person the answer is 202: all else is done, and
// encryptionKid is still the old one.
func answerChange(c echo.Context, d broker.Changed) error {
	if d.Proposed.Proposal == "" {
		return c.JSON(http.StatusOK, ViewV1(d.Destination, true))
	}
	view := ViewV1(d.Destination, true)
	view.Proposed = &wire.ProposedKey{EncryptionKID: d.Proposed.Key.KID, ProposalID: d.Proposed.Proposal}
	return c.JSON(http.StatusAccepted, view)
}

// Delete is DELETE /v1/destinations/{id}.
func (s *Service) Delete(c echo.Context) error {
	id, err := broker.ParseID[broker.DestinationID](c.Param("id"))
	if err != nil {
		return err
	}
	if err := s.destinations.Delete(c.Request().Context(), auth.Caller(c), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// AddKey is POST /v1/destinations/{id}/keys: 201 also when the key is there already (FIT-Connect contract 3.1).
func (s *Service) AddKey(c echo.Context) error {
	id, err := broker.ParseID[broker.DestinationID](c.Param("id"))
	if err != nil {
		return err
	}
	var jwk json.RawMessage
	if err := wire.Read(c.Request().Body, &jwk); err != nil {
		return err
	}
	if err := checkJWK(jwk); err != nil {
		return err
	}
	key, err := s.destinations.AddKey(c.Request().Context(), auth.Caller(c), id, jwk)
	if err != nil {
		return contracted(err)
	}
	setLocation(c, key.KID)
	return answerKey(c, http.StatusCreated, key)
}

// setLocation names what was made: a path below the one that was posted to.
func setLocation(c echo.Context, name string) {
	c.Response().Header().Set("Location", c.Request().URL.EscapedPath()+"/"+url.PathEscape(name))
}

// contracted gives an error the code that the contract has for it, where ours says more.
func contracted(err error) error {
	var known *broker.Error
	if errors.As(err, &known) && known.Code == "private-key" {
		return broker.Invalid.Wrap(err, "bad-request", "%s", known.Detail)
	}
	return err
}
