package fair

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// clock stands still unless it is moved.
type clock struct{ at time.Time }

func newClock() *clock                    { return &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }
func (c *clock) now() time.Time           { return c.at }
func (c *clock) forward(by time.Duration) { c.at = c.at.Add(by) }

func TestBudget(t *testing.T) {
	t.Parallel()
	const s = time.Second
	c := newClock()
	b := NewBudget[string](4, 20*s, 10, c.now)
	for i, step := range []struct {
		after time.Duration
		who   string
		want  Left
	}{
		{0, "a", Left{4, 3, 5 * s, 0}},
		{0, "a", Left{4, 2, 10 * s, 0}},
		{0, "a", Left{4, 1, 15 * s, 0}},
		{0, "b", Left{4, 3, 5 * s, 0}},
		{0, "a", Left{4, 0, 20 * s, 0}},
		{0, "a", Left{4, 0, 20 * s, 5 * s}},
		{2 * s, "a", Left{4, 0, 18 * s, 3 * s}}, // what is refused costs nothing
		{3*s - 1, "a", Left{4, 0, 15*s + 1, 1}},
		{1, "a", Left{4, 0, 20 * s, 0}},
		{5 * s, "a", Left{4, 0, 20 * s, 0}}, // evenly, without an end
		{time.Hour, "a", Left{4, 3, 5 * s, 0}},
		{-time.Hour, "a", Left{4, 0, 20 * s, 5 * s}}, // set back: a whole window at most
		{5 * s, "a", Left{4, 0, 20 * s, 0}},
		{20 * s, "a", Left{4, 3, 5 * s, 0}},
	} {
		c.forward(step.after)
		if got := b.Take(step.who); got != step.want {
			t.Errorf("step %d: got %+v, want %+v", i, got, step.want)
		}
	}
}

// More than a clock can tell apart is as good as no limit, and nothing divides by zero.
func TestBudgetOfVeryMany(t *testing.T) {
	t.Parallel()
	b := NewBudget[string](1<<40, time.Minute, 10, newClock().now)
	for range 1000 {
		if left := b.Take("a"); left.Wait > 0 || left.Remaining == 0 {
			t.Fatalf("got %+v", left)
		}
	}
}

// A flood of askers is forgotten, the oldest first, and those that go on asking are not.
func TestBounded(t *testing.T) {
	t.Parallel()
	const most = 100
	b := NewBudget[netip.Addr](2, time.Minute, most, newClock().now)
	address := func(i int) netip.Addr {
		var raw [4]byte
		binary.BigEndian.PutUint32(raw[:], uint32(i))
		return netip.AddrFrom4(raw)
	}
	for i := range 100 * most {
		b.Take(address(i))
		b.Take(address(1))
	}
	if got := len(b.full.entries); got != most || b.full.order.Len() != most {
		t.Errorf("got %d entries, want %d", got, most)
	}
	for i, admitted := range map[int]bool{1: false, 0: true, 100*most - 1: true} {
		if got := b.Take(address(i)).Wait == 0; got != admitted {
			t.Errorf("%d: got admitted %t, want %t", i, got, admitted)
		}
	}
}

func TestRecent(t *testing.T) {
	t.Parallel()
	r := NewRecent[string, int](2)
	*r.Get("a"), *r.Get("b") = 1, 2
	r.Find("a")
	*r.Get("c") = 3
	for key, want := range map[string]int{"a": 1, "b": 0, "c": 3} {
		got := 0
		if found := r.Find(key); found != nil {
			got = *found
		}
		if got != want {
			t.Errorf("%s: got %d, want %d", key, got, want)
		}
	}
	r.Drop("a")
	r.Drop("nobody")
	if r.Find("a") != nil || len(r.entries) != 1 || r.order.Len() != 1 {
		t.Errorf("got %d entries, want c alone", len(r.entries))
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	const s = time.Second
	rule := Rule{Free: 2, First: s, Most: 5 * s, Forgive: time.Minute}
	fail := func(f *Failures[string], times int) {
		for range times {
			f.Failed("a")
		}
	}
	for name, c := range map[string]struct {
		do   func(*Failures[string], *clock)
		want time.Duration
	}{
		"nothing":             {func(*Failures[string], *clock) {}, 0},
		"some":                {func(f *Failures[string], _ *clock) { fail(f, 2) }, 0},
		"one more":            {func(f *Failures[string], _ *clock) { fail(f, 3) }, s},
		"and one more":        {func(f *Failures[string], _ *clock) { fail(f, 4) }, 2 * s},
		"the longest":         {func(f *Failures[string], _ *clock) { fail(f, 6) }, 5 * s},
		"very many":           {func(f *Failures[string], _ *clock) { fail(f, 10_000) }, 5 * s},
		"a part of the pause": {func(f *Failures[string], c *clock) { fail(f, 4); c.forward(s) }, s},
		"all of it":           {func(f *Failures[string], c *clock) { fail(f, 4); c.forward(2 * s) }, 0},
		"another's":           {func(f *Failures[string], _ *clock) { f.Failed("b"); f.Failed("b"); f.Failed("b") }, 0},
		"forgotten":           {func(f *Failures[string], _ *clock) { fail(f, 9); f.Forget("a") }, 0},
		"one forgiven":        {func(f *Failures[string], c *clock) { fail(f, 3); c.forward(time.Minute); fail(f, 1) }, s},
		"not yet forgiven":    {func(f *Failures[string], c *clock) { fail(f, 3); c.forward(time.Minute - 1); fail(f, 1) }, 2 * s},
		"all forgiven":        {func(f *Failures[string], c *clock) { fail(f, 3); c.forward(time.Hour); fail(f, 2) }, 0},
		"very many, forgiven": {func(f *Failures[string], c *clock) { fail(f, 1000); c.forward(6 * time.Minute); fail(f, 2) }, 0},
		"set back":            {func(f *Failures[string], c *clock) { fail(f, 3); c.forward(-time.Hour) }, 5 * s},
		"set back, and again": {func(f *Failures[string], c *clock) { fail(f, 2); c.forward(-time.Hour); fail(f, 1) }, s},
	} {
		at := newClock()
		f := NewFailures[string](rule, 10, at.now)
		c.do(f, at)
		if got := f.Pause("a"); got != c.want {
			t.Errorf("%s: got a pause of %s, want %s", name, got, c.want)
		}
	}
}

func TestSeconds(t *testing.T) {
	t.Parallel()
	var got []string
	for _, d := range []time.Duration{-1, 0, 1, time.Second, time.Second + 1, time.Hour} {
		got = append(got, Seconds(d))
	}
	if want := []string{"1", "1", "1", "1", "2", "3600"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
