package publication

import (
	"context"
	"encoding/json"

	"github.com/vierkant/vierkant/broker"
)

// Review is a sketch with what it would do now.
type Review struct {
	Sketch Sketch
	Plan   Plan
	Stale  []string // keys of routes that somebody changed since they came into the sketch
	Digest string   // of sketch, changes, errors and warnings: what somebody agrees to who publishes it
}

// Review plans what the caller works on. It takes the right to draft, and a sketch: NotFound.
func (p *Publisher) Review(ctx context.Context, who broker.Caller, org broker.OrgID) (r Review, err error) {
	if err := mayPublish(who, org); err != nil {
		return Review{}, err
	}
	err = p.look(ctx, who, org, func(w *world) (err error) {
		r, err = p.review(w, who)
		return err
	})
	return r, err
}

func (p *Publisher) review(w *world, who broker.Caller) (r Review, err error) {
	if r.Sketch, err = readSketch(w.tx, who, w.org); err != nil {
		return r, err
	}
	if r.Sketch.Digest == "" {
		return r, noSketch()
	}
	if r.Plan, err = p.plan(w, r.Sketch.Set); err != nil {
		return r, err
	}
	if r.Stale, err = w.stale(r.Sketch.base); err != nil {
		return r, err
	}
	r.Digest, err = reviewDigest(r.Sketch, r.Plan)
	return r, err
}

func noSketch() error {
	return broker.NotFound.New("draft-not-found", "there is no draft: it was published or discarded, perhaps by a second click or in another window; look at what is published")
}

// reviewDigest tells one review from another. Notes are left out: they tell of others, who may change what is theirs at any time.
func reviewDigest(s Sketch, plan Plan) (string, error) {
	type change struct{ Key, Before, After string }
	seen := struct {
		Sketch   string
		Changes  []change
		Findings []Finding
	}{Sketch: s.Digest}
	for _, c := range plan.Changes {
		before, err := contentOf(c.Before)
		if err != nil {
			return "", err
		}
		after, err := contentOf(c.After)
		if err != nil {
			return "", err
		}
		seen.Changes = append(seen.Changes, change{c.Key(), before, after})
	}
	for _, f := range plan.Findings {
		if f.Severity != Notes {
			seen.Findings = append(seen.Findings, f)
		}
	}
	raw, err := json.Marshal(seen)
	return broker.Digest(raw), err
}

// PublishSketch publishes what the caller works on, as Publish does, and forgets it in the same transaction, so that a second click finds nothing to publish:
// NotFound. reviewed is the digest of the Review that was looked at. If by now it would do something else, or there are other warnings,
// that is a Conflict; nothing is done then, and the sketch stays.
func (p *Publisher) PublishSketch(ctx context.Context, who broker.Caller, org broker.OrgID, reviewed, comment string) (Outcome, error) {
	s, err := p.Sketch(ctx, who, org)
	if err != nil {
		return Outcome{}, err
	}
	if s.Digest == "" {
		return Outcome{}, noSketch()
	}
	set := s.Set
	set.Comment = comment
	out, err := p.Publish(ctx, who, org, set, func(tx broker.Tx, out Outcome) error {
		return forget(tx, who, org, reviewed, out.Plan)
	})
	if err == nil {
		return out, nil
	}
	if now, missing := p.Sketch(ctx, who, org); missing == nil && now.Digest == "" {
		return Outcome{}, noSketch() // and not what its repetition would have been refused for
	}
	return out, err
}

// forget takes a sketch away that was published as it was reviewed.
func forget(tx broker.Tx, who broker.Caller, org broker.OrgID, reviewed string, plan Plan) error {
	s, err := readSketch(tx, who, org)
	if err != nil {
		return err
	}
	if s.Digest == "" {
		return noSketch()
	}
	digest, err := reviewDigest(s, plan)
	if err != nil {
		return err
	}
	if digest != reviewed {
		return broker.Conflict.New("plan-changed", "this is not what was reviewed: the draft, routes that it changes, or what is to be said about it are others by now; nothing was published, and the draft is kept: review it again")
	}
	return dropSketch(tx, sketchID(who, org))
}
