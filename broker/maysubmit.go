package broker

import "context"

// MaySubmit refuses, before anything of the content is there, what Submit would refuse whatever the content is. It is for callers to whom
// content is dear: that it returns nil promises nothing.
func (s Exchange) MaySubmit(ctx context.Context, who Caller, id SubmissionID) error {
	if err := s.requireAuthor(who); err != nil {
		return err
	}
	return s.Store.View(ctx, func(tx Tx) error {
		sub, err := s.own(tx, who, id)
		if err != nil {
			return err
		}
		w := submitting{s: s, who: who, id: id, digest: sub.Digest} // the content may be the same again
		return w.load(tx)
	})
}
