package destinations

import (
	"encoding/json"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Fields of keys.
const (
	encryptionField = "encryptionKey"
	signingField    = "signingKey"
)

// firstVersion is what a destination understands of metadata unless it says otherwise.
const firstVersion = "2.1.0"

func newForm(v *page.Visit) *page.Form {
	fields := basics(broker.DestinationDraft{})
	fields = append(fields, offered(v, broker.OfferedService{})...)
	fields = append(fields, technics(broker.DestinationDraft{MetadataVersions: []string{firstVersion}})...)
	fields = append(fields,
		page.Area(encryptionField).Require().Lines(6).Typewritten(),
		page.Area(signingField).Require().Lines(6).Typewritten())
	f := v.Form("destination", fields...).Or(v.Home() + "/destinations")
	f.Submit = v.T("new.submit")
	return f
}

func (s *Service) askNew(v *page.Visit) error { return s.showNew(v, newForm(v)) }

func (s *Service) showNew(v *page.Visit, f *page.Form) error {
	return v.Show("new", page.View{
		Title: v.T("new.title"), Crumbs: []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("list.title"), Path: v.Home() + "/destinations"}},
		Form: f, Scripts: []string{"check.js", "keys.js"}, Data: map[string]any{"SelfSigned": s.selfSigned(), "Organisation": f.Value("legalName")},
	})
}

// selfSigned reports whether certificates that the owner of a key signed are enough here.
func (s *Service) selfSigned() bool { return s.Destinations.Policy.SelfSigned() }

// read reads the form of a new destination and has the service check it.
func (s *Service) readNew(v *page.Visit, f *page.Form) (n broker.NewDestination, err error) {
	f.Read()
	readBasics(f, &n.DestinationDraft)
	readTechnics(f, &n.DestinationDraft)
	n.Services = []broker.OfferedService{readOffer(f)}
	n.Encryption = readKey(v, f, encryptionField, f.Value(encryptionField), keys.Encryption)
	n.Signing = readKey(v, f, signingField, f.Value(signingField), keys.Signature)
	n.EncryptionKID = kidOf(n.Encryption)
	found, err := s.Destinations.CheckNew(v.Request().Context(), v.Who(), n)
	if err == nil {
		tell(v, f, found)
	}
	return n, err
}

func kidOf(jwk json.RawMessage) string {
	public, err := keys.ParsePublic(jwk)
	if err != nil {
		return ""
	}
	return public.KID
}

func (s *Service) checkNew(v *page.Visit) error {
	f := newForm(v)
	if _, err := s.readNew(v, f); err != nil {
		return err
	}
	return report(v, f)
}

func (s *Service) make(v *page.Visit) error {
	f := newForm(v)
	show := func() error { return s.showNew(v, f) }
	n, err := s.readNew(v, f)
	switch {
	case err != nil:
		return refuse(f, err, show)
	case f.Failed():
		return show()
	}
	d, err := s.Destinations.Create(v.Request().Context(), v.Who(), n.DestinationDraft, n.Encryption, n.Signing)
	if err != nil {
		return refuse(f, err, show)
	}
	return v.Done(at(v, d.ID), "new.done")
}
