package routes

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// history lists the revisions, the last one first.
func (s *Service) history(v *page.Visit) error {
	ctx, who, p := v.Request().Context(), v.Who(), v.Page()
	_, total, err := s.cfg.Publication.History(ctx, who, v.Org(), broker.Page{Limit: 1})
	if err != nil {
		return err
	}
	end := max(0, total-p.Offset)
	from := max(0, end-p.Limit)
	var some []publication.Revision
	if end > from {
		if some, _, err = s.cfg.Publication.History(ctx, who, v.Org(), broker.Page{Offset: from, Limit: end - from}); err != nil {
			return err
		}
	}
	rows := make([]map[string]any, 0, len(some))
	for i := len(some) - 1; i >= 0; i-- {
		rows = append(rows, map[string]any{"Revision": s.revised(v, some[i]), "Address": revisionPath(v, some[i].Number)})
	}
	return v.Show("history", page.View{Title: v.T("history.title"), Crumbs: crumbs(v), Wide: true, Data: map[string]any{"Rows": rows, "Pager": v.Pager(len(rows), total)}})
}

// revised is a revision by names that people know.
func (s *Service) revised(v *page.Visit, r publication.Revision) publication.Revision {
	r.By, r.ReleasedBy = s.person(v, r.By), s.person(v, r.ReleasedBy)
	return r
}

func revisionPath(v *page.Visit, n int) string {
	return fmt.Sprintf("%s/routes/history/%d", v.Home(), n)
}

func historyCrumbs(v *page.Visit, more ...page.Crumb) []page.Crumb {
	return crumbs(v, append([]page.Crumb{{Text: v.T("history.title"), Path: v.Home() + "/routes/history"}}, more...)...)
}

// number is the revision that the path names.
func revisionOf(v *page.Visit) (int, error) {
	n, err := strconv.Atoi(v.Param("revision"))
	if err != nil || n < 0 {
		return 0, broker.NotFound.New("revision-not-found", "a revision is named by its number")
	}
	return n, nil
}

// revision is one of them, with what it changed.
func (s *Service) revision(v *page.Visit) error {
	n, err := revisionOf(v)
	if err != nil {
		return err
	}
	ctx, who := v.Request().Context(), v.Who()
	changes, total, err := s.cfg.Publication.Changes(ctx, who, v.Org(), n, v.Page())
	if err != nil {
		return err
	}
	all, last, err := s.cfg.Publication.History(ctx, who, v.Org(), broker.Page{Offset: max(0, n-1), Limit: 1})
	if err != nil {
		return err
	}
	if len(all) == 0 { // it was there a moment ago
		return broker.NotFound.New("revision-not-found", "the organisation has no revision %d of its routes", n)
	}
	return v.Show("revision", page.View{Title: v.T("history.revision", n), Crumbs: historyCrumbs(v), Wide: true, Data: map[string]any{
		"Revisions": []publication.Revision{s.revised(v, all[0])}, "Changes": s.names(v).changes(changes), "Pager": v.Pager(len(changes), total),
		"Back": s.mayAtOnce(v) && n < last, "Rollback": revisionPath(v, n) + "/rollback",
		"Undo": s.mayAtOnce(v) && n == last, "Before": revisionPath(v, n-1) + "/rollback", "Proposals": v.Home() + "/proposals/",
	}})
}

// mayAtOnce reports whether there is a point in offering what happens at once.
func (s *Service) mayAtOnce(v *page.Visit) bool {
	return v.May(broker.RightRelease) || v.May(broker.RightDraft) && !s.cfg.Publication.Rule().FourEyes
}

func rollbackForm(v *page.Visit, n int) *page.Form {
	return v.Form("rollback", page.Area("comment").Most(publication.MaxComment).Lines(3)).Or(v.Home() + "/routes/history")
}

func (s *Service) planRollback(v *page.Visit) error {
	n, err := revisionOf(v)
	if err != nil {
		return err
	}
	return s.showRollback(v, n, rollbackForm(v, n))
}

func (s *Service) showRollback(v *page.Visit, n int, f *page.Form) error {
	plan, err := s.cfg.Publication.PlanRollback(v.Request().Context(), v.Who(), v.Org(), n)
	if err != nil {
		return err
	}
	return v.Show("rollback", page.View{
		Title: v.T("rollback.title", n), Form: f, Wide: true, Crumbs: historyCrumbs(v),
		Data: map[string]any{"Plan": s.names(v).plan(plan), "Empty": plan.Empty(), "Number": n},
	})
}

func (s *Service) rollback(v *page.Visit) error {
	n, err := revisionOf(v)
	if err != nil {
		return err
	}
	f := rollbackForm(v, n)
	if !f.Read() {
		return s.showRollback(v, n, f)
	}
	out, err := s.cfg.Publication.Rollback(v.Request().Context(), v.Who(), v.Org(), n, f.Value("comment"))
	var refusal *publication.Refused
	switch {
	case errors.As(err, &refusal):
		f.Wrong("", v.T("review.refused"))
		return s.showRollback(v, n, f)
	case f.Refuse(err):
		return s.showRollback(v, n, f)
	case err != nil:
		return err
	}
	return published(v, out)
}
