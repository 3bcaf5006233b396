package testenv_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/set"
)

// verify holds what the broker shows against what it acknowledged. Of what got no answer it finds out what became of it.
func (l *load) verify(t *testing.T) {
	t.Helper()
	l.logIn(t)
	var team errgroup.Group
	team.SetLimit(2 * killSenders)
	for _, p := range l.parcels() {
		team.Go(func() error {
			if err := l.check(t.Context(), p); err != nil {
				t.Errorf("submission %s: %v", p.id, err)
			}
			return nil
		})
	}
	team.Wait()
	if t.Failed() {
		t.FailNow()
	}
	l.checkList(t)
}

func (l *load) check(ctx context.Context, p *parcel) error {
	if err := l.checkLog(ctx, p); err != nil {
		return err
	}
	if p.submitted == acknowledged && p.decided != acknowledged {
		return l.checkContent(ctx, p)
	}
	return l.checkHidden(ctx, p)
}

// checkLog reads the event log, with its signatures verified, and holds it against what is known.
func (l *load) checkLog(ctx context.Context, p *parcel) error {
	log, err := l.reader.Events(ctx, client.Ref{
		DestinationID: client.DestinationID(l.at.ID), SubmissionID: client.SubmissionID(p.id), CaseID: client.CaseID(p.caseID),
	})
	if err != nil {
		return err
	}
	tokens, types := texts(log)
	if err := l.witness.see(tokens); err != nil {
		return err
	}
	if len(tokens) < len(p.log) || !slices.Equal(tokens[:len(p.log)], p.log) {
		return fmt.Errorf("the log was %d events long, all signed, and they have changed: now it is %v", len(p.log), types)
	}
	p.log = tokens
	return errors.Join(
		settle("the submission", &p.submitted, slices.Contains(types, set.SubmitSubmission)),
		settle("the decision", &p.decided, p.verdict != "" && slices.Contains(tokens, p.verdict)),
		p.checkOrder(log, types),
		p.checkTags(log),
	)
}

func texts(log client.Log) (tokens, types []string) {
	for _, e := range log {
		tokens, types = append(tokens, e.Token), append(types, e.Type)
	}
	return tokens, types
}

// settle compares what is known with what is seen: what was acknowledged is there, what was not asked for is not.
func settle(what string, k *known, seen bool) error {
	switch {
	case *k == acknowledged && !seen:
		return fmt.Errorf("%s was acknowledged and is not in the log", what)
	case *k == notAsked && seen:
		return fmt.Errorf("%s is in the log although nobody asked for it", what)
	case seen:
		*k = acknowledged
	default:
		*k = notAsked
	}
	return nil
}

// checkOrder wants one of each event, in the order of the acts; only notifications may come in between: that the authority was called, and
// that it found the submission itself, each once at most.
func (p *parcel) checkOrder(log client.Log, types []string) error {
	want := []string{set.CreateSubmission}
	if p.submitted == acknowledged {
		want = append(want, set.SubmitSubmission)
	}
	if p.decided == acknowledged {
		want = append(want, p.event)
	}
	acts := slices.DeleteFunc(slices.Clone(types), func(event string) bool { return event == set.NotifySubmission })
	if !slices.Equal(acts, want) {
		return fmt.Errorf("the log tells %v, want %v", short(types), short(want))
	}
	told := map[string]bool{}
	for _, e := range log {
		if e.Type != set.NotifySubmission {
			continue
		}
		if told[e.Payload.NotifyType] {
			return fmt.Errorf("two notifications by %s in the log %v, want at most one of each kind", e.Payload.NotifyType, short(types))
		}
		told[e.Payload.NotifyType] = true
	}
	return nil
}

func short(types []string) (names []string) {
	for _, event := range types {
		names = append(names, path.Base(event))
	}
	return names
}

// checkTags holds the tags in the log against those of the parts that were sent.
func (p *parcel) checkTags(log client.Log) error {
	if p.submitted != acknowledged {
		return nil
	}
	tags := set.AuthenticationTags{Metadata: tagOf(p.metadata), Data: tagOf(p.data), Attachments: map[string]string{}}
	for _, a := range p.attachments {
		tags.Attachments[a.id] = tagOf(a.body)
	}
	return log.CheckTags(client.SubmissionID(p.id), tags)
}

// checkContent fetches a waiting submission and compares it byte for byte.
func (l *load) checkContent(ctx context.Context, p *parcel) error {
	raw, err := l.asSubscriber.call(ctx, "GET", "/submissions/"+p.id, "", nil, 200)
	if err != nil {
		return err
	}
	var f wire.FetchedV2
	if err := json.Unmarshal(raw, &f); err != nil {
		return err
	}
	var ids []string
	for _, a := range p.attachments {
		ids = append(ids, a.id)
	}
	switch {
	case f.CaseID != p.caseID || f.DestinationID != l.at.ID || !slices.Equal(f.Attachments, ids):
		return fmt.Errorf("got %s, want case %s, destination %s, attachments %v", raw[:min(len(raw), 500)], p.caseID, l.at.ID, ids)
	case f.EncryptedMetadata != string(p.metadata) || f.EncryptedData != string(p.data):
		return errors.New("metadata or data are not what was submitted")
	}
	for _, a := range p.attachments {
		body, err := l.asSubscriber.call(ctx, "GET", "/submissions/"+p.id+"/attachments/"+a.id, "", nil, 200)
		if err != nil {
			return err
		}
		if !bytes.Equal(body, a.body) {
			return fmt.Errorf("attachment %s: %d bytes are not the %d bytes that were uploaded", a.id, len(body), len(a.body))
		}
	}
	return nil
}

// checkHidden wants what is not submitted yet, or decided already, to be out of reach.
func (l *load) checkHidden(ctx context.Context, p *parcel) error {
	_, err := l.asSubscriber.call(ctx, "GET", "/submissions/"+p.id, "", nil, 404)
	return err
}

// checkList wants exactly those to wait that were submitted and not decided: nothing lost, and nothing that nobody sent.
func (l *load) checkList(t *testing.T) {
	t.Helper()
	var want []string
	for _, p := range l.parcels() {
		if p.submitted == acknowledged && p.decided != acknowledged {
			want = append(want, p.id)
		}
	}
	raw, err := l.asSubscriber.call(t.Context(), "GET", "/submissions?limit=500&destinationId="+l.at.ID, "", nil, 200)
	if err != nil {
		t.Fatal(err)
	}
	var list wire.SubmissionList
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list.Submissions {
		got = append(got, s.SubmissionID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || list.TotalCount != len(want) {
		t.Fatalf("%d submissions wait (totalCount %d), want %d:\n got %v\nwant %v", len(got), list.TotalCount, len(want), got, want)
	}
}
