package testenv_test

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// eventsPerApplication is how many events the broker signs for an application that nobody is called back about.
const eventsPerApplication = 2

// signing measures the debt of a burst: at which rate of applications it stays as it is, and how long it takes to be paid when nothing
// more comes.
func (s *stand) signing(b *testing.B) {
	content := s.content(10 << 10)
	capacity := s.capacity(b, content)
	held := s.offer(b, content, 0.97*capacity, 10*time.Second)
	flat := min(held.sent, held.signed/eventsPerApplication)
	figure(b, "signing/flat", map[string]float64{"applications/s": flat, "debt-change": held.after - held.before})
	s.table.note("applications per second with the signing debt flat",
		fmt.Sprintf("%.0f (at %.0f for 10 s the debt went from %.0f to %.0f events)", flat, held.sent, held.before, held.after), "")

	start, left := time.Now(), s.debt(b).events
	s.drain(b)
	took := time.Since(start).Seconds()
	figure(b, "signing/drain", map[string]float64{"events/s": left / took, "s": took})
	s.table.note("signing what is left when nothing more comes",
		fmt.Sprintf("%.0f s for %.0f events, %.0f per second", took, left, left/took), "")
}

// capacity finds how many applications per second can be signed beside taking them in. It offers more where everything was signed, and
// tries again while that brings more: at first the broker may let a burst go before its signatures.
func (s *stand) capacity(b *testing.B, content []byte) (best float64) {
	b.Helper()
	const paid, trials = 128, 6 // a debt of two batches or less is none
	rate := 20.0
	for range trials {
		trial := s.offer(b, content, rate, 5*time.Second)
		found := trial.signed / eventsPerApplication
		switch {
		case trial.after <= paid:
			best, rate = max(best, trial.sent), 2*rate
		case found < 1.05*best:
			return best
		default:
			best, rate = found, found
		}
	}
	return best
}

// offered is what a steady load did.
type offered struct {
	sent, signed  float64 // applications and signatures per second
	before, after float64 // debt
}

// offer sends applications at a rate.
func (s *stand) offer(b *testing.B, content []byte, rate float64, length time.Duration) offered {
	b.Helper()
	var team errgroup.Group
	before, start := s.debt(b), time.Now()
	tick := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer tick.Stop()
	sent := 0
	for ; time.Since(start) < length; sent++ {
		<-tick.C
		team.Go(func() error { return s.send(b.Context(), s.asSender, content) })
	}
	if err := team.Wait(); err != nil {
		b.Fatal(err)
	}
	after, took := s.debt(b), time.Since(start).Seconds()
	return offered{float64(sent) / took, (after.signed - before.signed) / took, before.events, after.events}
}

// drain returns when everything is signed.
func (s *stand) drain(b *testing.B) {
	b.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for s.debt(b).events > 0 {
		<-tick.C
	}
}

// debt is what the broker says of its signatures.
type debt struct{ events, signed float64 }

func (s *stand) debt(b *testing.B) debt {
	b.Helper()
	d, err := readDebt(b.Context(), s.asSender, s.program.adminURL())
	if err != nil {
		b.Fatal(err)
	}
	return d
}

func readDebt(ctx context.Context, as caller, admin string) (d debt, err error) {
	raw, err := as.call(ctx, "GET", admin+"/metrics", "", nil, 200)
	if err != nil {
		return d, err
	}
	wanted := map[string]*float64{"vierkant_signing_debt_events": &d.events, "vierkant_private_key_operations_total": &d.signed}
	lines := bufio.NewScanner(strings.NewReader(string(raw)))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		into, ok := wanted[name]
		if !ok {
			continue
		}
		if *into, err = strconv.ParseFloat(value, 64); err != nil {
			return d, fmt.Errorf("metric %s: %w", name, err)
		}
		delete(wanted, name)
	}
	if len(wanted) > 0 {
		return d, fmt.Errorf("metrics are missing: %v", wanted)
	}
	return d, nil
}
