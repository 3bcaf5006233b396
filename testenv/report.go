package testenv

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Outcome is what became of a case.
type Outcome string

// The outcomes.
const (
	Passed Outcome = "passed"
	Failed Outcome = "failed"
	NotRun Outcome = "not run"
)

// Result is one case that was to be run.
type Result struct {
	Number  int // of the contract; 0 for what is ours
	Name    string
	Outcome Outcome
	Why     string // what was expected and got, or why it was not run
	Took    time.Duration
}

// Report is what came of a run.
type Report struct {
	Began   time.Time
	Took    time.Duration
	Results []Result // in the order of the suite

	plan Plan
}

// Verdict is what became of one number of the contract, which may have several cases: it failed if one of them did, and it passed if
// one passed and none failed.
type Verdict struct {
	Number  int
	Title   string
	Outcome Outcome
	Why     string   // it was not run, or not all of it
	Parts   []Result // none if there is no case
}

// Failures are those of its parts.
func (v Verdict) Failures() []Result { return withOutcome(v.Parts, Failed) }

// Section is the verdicts of one chapter.
type Section struct {
	Chapter
	Verdicts []Verdict
}

// Count counts the verdicts.
func (s Section) Count() Count {
	var c Count
	for _, v := range s.Verdicts {
		c.add(v.Outcome)
	}
	return c
}

// Sections returns a verdict on each number that was asked for, chapter by chapter.
func (r Report) Sections() []Section {
	parts := map[int][]Result{}
	for _, one := range r.Results {
		parts[one.Number] = append(parts[one.Number], one)
	}
	var sections []Section
	for _, chapter := range Chapters() {
		s := Section{Chapter: chapter}
		for i, title := range chapter.Cases {
			number := chapter.First + i
			if r.plan.Numbers == nil || slices.Contains(r.plan.Numbers, number) {
				s.Verdicts = append(s.Verdicts, judge(number, title, parts[number]))
			}
		}
		if len(s.Verdicts) > 0 {
			sections = append(sections, s)
		}
	}
	return sections
}

func judge(number int, title string, parts []Result) Verdict {
	v := Verdict{Number: number, Title: title, Outcome: NotRun, Parts: parts}
	idle := withOutcome(parts, NotRun)
	switch {
	case len(withOutcome(parts, Failed)) > 0:
		v.Outcome = Failed
	case len(idle) < len(parts):
		v.Outcome = Passed
	}
	if len(idle) > 0 {
		v.Why = reasons(idle)
		if len(idle) < len(parts) {
			v.Why = fmt.Sprintf("%d of %d parts not run: %s", len(idle), len(parts), v.Why)
		}
	}
	return v
}

// reasons joins why results were not run, each reason once.
func reasons(idle []Result) string {
	var all []string
	for _, one := range idle {
		if !slices.Contains(all, one.Why) {
			all = append(all, one.Why)
		}
	}
	return strings.Join(all, "; ")
}

func withOutcome(results []Result, outcome Outcome) []Result {
	var some []Result
	for _, one := range results {
		if one.Outcome == outcome {
			some = append(some, one)
		}
	}
	return some
}

// Own returns what is not of the contract's list.
func (r Report) Own() []Result {
	var own []Result
	for _, one := range r.Results {
		if one.Number == 0 {
			own = append(own, one)
		}
	}
	return own
}

// Count counts outcomes.
type Count struct {
	Passed int `json:"passed"`
	Failed int `json:"failed"`
	NotRun int `json:"notRun"`
}

func (c *Count) add(o Outcome) {
	switch o {
	case Passed:
		c.Passed++
	case Failed:
		c.Failed++
	default:
		c.NotRun++
	}
}

// Plus adds two counts.
func (c Count) Plus(d Count) Count {
	return Count{c.Passed + d.Passed, c.Failed + d.Failed, c.NotRun + d.NotRun}
}

// CountOf counts results.
func CountOf(results []Result) Count {
	var c Count
	for _, one := range results {
		c.add(one.Outcome)
	}
	return c
}

// String writes what there is.
func (c Count) String() string {
	var said []string
	for _, part := range []struct {
		n    int
		what Outcome
	}{{c.Passed, Passed}, {c.Failed, Failed}, {c.NotRun, NotRun}} {
		if part.n > 0 {
			said = append(said, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(said, ", ")
}
