package testenv_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/api/wire"
)

// pageSize is how many submissions a page of the list has.
const pageSize = 100

// fill has every rival take a page of applications and sign what there is to be signed.
func fill(b *testing.B, all []*rival, content []byte) [][]wire.SubmissionRef {
	b.Helper()
	sent := make([][]wire.SubmissionRef, len(all))
	var team errgroup.Group
	for i, r := range all {
		r.signal(syscall.SIGCONT)
		team.Go(func() (err error) {
			sent[i], err = r.fill(b.Context(), content)
			return err
		})
	}
	if err := team.Wait(); err != nil {
		b.Fatal(err)
	}
	for _, r := range all {
		r.signal(syscall.SIGSTOP)
	}
	return sent
}

func (r *rival) fill(ctx context.Context, content []byte) (sent []wire.SubmissionRef, err error) {
	for range pageSize {
		ref, err := r.send(ctx, content)
		if err != nil {
			return nil, err
		}
		sent = append(sent, ref)
	}
	return sent, r.drain(ctx)
}

// drain returns when everything is signed.
func (r *rival) drain(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		owed, err := readDebt(ctx, r.asSender[0], r.admin[0])
		if err != nil || owed.events == 0 {
			return err
		}
		<-tick.C
	}
}

// read is a kind of question.
type read struct {
	name, what string
	ask        func(ctx context.Context, r *rival, about wire.SubmissionRef) error
}

func reads() []read {
	return []read{
		{"list", fmt.Sprintf("list of %d submissions", pageSize), func(ctx context.Context, r *rival, _ wire.SubmissionRef) error {
			return r.get(ctx, r.asSubscriber, fmt.Sprintf("/submissions?limit=%d", pageSize))
		}},
		{"get", "get a submission of 10 KB", func(ctx context.Context, r *rival, about wire.SubmissionRef) error {
			return r.get(ctx, r.asSubscriber, "/submissions/"+about.SubmissionID)
		}},
		{"log", "event log of a case", func(ctx context.Context, r *rival, about wire.SubmissionRef) error {
			return r.get(ctx, r.asSender, "/cases/"+about.CaseID+"/events")
		}},
	}
}

func (r *rival) get(ctx context.Context, as []caller, path string) error {
	_, err := r.next(as).call(ctx, http.MethodGet, path, "", nil, http.StatusOK)
	return err
}

// reading is a turn of questions of these kinds, one after the other, each about the next of the applications.
func reading(r *rival, sent []wire.SubmissionRef, kinds ...read) turn {
	var asked atomic.Int64
	return turn{r, func(ctx context.Context) error {
		n := int(asked.Add(1))
		return kinds[n%len(kinds)].ask(ctx, r, sent[n/len(kinds)%len(sent)])
	}}
}
