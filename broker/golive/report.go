package golive

import (
	"context"
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/attest"
)

// Report signs the checklist of a client or a destination as it is now. It costs a private-key operation.
func (s *Service) Report(ctx context.Context, who broker.Caller, id string) (attest.SignedReadiness, error) {
	c, err := s.Get(ctx, who, id)
	if err != nil {
		return attest.SignedReadiness{}, err
	}
	var org broker.Org
	if err := s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		org, err = tx.Org(c.Subject.Org)
		return err
	}); err != nil {
		return attest.SignedReadiness{}, err
	}
	r := attest.Readiness{
		Version: attest.ReadinessVersion, Issuer: s.cfg.Portal, IssuedAt: s.cfg.Now().Unix(), ID: broker.NewID[string](), Environment: s.cfg.Environment,
		Org: attest.ReadinessOrg{ID: string(org.ID), Name: org.Name},
		Subject: attest.ReadinessSubject{
			Kind: string(c.Subject.Kind), ID: c.Subject.ID, Name: c.Subject.Name, Digest: c.Subject.Digest,
		},
		Complete: c.Complete(),
	}
	for _, i := range c.Items {
		r.Points = append(r.Points, i.attested())
	}
	return s.sign(r)
}

// sign signs by the portal's current key and says which it was.
func (s *Service) sign(r attest.Readiness) (attest.SignedReadiness, error) {
	signed := attest.SignedReadiness{Report: r}
	kid, signer, err := s.cfg.Keyring.Current(broker.PortalKeys)
	if err != nil {
		return signed, err
	}
	for _, k := range s.cfg.Keyring.All(broker.PortalKeys) {
		if k.KID == kid {
			signed.Keys.Keys = append(signed.Keys.Keys, k.Public)
		}
	}
	if signed.Signature, err = attest.SignReadiness(r, kid, signer); err != nil {
		return signed, fmt.Errorf("report on %s: %w", r.Subject.ID, err)
	}
	return signed, nil
}

func (i Item) attested() attest.ReadinessPoint {
	p := attest.ReadinessPoint{
		Point: string(i.Point), Title: i.Title, Source: string(i.Source), State: string(i.State), Required: i.Required,
		Why: i.Why(), By: i.By, Note: i.Note, Link: i.Link,
	}
	if !i.At.IsZero() {
		p.At = i.At.UTC().Format(time.RFC3339)
	}
	if i.Shown.Type != "" {
		p.Evidence = &attest.ReadinessEvidence{Type: i.Shown.Type, ID: i.Shown.ID}
	}
	return p
}
