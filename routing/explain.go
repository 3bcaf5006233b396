package routing

// Verdict says what became of a candidate.
type Verdict int

const (
	Answers       Verdict = iota // it is part of the answer
	LowerPriority                // another one at the same region answers
	NotYet                       // effective from later on
	NoLonger                     // was effective
	Offline                      // keeps its place without answering
	PassedOver                   // effective, but the search ended at a nearer region
)

// Step is one region of a search, with all routes that stand at it.
type Step struct {
	Region     Region
	Candidates []Candidate // highest priority first, then the oldest; nil if no route stands here
}

// Candidate is a route and what became of it.
type Candidate struct {
	Route   uint32
	Verdict Verdict
}

// Explain is [Table.Lookup] with its reasons: the region asked for and all its parents up to the whole country, also those beyond the
// end of the search. The routes that Lookup gives are those with the verdict Answers, in the same order.
func (t *Table) Explain(s Service, r Region, at int64) []Step {
	e := explanation{table: t, service: s, at: at}
	for up := true; up; r, up = r.Parent() {
		e.add(r)
	}
	return e.steps
}

// ExplainAGS is [Table.LookupAGS] with its reasons. Each ARS with this AGS at which routes of the service stand is a step of its own;
// the Kreis and its parents follow. A route that answers at several ARS is given at each.
func (t *Table) ExplainAGS(s Service, a AGS, at int64) []Step {
	r, known := a.Region()
	if known {
		return t.Explain(s, r, at)
	}
	e := explanation{table: t, service: s, at: at}
	ended := false
	for _, d := range t.municipalities(a) {
		e.ended = false // they are one level: none is nearer than the other
		if len(e.candidates(d)) > 0 {
			e.add(Region{d})
			ended = ended || e.ended
		}
	}
	e.ended = ended
	for r, up := (Region{a.d.cut(int(County))}), true; up; r, up = r.Parent() {
		e.add(r)
	}
	return e.steps
}

// explanation goes the way of a search and beyond its end.
type explanation struct {
	table   *Table
	service Service
	at      int64
	ended   bool
	steps   []Step
}

// add judges the routes that stand at r.
func (e *explanation) add(r Region) {
	step, passed, best := Step{Region: r}, e.ended, (*Rank)(nil)
	for _, c := range e.candidates(r.d) {
		verdict := c.rank.time(e.at)
		switch {
		case verdict != Answers:
		case passed:
			verdict = PassedOver
		case c.rank.Offline:
			verdict = Offline
		case best != nil && c.rank.Priority < best.Priority:
			verdict = LowerPriority
		default:
			best = &c.rank
		}
		e.ended = e.ended || verdict == Answers || verdict == Offline
		step.Candidates = append(step.Candidates, Candidate{c.route, verdict})
	}
	e.steps = append(e.steps, step)
}

// ranked is a route with its rank. Of a plain route that stands alone the priority is not known, and does not matter.
type ranked struct {
	route uint32
	rank  Rank
}

func (e *explanation) candidates(d digits) []ranked {
	w := e.table.own(e.service, d)
	if w == 0 {
		return nil
	}
	if !w.isGroup() {
		return []ranked{{route: w.number()}}
	}
	var list []ranked
	for _, m := range e.table.group(w) {
		list = append(list, ranked{m.route, e.table.ranks[m.rank]})
	}
	return list
}
