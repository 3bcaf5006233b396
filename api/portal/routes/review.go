package routes

import (
	"errors"
	"fmt"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker/publication"
)

func (s *Service) review(v *page.Visit) error {
	r, err := s.cfg.Publication.Review(v.Request().Context(), v.Who(), v.Org())
	if hasCode(err, "draft-not-found") {
		return v.Done(v.Home()+"/routes/draft", "review.nothing")
	}
	if err != nil {
		return err
	}
	return s.showReview(v, r, s.publishForm(v, r))
}

// publishForm is what a review is agreed to with. Where there are warnings, they have to be acknowledged.
func (s *Service) publishForm(v *page.Visit, r publication.Review) *page.Form {
	name := "publish"
	if s.cfg.Publication.Rule().FourEyes {
		name = "propose"
	}
	fields := []*page.Field{page.Hidden("digest", r.Digest), page.Area("comment").Most(publication.MaxComment).Lines(3)}
	if warned(r.Plan) {
		fields = append(fields, page.Check("agree"))
	}
	return v.Form(name, fields...).Or(v.Home() + "/routes/draft")
}

func warned(p publication.Plan) bool {
	for _, f := range p.Findings {
		if f.Severity == publication.Warns {
			return true
		}
	}
	return false
}

func (s *Service) showReview(v *page.Visit, r publication.Review, f *page.Form) error {
	return v.Show("review", page.View{
		Title: v.T("review.title"), Form: f, Wide: true,
		Crumbs: crumbs(v, page.Crumb{Text: v.T("draft.title"), Path: v.Home() + "/routes/draft"}),
		Data: map[string]any{
			"Plan": s.names(v).plan(r.Plan), "Stale": r.Stale, "FourEyes": s.cfg.Publication.Rule().FourEyes, "Empty": r.Plan.Empty(), "Draft": v.Home() + "/routes/draft",
			"Preview": v.Home() + "/routes/preview",
		},
	})
}

// publish publishes the draft as it was reviewed. If it is another one by now, the page shows it and asks again.
func (s *Service) publish(v *page.Visit) error {
	ctx, who := v.Request().Context(), v.Who()
	r, err := s.cfg.Publication.Review(ctx, who, v.Org())
	if err != nil {
		return err
	}
	f := s.publishForm(v, r)
	f.Read()
	same := f.Value("digest") == r.Digest // or else it is refused anyway, for what is more important
	if same && warned(r.Plan) && !f.Checked("agree") {
		f.Wrong("agree", v.T("review.agree"))
	}
	if f.Failed() {
		return s.again(v, f, r)
	}
	out, err := s.cfg.Publication.PublishSketch(ctx, who, v.Org(), f.Value("digest"), f.Value("comment"))
	if err != nil {
		return s.refused(v, f, err)
	}
	return published(v, out)
}

// again shows the review as it is now, with what was typed. It has to be looked at anew if it changed.
func (s *Service) again(v *page.Visit, f *page.Form, r publication.Review) error {
	if digest := f.Field("digest"); digest.Value != r.Digest {
		digest.Value = r.Digest
		if agree := f.Field("agree"); agree != nil {
			agree.Value = ""
		}
	}
	return s.showReview(v, r, f)
}

func (s *Service) refused(v *page.Visit, f *page.Form, err error) error {
	var refusal *publication.Refused
	if errors.As(err, &refusal) {
		f.Wrong("", v.T("review.refused"))
	} else if !f.Refuse(err) {
		return err
	}
	r, again := s.cfg.Publication.Review(v.Request().Context(), v.Who(), v.Org())
	if again != nil {
		return again
	}
	return s.again(v, f, r)
}

// published leads to what became of a change.
func published(v *page.Visit, out publication.Outcome) error {
	switch {
	case out.Revision != nil:
		return v.Done(fmt.Sprintf("%s/routes/history/%d", v.Home(), out.Revision.Number), "published.revision", out.Revision.Number)
	case out.Proposal != nil:
		return v.Done(v.Home()+"/proposals/"+string(out.Proposal.ID), "published.proposal")
	}
	return v.Done(v.Home()+"/routes", "published.nothing")
}
