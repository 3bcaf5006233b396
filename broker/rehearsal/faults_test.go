package rehearsal_test

import (
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/rehearsal"
)

// stage is faults with a clock and dice of the test's own.
type stage struct {
	*rehearsal.Faults
	now  time.Time
	dice float64
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	var err error
	s.Faults, err = rehearsal.New(rehearsal.Config{Now: func() time.Time { return s.now }, Random: func() float64 { return s.dice }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) add(t *testing.T, f rehearsal.Fault) rehearsal.Fault {
	t.Helper()
	f, err := s.Add(f)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (s *stage) refuses(client broker.ClientID) bool {
	_, err := s.Refused(client)
	return errors.Is(err, broker.Unavailable)
}

func nobody(broker.ClientID) bool    { return false }
func everybody(broker.ClientID) bool { return true }

func TestFaultsEndByNumber(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if s.refuses("a") {
		t.Error("refused without a fault")
	}
	s.add(t, rehearsal.Fault{Kind: rehearsal.Unavailable, Client: "a", Next: 2, Time: 3 * time.Second})
	if s.refuses("b") || s.refuses("") {
		t.Error("refused somebody whom the fault does not concern")
	}
	if after, err := s.Refused("a"); after != 3*time.Second || !errors.Is(err, broker.Unavailable) {
		t.Errorf("the first: got %v after %s", err, after)
	}
	if all := s.List(); len(all) != 1 || all[0].Next != 1 || all[0].Hits != 1 {
		t.Errorf("then: got %+v", all)
	}
	if !s.refuses("a") || s.refuses("a") || len(s.List()) != 0 {
		t.Error("two were asked for: want the second refused, the third not, and no fault left")
	}
}

func TestFaultsEndByTime(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.add(t, rehearsal.Fault{Kind: rehearsal.Unavailable, Until: s.now.Add(time.Minute)})
	if s.now = s.now.Add(time.Minute - 1); !s.refuses("a") || !s.refuses("") {
		t.Error("not refused before the end")
	}
	if s.now = s.now.Add(1); s.refuses("a") || len(s.List()) != 0 {
		t.Error("refused at the end")
	}
	unbounded := s.add(t, rehearsal.Fault{Kind: rehearsal.Unavailable})
	counted := s.add(t, rehearsal.Fault{Kind: rehearsal.Unavailable, Next: 1})
	if d, c := unbounded.Until.Sub(s.now), counted.Until.Sub(s.now); d != 10*time.Minute || c != time.Hour {
		t.Errorf("ends that nobody asked for: got %s and %s", d, c)
	}
}

func TestFaultsConcernAShare(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.add(t, rehearsal.Fault{Kind: rehearsal.Unavailable, Share: 0.25})
	for dice, want := range map[float64]bool{0: true, 0.249: true, 0.25: false, 0.99: false} {
		if s.dice = dice; s.refuses("a") != want {
			t.Errorf("at %v: got %v, want %v", dice, !want, want)
		}
	}
}

func TestExpired(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.add(t, rehearsal.Fault{Kind: rehearsal.ExpiredToken, Client: "a", Time: time.Minute})
	for age, want := range map[time.Duration]bool{0: false, time.Minute - 1: false, time.Minute: true, time.Hour: true} {
		if got := s.Expired("a", s.now.Add(-age)); got != want {
			t.Errorf("a token of %s: got %v, want %v", age, got, want)
		}
	}
	if s.Expired("b", s.now.Add(-time.Hour)) {
		t.Error("a token of another client has expired")
	}
}

func TestCallbacks(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if s.OfCallbacks() || s.Callback(s.now, everybody) != (rehearsal.Callback{}) {
		t.Error("something goes wrong without a fault")
	}
	s.add(t, rehearsal.Fault{Kind: rehearsal.CallbackTwice, Next: 1, Times: 3})
	s.add(t, rehearsal.Fault{Kind: rehearsal.CallbackFailed, Next: 1, Client: "a"})
	s.add(t, rehearsal.Fault{Kind: rehearsal.CallbackLate, Time: time.Minute, Client: "a"})
	owed := s.now
	for _, step := range []struct {
		at   time.Duration
		mine func(broker.ClientID) bool
		want rehearsal.Callback
	}{
		{0, everybody, rehearsal.Callback{Until: owed.Add(time.Minute)}},
		{time.Minute, everybody, rehearsal.Callback{Lost: true}},
		{time.Minute, nobody, rehearsal.Callback{Times: 3}},
		{time.Minute, everybody, rehearsal.Callback{}},
	} {
		s.now = owed.Add(step.at)
		if got := s.Callback(owed, step.mine); got != step.want {
			t.Errorf("after %s: got %+v, want %+v", step.at, got, step.want)
		}
	}
}

func TestClear(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.add(t, rehearsal.Fault{Kind: rehearsal.Unavailable, Client: "a"})
	s.add(t, rehearsal.Fault{Kind: rehearsal.Unavailable, Client: "b"})
	if ended, err := s.Clear(one.ID); err != nil || len(ended) != 1 || s.refuses("a") || !s.refuses("b") {
		t.Errorf("clear one: got %+v, %v", ended, err)
	}
	if _, err := s.Clear(one.ID); !errors.Is(err, broker.NotFound) {
		t.Errorf("clear it again: got %v", err)
	}
	if ended, err := s.Clear(""); err != nil || len(ended) != 1 || s.refuses("b") {
		t.Errorf("clear all: got %+v, %v", ended, err)
	}
	if ended, err := s.Clear(""); err != nil || len(ended) != 0 {
		t.Errorf("clear none: got %+v, %v", ended, err)
	}
}

func TestFaultsRefuseWhatIsNone(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for name, f := range map[string]rehearsal.Fault{
		"no kind":         {},
		"unknown":         {Kind: "fire"},
		"negative number": {Kind: rehearsal.Unavailable, Next: -1},
		"more than all":   {Kind: rehearsal.Unavailable, Share: 1.01},
		"less than none":  {Kind: rehearsal.Unavailable, Share: -1},
		"no number":       {Kind: rehearsal.Unavailable, Share: math.NaN()},
		"over already":    {Kind: rehearsal.Unavailable, Until: s.now},
		"without an end":  {Kind: rehearsal.Unavailable, Until: s.now.Add(8 * 24 * time.Hour)},
		"back in time":    {Kind: rehearsal.ExpiredToken, Time: -1},
		"too late":        {Kind: rehearsal.CallbackLate, Time: 25 * time.Hour},
		"late and failed": {Kind: rehearsal.CallbackFailed, Time: time.Second},
		"twice means two": {Kind: rehearsal.CallbackTwice, Times: 1},
		"a storm":         {Kind: rehearsal.CallbackTwice, Times: 11},
		"503 twice":       {Kind: rehearsal.Unavailable, Times: 2},
	} {
		if _, err := s.Add(f); !errors.Is(err, broker.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for range 100 {
		s.add(t, rehearsal.Fault{Kind: rehearsal.Unavailable})
	}
	if _, err := s.Add(rehearsal.Fault{Kind: rehearsal.Unavailable}); !errors.Is(err, broker.Conflict) {
		t.Errorf("the 101st: got %v", err)
	}
}

// Many requests at once use up exactly the number that was asked for.
func TestFaultsCountExactly(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.add(t, rehearsal.Fault{Kind: rehearsal.Unavailable, Next: 50})
	refused := make(chan bool, 400)
	var group sync.WaitGroup
	for range 400 {
		group.Go(func() { refused <- s.refuses("a") })
	}
	group.Wait()
	close(refused)
	hits := 0
	for is := range refused {
		if is {
			hits++
		}
	}
	if hits != 50 {
		t.Errorf("got %d of 400 refused, want 50", hits)
	}
}
