package broker

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Destinations are administered by the organisations that own them (FIT-Connect contract 4).
type Destinations struct{ *core }

// inactiveBeforeEnd is how long a destination must be inactive before it may be decommissioned (4.4).
const inactiveBeforeEnd = 30 * 24 * time.Hour

// DestinationDraft is what the manager of a destination sets.
type DestinationDraft struct {
	Name             string
	Status           DestinationStatus // ignored by Create: a new one is DestinationCreated
	Contact          Contact
	Services         []OfferedService
	EncryptionKID    string
	MetadataVersions []string
	ReplyChannels    *ReplyChannels
	Callback         *CallbackDraft // nil: none

	// Seen is Destination.Changed of what the manager saw when it made up its mind; zero: whatever it was. If the destination was changed since,
	// a change is refused. Ignored by Create.
	Seen time.Time
}

// CallbackDraft is a callback as its owner sets it. An empty secret keeps the one that is there.
type CallbackDraft struct{ URL, Secret string }

// draft returns what is set now; the callback's secret stays inside.
func (d Destination) draft() DestinationDraft {
	draft := DestinationDraft{
		Name: d.Name, Status: d.Status, Contact: d.Contact, Services: d.Services, EncryptionKID: d.EncryptionKID,
		MetadataVersions: d.MetadataVersions, ReplyChannels: d.ReplyChannels,
	}
	if d.Callback != nil {
		draft.Callback = &CallbackDraft{URL: d.Callback.URL}
	}
	return draft
}

// Create makes a destination with its first two keys, as JWK. It belongs to the caller's organisation, and the caller, if
// it is a client, is assigned to it at once.
func (s *Destinations) Create(ctx context.Context, who Caller, draft DestinationDraft, encryption, signing json.RawMessage) (Destination, error) {
	if err := who.requireWhole(ScopeManage); err != nil {
		return Destination{}, err
	}
	if err := draft.check(s.Callbacks, false); err != nil {
		return Destination{}, err
	}
	now := s.Deadline()
	d := Destination{ID: NewID[DestinationID](), Org: who.Org, Status: DestinationCreated, Created: now, Changed: now}
	if who.Client != "" {
		d.Clients = []ClientID{who.Client}
	}
	both, err := s.firstKeys(d.ID, draft.EncryptionKID, encryption, signing)
	if err != nil {
		return Destination{}, err
	}
	if err := s.apply(&d, draft); err != nil {
		return Destination{}, err
	}
	d.EncryptionKID, d.SigningKID = both[0].KID, both[1].KID
	return d, s.Store.Update(ctx, func(tx Tx) error {
		if err := s.room(tx, who.Org); err != nil {
			return err
		}
		for i, field := range []string{"encryptionPublicKey", "signingPublicKey"} {
			if err := s.checkOwner(tx, d.Org, field, both[i]); err != nil {
				return err
			}
			if err := s.putKey(tx, d, both[i]); err != nil {
				return err
			}
		}
		if err := s.put(tx, d, Contact{}); err != nil {
			return err
		}
		return s.note(tx, who, d, "destination.created", d.Name)
	})
}

// note writes into the audit log of the owner.
func (s *Destinations) note(tx Tx, who Caller, d Destination, deed, detail string) error {
	return Note(tx, s.Now(), who, Deed{Org: d.Org, Deed: deed, Subject: string(d.ID), Detail: detail})
}

// room refuses an organisation that is not there, or has as many destinations as it may.
func (s *Destinations) room(tx Tx, org OrgID) error {
	if _, err := tx.Org(org); err != nil {
		return NoOrg(err, org)
	}
	_, total, err := tx.Destinations(org, Page{Limit: 1})
	if err == nil && total >= s.Limits.Destinations {
		return Conflict.New("too-many-destinations", "an organisation has at most %d destinations", s.Limits.Destinations)
	}
	return err
}

// apply writes a checked draft into d, except for its status and its encryption key.
func (s *Destinations) apply(d *Destination, draft DestinationDraft) error {
	d.Name, d.Contact, d.Services = draft.Name, draft.Contact, draft.Services
	d.MetadataVersions, d.ReplyChannels = draft.MetadataVersions, draft.ReplyChannels
	switch {
	case draft.Callback == nil:
		d.Callback = nil
		return nil
	case draft.Callback.Secret == "":
		kept := *d.Callback
		kept.URL = draft.Callback.URL
		d.Callback = &kept
		return nil
	}
	wrapped, err := s.Wrapper.Wrap([]byte(draft.Callback.Secret), secretContext(d.ID))
	d.Callback = &Callback{URL: draft.Callback.URL, Secret: wrapped}
	return err
}

func secretContext(d DestinationID) string { return "callback secret " + string(d) }

// Public returns a destination to anybody; what is private is for the caller of the wire to leave out.
func (s *Destinations) Public(ctx context.Context, id DestinationID) (d Destination, err error) {
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		d, err = tx.Destination(id)
		return noDestination(err, id)
	})
	return d, err
}

// Get returns a destination to any known caller, and whether contact and callback are for this caller's eyes: those of
// the owner and of assigned clients.
func (s *Destinations) Get(ctx context.Context, who Caller, id DestinationID) (d Destination, private bool, err error) {
	if err := who.requireToRead(ScopeManage, ScopeSubscribe, ScopeSend); err != nil {
		return Destination{}, false, err
	}
	d, err = s.Public(ctx, id)
	return d, err == nil && d.PrivateTo(who), err
}

// PrivateTo reports whether the caller may see all of d: contact and callback too.
func (d Destination) PrivateTo(who Caller) bool {
	return d.managedBy(who) || d.Org == who.Org && who.May(RightRead) || d.AssignedTo(who.Client) && who.uses(d.ID, ScopeSubscribe) == nil
}

func (d Destination) managedBy(who Caller) bool {
	return who.uses(d.ID, ScopeManage) == nil && d.Org == who.Org
}

// List returns the destinations of the caller's organisation.
func (s *Destinations) List(ctx context.Context, who Caller, p Page) (all []Destination, total int, err error) {
	if err := who.requireToRead(ScopeManage, ScopeSubscribe); err != nil {
		return nil, 0, err
	}
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		all, total, err = tx.Destinations(who.Org, p)
		return err
	})
	return all, total, err
}

// Changed is a destination after a change.
type Changed struct {
	Destination

	// Proposed is the change of its encryption key that waits for a second person; the zero Activation is none.
	Proposed Activation
}

// Change lets edit alter what is set, checks the result as a whole, and moves the status if it was changed. Another encryption key
// takes effect at once, or is proposed, as by ActivateKey; all else is done in any case. edit may run more than once.
func (s *Destinations) Change(ctx context.Context, who Caller, id DestinationID, edit func(DestinationDraft) (DestinationDraft, error)) (changed Changed, err error) {
	if err := who.Require(ScopeManage); err != nil {
		return Changed{}, err
	}
	var (
		was Destination
		key DestinationKey
	)
	apply := func(tx Tx) error {
		changed = Changed{}
		if was, err = s.managed(tx, who, id); err != nil {
			return err
		}
		changed.Destination = was
		draft, err := edit(was.draft())
		if err != nil {
			return err
		}
		if !draft.Seen.IsZero() && !draft.Seen.Equal(was.Changed) {
			return Conflict.New("destination-changed", "somebody changed the destination meanwhile: look at it as it is now, and change it anew")
		}
		key, err = s.change(tx, &changed.Destination, draft)
		return err
	}
	err = s.decide(ctx, apply, func(tx Tx) error {
		if changed.Status == DestinationDecommissioned {
			if err := s.withdrawRoutes(tx, who, changed.Destination); err != nil {
				return err
			}
		}
		if err := s.moveKey(tx, who, was, &changed, key); err != nil {
			return err
		}
		if err := s.put(tx, changed.Destination, was.Contact); err != nil {
			return err
		}
		return s.note(tx, who, changed.Destination, "destination.changed", changed.differences(was))
	})
	if err == nil && changed.Status == DestinationDecommissioned {
		err = s.routes.Follow(ctx)
	}
	return changed, err
}

// moveKey has the encryption key that a draft named take effect, or proposes it.
func (s *Destinations) moveKey(tx Tx, who Caller, was Destination, to *Changed, key DestinationKey) error {
	if key.KID == was.EncryptionKID {
		return nil
	}
	inForce, err := was.inForce(tx, true)
	if err != nil {
		return err
	}
	c := was.change(key, inForce)
	if !s.NeedsSecond(was) {
		return s.takeEffect(tx, who, &to.Destination, c)
	}
	proposal, err := s.KeyCare.Propose(tx, who, to.Destination, c)
	to.Proposed = Activation{Destination: to.Destination, Key: key, Change: c, Proposal: proposal}
	return err
}

// change applies a draft and returns the encryption key that it names.
func (s *Destinations) change(tx Tx, d *Destination, draft DestinationDraft) (DestinationKey, error) {
	if err := draft.check(s.Callbacks, d.Callback != nil); err != nil {
		return DestinationKey{}, err
	}
	key, err := tx.DestinationKey(d.ID, draft.EncryptionKID)
	if isNoRow(err) || err == nil && !key.Encryption {
		return key, badRequest("encryptionKid must name an encryption key of the destination: add the key first, then switch to it")
	}
	if err != nil {
		return key, err
	}
	if draft.EncryptionKID != d.EncryptionKID {
		if err := s.usable(tx, *d, key); err != nil {
			return key, err
		}
	}
	if err := s.apply(d, draft); err != nil {
		return key, err
	}
	d.Changed = s.Deadline()
	used := key
	if s.NeedsSecond(*d) {
		if used, err = d.inForce(tx, true); err != nil {
			return key, err
		}
	}
	return key, s.moveTo(tx, d, draft.Status, used)
}

// moveTo applies the status machine of 4.4. Staying is always allowed.
func (s *Destinations) moveTo(tx Tx, d *Destination, to DestinationStatus, encryption DestinationKey) error {
	from := d.Status
	if to == from {
		return nil
	}
	now := s.Deadline()
	if !slices.Contains(d.nextStatuses(), to) {
		return Conflict.New("destination-state-invalid", "the status cannot change from %s to %s: allowed are created to active, active to inactive, inactive to active, and inactive to decommissioned", from, clip(string(to)))
	}
	switch to {
	case DestinationActive:
		if err := s.usable(tx, *d, encryption); err != nil {
			return err
		}
		d.InactiveSince = time.Time{}
	case DestinationInactive:
		d.InactiveSince = now
	case DestinationDecommissioned:
		if end := d.InactiveSince.Add(inactiveBeforeEnd); now.Before(end) {
			return Conflict.New("destination-state-invalid", "a destination is decommissioned after 30 days of being inactive: this one can be at or after %s", end.UTC().Format(time.RFC3339))
		}
	}
	d.Status = to
	return nil
}

// Delete removes a destination that was never active.
func (s *Destinations) Delete(ctx context.Context, who Caller, id DestinationID) error {
	if err := who.Require(ScopeManage); err != nil {
		return err
	}
	var d Destination
	deletable := func(tx Tx) (err error) {
		d, err = s.managed(tx, who, id)
		if err == nil && d.Status != DestinationCreated {
			err = Conflict.New("destination-state-invalid", "the destination is %s; only one that is still %s can be deleted", d.Status, DestinationCreated)
		}
		return err
	}
	if err := s.decide(ctx, deletable, func(tx Tx) error {
		if err := s.withdrawRoutes(tx, who, d); err != nil {
			return err
		}
		if err := s.remove(tx, d); err != nil {
			return err
		}
		return s.note(tx, who, d, "destination.deleted", d.Name)
	}); err != nil {
		return err
	}
	return s.routes.Follow(ctx)
}

// remove deletes a destination with its keys.
func (s *Destinations) remove(tx Tx, d Destination) error {
	if s.KeyCare.Deleted != nil {
		if err := s.KeyCare.Deleted(tx, d); err != nil {
			return err
		}
	}
	return tx.DeleteDestination(d.ID)
}

// managed returns a destination of the caller's organisation. Programs are told that there is a foreign one, as the wire contract has it, people
// are not.
func (s *Destinations) managed(tx Tx, who Caller, id DestinationID) (Destination, error) {
	d, err := tx.Destination(id)
	if err != nil {
		return d, noDestination(err, id)
	}
	if !d.managedBy(who) && who.Client == "" {
		return d, noDestination(ErrNoRow, id)
	}
	if !d.managedBy(who) {
		return d, Forbidden.New("forbidden", "the destination belongs to another organisation")
	}
	return d, nil
}

// Assign lets a subscriber client of the same organisation fetch from the destination.
func (s *Destinations) Assign(ctx context.Context, who Caller, id DestinationID, client ClientID) error {
	if err := who.Require(ScopeManage); err != nil {
		return err
	}
	var d Destination
	assignable := func(tx Tx) (err error) {
		if d, err = s.managed(tx, who, id); err != nil {
			return err
		}
		c, err := tx.Client(client)
		if isNoRow(err) || err == nil && (c.Org != d.Org || c.Kind != Subscriber) {
			return badRequest("%s is not a subscriber client of this organisation", client)
		}
		return err
	}
	return s.decide(ctx, assignable, func(tx Tx) error {
		if d.AssignedTo(client) {
			return nil
		}
		d.Clients = append(d.Clients, client)
		if err := tx.PutDestination(d); err != nil {
			return err
		}
		return s.note(tx, who, d, "destination.client-assigned", string(client))
	})
}
