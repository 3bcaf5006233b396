package broker

import (
	"context"
	"slices"
	"time"
)

// settled is how long after a key's time no transaction runs any more that began within it.
const settled = 10 * time.Minute

// RetireKey notes, where it is so, that nothing that waits at its destination is sealed for a key, and nothing more will be. It is for the
// background, and may be repeated.
//
// What is sealed for the key is looked for where it is: in the two inboxes of the destination, in which submissions and replies wait until they
// are decided on. No counter is kept, since every upload would have to change it, while this is asked a few times in the life of a key. It is
// correct because nothing joins the inboxes that is sealed for the key after its time (stillTaken), so one look after that is
// enough. Each page is a read transaction of its own, the last page first: what is decided on meanwhile moves others to earlier pages, never to later ones.
func (s *Destinations) RetireKey(ctx context.Context, id DestinationID, kid string) (retired bool, err error) {
	var key DestinationKey
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		key, err = tx.DestinationKey(id, kid)
		return err
	}); err != nil {
		return false, noDestination(err, id)
	}
	if !s.pastIts(key) {
		return !key.Retired.IsZero(), nil
	}
	waits, err := s.anySealedFor(ctx, key)
	if err != nil || waits {
		return false, err
	}
	return s.retire(ctx, key)
}

// pastIts reports whether nothing more is taken for the key, and it is not retired yet.
func (s *Destinations) pastIts(key DestinationKey) bool {
	return key.Encryption && !key.Replaced.IsZero() && key.Retired.IsZero() && !s.Deadline().Before(s.EndOfKey(key))
}

// EndOfKey returns from when on it can be seen whether a key that was replaced is done with.
func (s *Destinations) EndOfKey(key DestinationKey) time.Time {
	return key.Replaced.Add(s.KeyCare.Overlap + settled)
}

// retire writes it, unless the key was put into force again meanwhile.
func (s *Destinations) retire(ctx context.Context, seen DestinationKey) (retired bool, err error) {
	err = s.Store.Update(ctx, func(tx Tx) error {
		retired = false
		key, err := tx.DestinationKey(seen.Destination, seen.KID)
		if err != nil || !key.Replaced.Equal(seen.Replaced) || !key.Retired.IsZero() {
			return err
		}
		d, err := tx.Destination(key.Destination)
		if err != nil {
			return err
		}
		key.Retired, retired = s.Deadline(), true
		if err := tx.PutDestinationKey(key); err != nil {
			return err
		}
		return s.note(tx, Operator(d.Org), d, "destination.key-retired", key.KID)
	})
	return retired, err
}

func (s *Destinations) anySealedFor(ctx context.Context, key DestinationKey) (found bool, err error) {
	from := []Inbox{SubmissionsAt(key.Destination), RepliesAt(key.Destination)}
	read := func(p Page) (total int, err error) {
		err = s.Store.View(ctx, func(tx Tx) error {
			page, n, err := tx.Waiting(from, p)
			total, found = n, false
			for i := 0; i < len(page) && err == nil && !found; i++ {
				found, err = page[i].sealedFor(tx, key)
			}
			return err
		})
		return total, err
	}
	total, err := read(Page{Limit: 1})
	for offset := (total - 1) / MaxPage * MaxPage; offset >= 0 && err == nil && !found; offset -= MaxPage {
		_, err = read(Page{Offset: offset, Limit: MaxPage})
	}
	return found, err
}

// sealedFor reports whether a part of the submission is sealed for the key.
func (s Submission) sealedFor(tx Tx, key DestinationKey) (bool, error) {
	names := func(part Sealed) bool { return part.KID == key.KID || part.KID == key.Thumbprint }
	if names(s.Metadata) || s.Data.Body.Present() && names(s.Data) {
		return true, nil
	}
	if len(s.Announced) == 0 {
		return false, nil
	}
	attachments, err := tx.Attachments(s.ID)
	return slices.ContainsFunc(attachments, func(a Attachment) bool { return names(a.Sealed) }), err
}
