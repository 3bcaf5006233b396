package publication

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Sketch is a change set that somebody works on. It is kept between requests, one for each caller and organisation, so that a lost session, a second
// window or the back button loses nothing. It binds nobody, and no deed is noted of it: that comes when it is published.
type Sketch struct {
	Set     ChangeSet
	Digest  string    // of Set; "" if there is none
	Changed time.Time // zero: there is none
	Ends    time.Time // when it is forgotten unless it is changed; zero: there is none

	base map[string]string // what was seen of each route, by key, when it came into the sketch: a digest of the content
}

const sketchEntries broker.EntryKind = "route-sketch" // ID: org/who; owner: the organisation

// MaxSketch bounds what is kept of a change set, in bytes.
const MaxSketch = 4 << 20

// sketchRecord is Sketch as it is stored: like what is proposed.
type sketchRecord struct {
	Set     proposedSet `json:"set"`
	Changed time.Time   `json:"changed"`
	Ends    time.Time   `json:"ends,omitzero"`
}

// SketchesLast is how long a sketch is kept after its last change, unless the Rule says otherwise.
const SketchesLast = 30 * 24 * time.Hour

// sketchTimers has one timer of each sketch, by its id, for when it ends.
const sketchTimers broker.TimerQueue = "route-sketches"

func sketchID(who broker.Caller, org broker.OrgID) string { return string(org) + "/" + who.Name() }

// Sketch returns what the caller works on for an organisation, which may be nothing. It takes the right to draft.
func (p *Publisher) Sketch(ctx context.Context, who broker.Caller, org broker.OrgID) (s Sketch, err error) {
	if err := mayPublish(who, org); err != nil {
		return Sketch{}, err
	}
	err = p.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		s, err = readSketch(tx, who, org)
		return err
	})
	return s, err
}

// readSketch returns the sketch of a caller, the zero one if there is none.
func readSketch(tx broker.Tx, who broker.Caller, org broker.OrgID) (Sketch, error) {
	r, err := broker.ReadEntry[sketchRecord](tx, sketchEntries, sketchID(who, org))
	if errors.Is(err, broker.ErrNoRow) {
		return Sketch{}, nil
	}
	if err != nil {
		return Sketch{}, err
	}
	digest, err := setDigest(r.Set)
	return Sketch{Set: r.Set.set(), Digest: digest, Changed: r.Changed, Ends: r.Ends, base: r.Set.Base}, err
}

// setDigest is of what a set wants, whatever was seen.
func setDigest(set proposedSet) (string, error) {
	set.Base = nil
	raw, err := json.Marshal(set)
	return broker.Digest(raw), err
}

// Keep puts a change set in the place of what the caller works on. was is the digest of what it takes the place of, so that of two windows none undoes
// what the other did; that is a Conflict. The set may be anything that can be written down: what is wrong with it, Review says.
func (p *Publisher) Keep(ctx context.Context, who broker.Caller, org broker.OrgID, was string, set ChangeSet) (s Sketch, err error) {
	if err := mayPublish(who, org); err != nil {
		return Sketch{}, err
	}
	return s, p.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		old, err := readSketch(tx, who, org)
		if err != nil {
			return err
		}
		if old.Digest != was {
			return broker.Conflict.New("draft-changed", "the draft was changed elsewhere meanwhile, perhaps in another window: look at it again, and repeat what is missing")
		}
		if err := p.putSketch(tx, who, org, old, set); err != nil {
			return err
		}
		s, err = readSketch(tx, who, org)
		return err
	})
}

// Amend changes what the caller works on in one piece, so that nothing that came in meanwhile is lost. The function may run more than once.
func (p *Publisher) Amend(ctx context.Context, who broker.Caller, org broker.OrgID, change func(ChangeSet) ChangeSet) (s Sketch, err error) {
	if err := mayPublish(who, org); err != nil {
		return Sketch{}, err
	}
	return s, p.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		old, err := readSketch(tx, who, org)
		if err != nil {
			return err
		}
		if err := p.putSketch(tx, who, org, old, change(old.Set)); err != nil {
			return err
		}
		s, err = readSketch(tx, who, org)
		return err
	})
}

func (p *Publisher) putSketch(tx broker.Tx, who broker.Caller, org broker.OrgID, old Sketch, set ChangeSet) error {
	w, err := p.read(tx, org)
	if err != nil {
		return err
	}
	value := writtenSet(set)
	if value.Base, err = w.seen(old, value); err != nil {
		return err
	}
	now := p.cfg.Now().UTC()
	r := sketchRecord{value, now, now.Add(cmp.Or(p.cfg.Rule.SketchesLast, SketchesLast))}
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if len(raw) > MaxSketch {
		return broker.TooLarge.New("draft-too-large", "a draft has at most %d MiB, this one would have %d KiB: publish a part of it first, or publish the file by the management API, which takes more", MaxSketch>>20, len(raw)>>10)
	}
	id := sketchID(who, org)
	return errors.Join(tx.PutEntry(broker.Entry{Kind: sketchEntries, ID: id, Owner: string(org), Value: raw}),
		tx.PutTimer(broker.Timer{Queue: sketchTimers, ID: id, At: r.Ends}))
}

// dropSketch forgets a sketch. One that is not there is no error.
func dropSketch(tx broker.Tx, id string) error {
	return errors.Join(tx.DeleteEntry(sketchEntries, id), tx.DeleteTimer(sketchTimers, id))
}

// ForgetSketches forgets those on which nobody worked for so long, of people who left, too.
func (p *Publisher) ForgetSketches(ctx context.Context) error {
	const batch = 20 // each may be large
	for more := true; more; {
		err := p.cfg.Store.Update(ctx, func(tx broker.Tx) error {
			due, err := tx.DueTimers(sketchTimers, p.cfg.Now(), batch)
			for _, t := range due {
				err = errors.Join(err, dropSketch(tx, t.ID))
			}
			more = len(due) == batch
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// seen is what is there of the routes of a set. What the sketch had before was seen when it came in.
func (w *world) seen(old Sketch, value proposedSet) (map[string]string, error) {
	before, err := wishes(writtenSet(old.Set))
	if err != nil {
		return nil, err
	}
	now, err := wishes(value)
	if err != nil {
		return nil, err
	}
	own, base := w.byKey(), make(map[string]string, len(now))
	for key, wish := range now {
		if seen, had := old.base[key]; had && before[key] == wish {
			base[key] = seen
			continue
		}
		if base[key], err = contentOf(own[key]); err != nil {
			return nil, err
		}
	}
	return base, nil
}

// deletion is the wish of a key that is to be deleted.
const deletion = "delete"

// wishes is what a set wants of each key, to be compared.
func wishes(set proposedSet) (map[string]string, error) {
	all := make(map[string]string, len(set.Put)+len(set.Delete))
	for _, r := range set.Put {
		raw, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		all[r.Key] = string(raw)
	}
	for _, key := range set.Delete {
		all[key] = deletion
	}
	return all, nil
}

// Discard forgets what the caller works on. What is not there is no error.
func (p *Publisher) Discard(ctx context.Context, who broker.Caller, org broker.OrgID) error {
	if err := mayPublish(who, org); err != nil {
		return err
	}
	return p.cfg.Store.Update(ctx, func(tx broker.Tx) error { return dropSketch(tx, sketchID(who, org)) })
}

// stale lists the keys whose routes are not what was seen of them.
func (w *world) stale(base map[string]string) (keys []string, err error) {
	own := w.byKey()
	for _, key := range slices.Sorted(maps.Keys(base)) {
		now, err := contentOf(own[key])
		if err != nil {
			return nil, err
		}
		if now != base[key] {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
