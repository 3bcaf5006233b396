package receiver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/set"
)

func TestPause(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]time.Duration{
		0: 30 * time.Second, 1: 30 * time.Second, 2: time.Minute, 3: 2 * time.Minute, 7: 32 * time.Minute, 8: time.Hour, 1000: time.Hour,
	} {
		if got := pause(failures); got != want {
			t.Errorf("pause(%d) = %s, want %s", failures, got, want)
		}
	}
	if low, high := spread(time.Minute, 0), spread(time.Minute, 1); low != 45*time.Second || high != 75*time.Second {
		t.Errorf("spread over %s to %s, want 45 s to 75 s", low, high)
	}
}

func TestQueue(t *testing.T) {
	t.Parallel()
	var q queue
	now := time.Now()
	for _, seconds := range []int{3, 1, 2} {
		q.add(&task{failures: seconds, due: now.Add(time.Duration(seconds) * time.Second)})
	}
	if wait, some := q.wait(now); !some || wait != time.Second || q.next(now) != nil {
		t.Errorf("wait %s, %v, want a second, and nothing before", wait, some)
	}
	for want := 1; want <= 3; want++ {
		if got := q.next(now.Add(time.Minute)); got == nil || got.failures != want {
			t.Errorf("got %v, want the task of second %d", got, want)
		}
	}
	if _, some := q.wait(now); some || q.next(now) != nil {
		t.Error("an empty queue has something")
	}
}

func ref(n int) client.Ref {
	return client.Ref{
		DestinationID: "0a10bf46-1e4c-4a0e-9a10-6a1a2f6f9d01", SubmissionID: client.SubmissionID(fmt.Sprintf("5ab00000-0000-4000-8000-%012d", n)),
		CaseID: client.CaseID(fmt.Sprintf("ca5e0000-0000-4000-8000-%012d", n)),
	}
}

// TestLists: what is settled is forgotten by the first list that was asked for afterwards and does not name it, and tried again if it
// does. What was left is looked at again once it is not named.
func TestLists(t *testing.T) {
	t.Parallel()
	const before, after = 0, 1 // polls: the first had begun when the tasks came to their conditions
	one := []client.Ref{ref(1)}
	foreign := ref(1)
	foreign.DestinationID = "b1f7a3f0-52ab-4a53-9c5c-94d7b5f0c702"
	for name, tc := range map[string]struct {
		next  condition
		found listing
		want  string // condition and failures of the task, tasks in the queue
	}{
		"settled, asked before":       {settled, listing{poll: before}, "3 0, 0"},
		"settled, no answer":          {settled, listing{poll: after, err: errors.New("x")}, "3 0, 0"},
		"settled, not named":          {settled, listing{poll: after}, "none, 0"},
		"settled, named for another":  {settled, listing{poll: after, refs: []client.Ref{foreign}}, "none, 0"},
		"settled, named":              {settled, listing{poll: after, refs: one}, "0 1, 1"},
		"settled, named, but before":  {settled, listing{poll: before, refs: one}, "3 0, 0"},
		"left, not named":             {left, listing{poll: after}, "0 0, 1"},
		"left, named":                 {left, listing{poll: after, refs: one}, "2 0, 0"},
		"left, another is named":      {left, listing{poll: after, refs: []client.Ref{ref(2)}}, "0 0, 2"},
		"waiting, not named":          {waiting, listing{poll: after}, "0 1, 1"},
		"waiting, named":              {waiting, listing{poll: after, refs: one}, "0 1, 1"},
		"settled, another is named":   {settled, listing{poll: after, refs: []client.Ref{ref(2)}}, "none, 1"},
		"settled, asked before, both": {settled, listing{poll: before, refs: []client.Ref{ref(1), ref(2)}}, "3 0, 1"},
	} {
		l := newLane(&Receiver{config: Config{Retry: retry}, log: slog.New(slog.DiscardHandler)}, ref(1).DestinationID)
		l.known = map[client.SubmissionID]*task{}
		ctx := context.Background()
		l.add(ref(1), true)
		l.add(ref(1), false) // named twice
		l.busy++
		l.finished(ctx, result{task: l.waiting.next(time.Now().Add(time.Second)), next: tc.next})
		l.polls++
		l.apply(ctx, tc.found)
		got := "none"
		if task := l.known[ref(1).SubmissionID]; task != nil {
			got = fmt.Sprint(int(task.condition), " ", task.failures)
		}
		if got = fmt.Sprint(got, ", ", l.waiting.Len()); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

// TestNotedIsBounded: callbacks cannot fill the memory of a receiver that is not running.
func TestNotedIsBounded(t *testing.T) {
	t.Parallel()
	l := newLane(&Receiver{}, ref(0).DestinationID)
	for n := range maxNoted + 10 {
		l.note(ref(n))
	}
	if got := len(l.take()); got != maxNoted {
		t.Errorf("%d are noted, want %d", got, maxNoted)
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	s := records{t.TempDir()}
	want := record{Ref: ref(1), Outcome: client.Rejected, Problems: []set.Problem{client.TechnicalError.Problem("other", "<x>")}}
	if err := s.put(want); err != nil {
		t.Fatal(err)
	}
	got, found, err := s.get(want.SubmissionID)
	if err != nil || !found || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, %v, %v, want %v", got, found, err, want)
	}
	if about, err := os.Stat(s.path(want.SubmissionID)); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v, want mode 0600", about, err)
	}
	good, err := os.ReadFile(s.path(want.SubmissionID))
	if err != nil {
		t.Fatal(err)
	}
	for n, bad := range []string{"", "{}", string(good), string(good[:len(good)-1]), `{"outcome":"deleted"}`} {
		if err := os.WriteFile(s.path(ref(n+2).SubmissionID), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.get(ref(n + 2).SubmissionID); err == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
	refs, err := s.all()
	if len(refs) != 1 || refs[0] != want.Ref || err == nil {
		t.Errorf("all = %v, %v, want the good one, and an error about the others", refs, err)
	}
	if err := errors.Join(s.drop(want.SubmissionID), s.drop(want.SubmissionID)); err != nil {
		t.Error(err)
	}
	if _, found, err := s.get(want.SubmissionID); found || err != nil {
		t.Errorf("%v, %v after drop, want nothing", found, err)
	}
	if left, _ := os.ReadDir(s.folder); len(left) != 5 {
		t.Errorf("%d files left, want the broken ones", len(left))
	}
}

// TestDecisions: only what can be told is a decision.
func TestDecisions(t *testing.T) {
	t.Parallel()
	fine := client.TechnicalError.Problem(client.Elsewhere, "x")
	long := fine
	long.Detail = string(make([]byte, maxProblems))
	many := make([]set.Problem, 5000)
	for i := range many {
		many[i] = fine
	}
	for name, tc := range map[string]struct {
		decision Decision
		told     bool
	}{
		"accept": {Accept(), true}, "forward": {Forward(), true}, "leave": {Leave(), false}, "zero": {Decision{}, false}, "later": {Later(nil), false},
		"reject": {Reject(fine), true}, "reject without problem": {Reject(), false}, "no URI": {Reject(set.Problem{Type: "x"}), false},
		"too long": {Reject(long), false}, "too many": {Reject(many...), false}, "as many as fit": {Reject(firstProblems(many)...), true},
	} {
		if got := tc.decision.outcome != ""; got != tc.told {
			t.Errorf("%s: %.100s, told %v, want %v", name, tc.decision, got, tc.told)
		}
	}
}
