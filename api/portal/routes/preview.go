package routes

import (
	"errors"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// answer is who answers, now or with the draft.
type answer struct {
	Title string
	Where Name
	Who   []candidate
	Steps []step
}

type step struct {
	Region     Name
	Candidates []candidate
}

type candidate struct {
	Name, Key   string // Key: of the organisation's own
	Destination Name
	Own         bool
	Verdict     string
}

type question struct{ Service, Region, At, Wrong string }

// preview tells who would get it: now, and if there is one with the draft.
func (s *Service) preview(v *page.Visit) error {
	n, q := s.names(v), question{Service: v.QueryParam("service"), Region: v.QueryParam("region"), At: v.QueryParam("at")}
	var answers []answer
	var err error
	if ask, asked := n.question(&q); asked && q.Wrong == "" {
		if answers, err = s.answers(v, n, ask); err != nil {
			if err = askedWrongly(err, &q); err != nil {
				return err
			}
		}
	}
	return v.Show("preview", page.View{Title: v.T("preview.title"), Crumbs: crumbs(v), Wide: true, Data: map[string]any{"Question": q, "Answers": answers}})
}

// askedWrongly takes an error about the question into the page.
func askedWrongly(err error, q *question) error {
	var known *broker.Error
	if errors.As(err, &known) && known.Kind == broker.Invalid {
		q.Wrong = known.Detail
		return nil
	}
	return err
}

// question reads what is asked, by keys or by names.
func (n names) question(q *question) (ask publication.Question, asked bool) {
	if q.Service == "" && q.Region == "" {
		return ask, false
	}
	if q.Service == "" || q.Region == "" {
		q.Wrong = n.v.T("preview.both")
		return ask, true
	}
	var found []Name
	var ok bool
	if ask.Service, found, ok = one(q.Service, isService, n.findServices); !ok {
		q.Wrong = n.notOne(q.Service, found)
	}
	if ask.Region, found, ok = one(q.Region, isRegion, n.findRegions); !ok {
		q.Wrong = n.notOne(q.Region, found)
	}
	if q.At != "" {
		at, err := routesheet.ParseTime(q.At)
		if err != nil {
			q.Wrong = n.v.T("wrong.time", n.v.T("preview.at"))
		}
		ask.At = at
	}
	return ask, true
}

func (s *Service) answers(v *page.Visit, n names, ask publication.Question) (all []answer, err error) {
	ctx, who := v.Request().Context(), v.Who()
	ask.Org = v.Org()
	now, err := s.cfg.Publication.Preview(ctx, who, ask)
	if err != nil {
		return nil, err
	}
	all = append(all, n.answer(v.T("preview.now"), now))
	if !v.May(broker.RightDraft) {
		return all, nil
	}
	sketch, err := s.cfg.Publication.Sketch(ctx, who, v.Org())
	if err != nil || sketch.Set.Empty() {
		return all, err
	}
	ask.Changes = &sketch.Set
	then, err := s.cfg.Publication.Preview(ctx, who, ask)
	var refusal *publication.Refused
	if errors.As(err, &refusal) {
		return append(all, answer{Title: v.T("preview.refused")}), nil
	}
	return append(all, n.answer(v.T("preview.then"), then)), err
}

func (n names) answer(title string, p publication.Preview) answer {
	a := answer{Title: title, Where: n.region(p.Where)}
	for _, r := range p.Answers {
		a.Who = append(a.Who, n.candidate(r, ""))
	}
	for _, st := range p.Steps {
		s := step{Region: n.region(st.Region)}
		for _, c := range st.Candidates {
			s.Candidates = append(s.Candidates, n.candidate(c.Route, n.v.T(verdicts()[int(c.Verdict)])))
		}
		a.Steps = append(a.Steps, s)
	}
	return a
}

// verdicts are the texts of routing.Verdict, in its order.
func verdicts() []string {
	return []string{"verdict.answers", "verdict.lower", "verdict.notYet", "verdict.noLonger", "verdict.offline", "verdict.passedOver"}
}

func (n names) candidate(r broker.Route, verdict string) candidate {
	c := candidate{Name: r.Name, Own: r.Org == n.v.Org(), Destination: Name{string(r.Destination), string(r.Destination)}, Verdict: verdict}
	if c.Own {
		c.Key, c.Destination = publication.DraftOf(r).Key, n.destination(r.Destination)
	}
	return c
}
