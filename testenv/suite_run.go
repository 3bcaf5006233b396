package testenv

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Plan says what of the suite is run, and how gently.
type Plan struct {
	Numbers  []int         // cases of the contract; nil: all of them, and what is ours beyond them
	Numbered bool          // with no Numbers: not what is ours
	Parallel int           // cases at a time; 0 is one. A case may make a few calls at once on its own
	CaseTime time.Duration // how long one case may take; 0: as long as the run

	// Told is called after each case, one call at a time; nil: nobody is told.
	Told func(done, all int)
}

// cases are those of the plan.
func (p Plan) cases(all []Case) []Case {
	wanted := map[int]bool{}
	for _, number := range p.Numbers {
		wanted[number] = true
	}
	var chosen []Case
	for _, c := range all {
		if ours := c.Number == 0; p.Numbers == nil && !(ours && p.Numbered) || wanted[c.Number] && !ours {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// Run runs cases against the broker of the session and reports on all of the contract's that were asked for. Those that move the clock come last,
// one by one. When ctx ends, what runs is broken off and what has not begun is not run.
func (s *Session) Run(ctx context.Context, p Plan) Report {
	cases := p.cases(Suite())
	r := Report{Began: time.Now(), plan: p, Results: make([]Result, len(cases))}
	var (
		together, alone []int
		mu              sync.Mutex
		done            int
	)
	for i, c := range cases {
		if c.MovesClock {
			alone = append(alone, i)
		} else {
			together = append(together, i)
		}
	}
	run := func(i int) {
		r.Results[i] = s.runOne(ctx, cases[i], p.CaseTime)
		mu.Lock()
		defer mu.Unlock()
		if done++; p.Told != nil {
			p.Told(done, len(cases))
		}
	}
	inParallel(max(p.Parallel, 1), together, run)
	inParallel(1, alone, run)
	r.Took = time.Since(r.Began)
	return r
}

// inParallel runs something for each number, so many at a time.
func inParallel(workers int, all []int, run func(int)) {
	queue := make(chan int, len(all))
	for _, i := range all {
		queue <- i
	}
	close(queue)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range queue {
				run(i)
			}
		})
	}
	group.Wait()
}

// runOne runs a case unless the run is over.
func (s *Session) runOne(ctx context.Context, c Case, longest time.Duration) Result {
	r := Result{Number: c.Number, Name: c.Name, Outcome: NotRun, Why: endOfRun(ctx)}
	if ctx.Err() != nil {
		return r
	}
	limited, cancel := ctx, context.CancelFunc(func() {})
	if longest > 0 {
		limited, cancel = context.WithTimeout(ctx, longest)
	}
	defer cancel()
	began := time.Now()
	err := c.Run(limited, s)
	r.Took = time.Since(began)
	var lack skipped
	switch {
	case err == nil:
		r.Outcome, r.Why = Passed, ""
	case errors.As(err, &lack):
		r.Why = string(lack)
	case ctx.Err() != nil: // the failure is ours
		r.Why = endOfRun(ctx)
	case limited.Err() != nil:
		r.Outcome, r.Why = Failed, "it took longer than "+longest.String()+": "+err.Error()
	default:
		r.Outcome, r.Why = Failed, err.Error()
	}
	return r
}

// endOfRun is why cases were not run any more.
func endOfRun(ctx context.Context) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "the time for the whole run was over"
	}
	return "the run was interrupted"
}
