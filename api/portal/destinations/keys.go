package destinations

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/crypto/keys"
)

// shownKey is a key with what its certificates say.
type shownKey struct {
	keycare.Key
	Chain    []certificate
	URL      string // of its destination
	Name     string // of its destination
	Activate string // address; "": it cannot take effect
	Needed   bool   // its private half is
	Ends     bool   // soon
}

type certificate struct {
	Subject, Issuer string
	Until           time.Time
}

func showKey(v *page.Visit, k keycare.Key) (shownKey, error) {
	shown := shownKey{Key: k, URL: at(v, k.Destination.ID), Name: nameOf(v, k.Destination), Ends: ends(v, k.Expires)}
	shown.Needed, _ = k.PrivateNeeded()
	if v.May(broker.RightDraft) && k.State != broker.DestinationKeyCurrent && !k.Revoked() {
		shown.Activate = shown.URL + "/keys/" + url.PathEscape(k.KID) + "/activate"
	}
	public, err := keys.ParsePublic(k.JWK)
	for _, c := range public.Chain {
		shown.Chain = append(shown.Chain, certificate{c.Subject.String(), c.Issuer.String(), c.NotAfter})
	}
	return shown, err
}

func showKeys(v *page.Visit, all []keycare.Key) (shown []shownKey, err error) {
	shown = make([]shownKey, len(all))
	for i, k := range all {
		if shown[i], err = showKey(v, k); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

// withins are the days within which certificates end that one may ask for.
var withins = []int{30, 90, 365}

// radar is all keys of an organisation, or those that end soon.
func (s *Service) radar(v *page.Visit) error {
	within, _ := strconv.Atoi(v.QueryParam("within")) // what is none is all
	all, more, err := s.Keys.Keys(v.Request().Context(), v.Who(), v.Org(), max(0, within), v.Page())
	if err != nil {
		return err
	}
	shown, err := showKeys(v, all)
	if err != nil {
		return err
	}
	return v.Show("radar", page.View{Title: v.T("radar.title"), Wide: true, Data: map[string]any{
		"Keys": shown, "Pager": v.Uncounted(len(all), more), "Within": within, "Withins": withins, "Many": true,
	}})
}

// keys is the keys of one destination.
func (s *Service) keys(v *page.Visit) error {
	sum, err := s.asked(v)
	if err != nil {
		return err
	}
	all, total, err := s.Keys.Of(v.Request().Context(), v.Who(), sum.ID, v.Page())
	if err != nil {
		return err
	}
	shown, err := showKeys(v, all)
	if err != nil {
		return err
	}
	return v.Show("keys", page.View{Title: v.T("keys.title"), Crumbs: crumbs(v, sum.Destination), Wide: true, Data: map[string]any{
		"Keys": shown, "Pager": v.Pager(len(all), total), "URL": at(v, sum.ID), "MayDraft": v.May(broker.RightDraft), "Many": false,
	}})
}

func (s *Service) keyForm(v *page.Visit) (broker.Destination, *page.Form, error) {
	sum, err := s.asked(v)
	f := v.Form("key",
		page.Radio("use", string(keys.Encryption), string(keys.Signature)).Is(string(keys.Encryption)).Require(),
		page.Area("key").Lines(8).Typewritten(),
		page.File("file", ".json,.jwk,.pem,.crt,.cer,application/json,application/x-pem-file")).Or(at(v, sum.ID) + "/keys")
	return sum.Destination, f, err
}

func (s *Service) askKey(v *page.Visit) error {
	d, f, err := s.keyForm(v)
	if err != nil {
		return err
	}
	return s.showKeyForm(v, d, f)
}

func (s *Service) showKeyForm(v *page.Visit, d broker.Destination, f *page.Form) error {
	return v.Show("key-new", page.View{Title: v.T("key.title"), Crumbs: keyCrumbs(v, d),
		Form: f, Scripts: []string{"keys.js"}, Data: map[string]any{"SelfSigned": s.selfSigned(), "Organisation": d.Contact.LegalName}})
}

func (s *Service) addKey(v *page.Visit) error {
	d, f, err := s.keyForm(v)
	if err != nil {
		return err
	}
	f.Read()
	show := func() error { return s.showKeyForm(v, d, f) }
	file, err := f.Content("file")
	if err != nil {
		return err
	}
	text := cmp.Or(strings.TrimSpace(string(file)), f.Value("key"))
	if text == "" && !f.Failed() {
		f.Wrong("key", v.T("wrong.key.none"))
	}
	jwk := readKey(v, f, "key", text, keys.Use(f.Value("use")))
	if f.Failed() {
		return show()
	}
	added, err := s.Destinations.AddKey(v.Request().Context(), v.Who(), d.ID, jwk)
	if err != nil {
		return refuse(f.At("key-not-allowed", "key").At("key-exists", "key"), err, show)
	}
	return v.Done(at(v, d.ID)+"/keys", "key.done", added.KID)
}

// activating is the question whether a key shall take effect.
type activating struct {
	Key      shownKey
	InForce  string // kid of the one that it replaces
	TakesTwo bool   // a second person has to agree

	destination broker.Destination
	form        *page.Form
}

func (s *Service) activating(v *page.Visit) (a activating, err error) {
	sum, err := s.asked(v)
	if err != nil {
		return a, err
	}
	a.destination = sum.Destination
	kid, err := url.PathUnescape(v.Param("kid"))
	if err != nil {
		kid = v.Param("kid")
	}
	key, err := s.Destinations.Key(v.Request().Context(), sum.ID, kid)
	if err != nil {
		return a, err
	}
	a.InForce = sum.SigningKID
	if key.Encryption {
		a.InForce = sum.EncryptionKID
	}
	a.TakesTwo = s.Destinations.NeedsSecond(sum.Destination)
	a.form = v.Form("activate").Or(at(v, sum.ID) + "/keys")
	a.Key, err = showKey(v, keycare.Key{DestinationKey: key, Destination: sum.Destination, State: key.State(sum.Destination)})
	return a, err
}

func (a activating) show(v *page.Visit) error {
	return v.Show("activate", page.View{Title: v.T("activate.title"), Crumbs: keyCrumbs(v, a.destination), Form: a.form, Data: a})
}

// keyCrumbs lead to a page of one of a destination's keys.
func keyCrumbs(v *page.Visit, d broker.Destination) []page.Crumb {
	return append(crumbs(v, d), page.Crumb{Text: v.T("keys.title"), Path: at(v, d.ID) + "/keys"})
}

func (s *Service) askActivate(v *page.Visit) error {
	a, err := s.activating(v)
	if err != nil {
		return err
	}
	return a.show(v)
}

func (s *Service) activate(v *page.Visit) error {
	a, err := s.activating(v)
	if err != nil {
		return err
	}
	done, err := s.Destinations.ActivateKey(v.Request().Context(), v.Who(), a.destination.ID, a.Key.KID, "")
	if err != nil {
		return refuse(a.form, err, func() error { return a.show(v) })
	}
	if done.Proposal != "" {
		return v.Done(at(v, a.destination.ID)+"/keys", "activate.proposed")
	}
	return v.Done(at(v, a.destination.ID)+"/keys", "activate.done")
}
