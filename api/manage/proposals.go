package manage

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// proposals is GET /orgs/{org}/proposals, with open=true those that are still to be decided.
func (s *Service) proposals(c echo.Context) error {
	open, err := asked(c, "open")
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	all, counted, err := list(c, viewProposal, func(p broker.Page) ([]account.Proposal, int, error) {
		return s.Accounts.Proposals(c.Request().Context(), who, who.Org, open, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.ProposalList{Counted: counted, Proposals: all})
}

// proposal is GET /orgs/{org}/proposals/{proposal}.
func (s *Service) proposal(c echo.Context) error {
	p, err := s.ownProposal(c)
	return answer(c, http.StatusOK, viewProposal, p, err)
}

// ownProposal returns the proposal that the path names, if it belongs to the organisation that the path names: an operator may see others too.
func (s *Service) ownProposal(c echo.Context) (account.Proposal, error) {
	asked, err := id[account.ProposalID](c, "proposal")
	if err != nil {
		return account.Proposal{}, err
	}
	who := auth.Caller(c)
	p, err := s.Accounts.Proposal(c.Request().Context(), who, asked)
	if err == nil && p.Org != who.Org {
		err = broker.NotFound.New("proposal-not-found", "there is no proposal %s in this organisation", asked)
	}
	return p, err
}

// release is POST /orgs/{org}/proposals/{proposal}/release: who proposed may do what a proposal of its subject does.
func (s *Service) release(c echo.Context) error {
	in, err := read[wire.Release](c)
	if err != nil {
		return err
	}
	p, err := s.ownProposal(c)
	if err != nil {
		return err
	}
	p, err = s.Releases.Do(c.Request().Context(), auth.Caller(c), p, in.Digest)
	return answer(c, http.StatusOK, viewProposal, p, err)
}

// refuse is POST /orgs/{org}/proposals/{proposal}/refuse.
func (s *Service) refuse(c echo.Context) error { return s.end(c, s.Accounts.Refuse) }

// withdraw is POST /orgs/{org}/proposals/{proposal}/withdraw.
func (s *Service) withdraw(c echo.Context) error { return s.end(c, s.Accounts.Withdraw) }

type ending func(ctx context.Context, who broker.Caller, id account.ProposalID, note string) (account.Proposal, error)

func (s *Service) end(c echo.Context, how ending) error {
	in, err := read[wire.ProposalEnd](c)
	if err != nil {
		return err
	}
	p, err := s.ownProposal(c)
	if err != nil {
		return err
	}
	p, err = how(c.Request().Context(), auth.Caller(c), p.ID, in.Note)
	return answer(c, http.StatusOK, viewProposal, p, err)
}

func viewProposal(p account.Proposal) wire.Proposal {
	view := wire.Proposal{
		ProposalID: string(p.ID), Subject: p.Subject, Value: p.Value, Digest: p.Digest, State: string(p.State),
		By: p.By, MadeAt: p.Made.UTC(), ExpiresAt: p.Ends().UTC(), ReleasedBy: p.ReleasedBy, ClosedBy: p.ClosedBy, Note: p.Note,
	}
	if !p.Closed.IsZero() {
		closed := p.Closed.UTC()
		view.ClosedAt = &closed
	}
	return view
}
