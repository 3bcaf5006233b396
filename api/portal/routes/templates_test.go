package routes_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// content is the form of a template that lacks nothing.
func content() url.Values {
	return url.Values{
		"name": {"Gewerbe <online>"}, "services": {"Gewerbe anmelden"}, "schemas": {"https://schema.example/1"}, "languages": {"de, en"},
		"privacy": {"https://office.example/privacy"}, "fees.de": {"20 Euro"}, "fees.en": {"20 euros"}, "legal.de": {"GewO"}, "legal.en": {"GewO"},
	}
}

// part is what an authority says of itself, complete.
func (w *world) part() url.Values {
	return url.Values{
		"name": {"Stadt Musterhausen"}, "destination": {string(w.desk)}, "regions": {"München"}, "contactName": {"Ada"}, "contactEmail": {"ada@office.example"},
	}
}

func TestTemplateFromADraftToAnswers(t *testing.T) {
	t.Parallel()
	w := start(t)
	b := w.Person(t, broker.RoleDeveloper)
	path := b.Home + "/templates/new"
	b.Get(b.Home+"/templates").Want(200, "hat keine Vorlage")
	send(b, path, b.Get(path), url.Values{"name": {""}}).Want(422, "Bitte füllen Sie dieses Feld aus")
	bad := content()
	bad.Set("languages", "de, klingon!")
	send(b, path, b.Get(path), bad).Want(422, "klingon")
	poor := content()
	poor.Del("fees.en")
	poor.Set("services", "")
	made := send(b, path, b.Get(path), poor).Want(200, "als Entwurf gespeichert", "Gewerbe &lt;online&gt;", "Mindestens eine Leistung", "Gebühren in allen Sprachen")
	at := strings.TrimPrefix(made.URL.Path, "/portal")
	send(b, at+"/open", b.Get(at), url.Values{}).Want(422, "Es fehlen noch Angaben")
	send(b, at+"/edit", b.Get(at+"/edit").Want(200, "20 Euro"), content()).Want(200, "Die Vorlage ist geändert").Lacks("Das fehlt noch")
	send(b, at+"/open", b.Get(at), url.Values{"comment": {"first"}}).Want(200, "offen zum Übernehmen", "Version 1")
	send(b, at+"/delete", b.Get(at), url.Values{}).Want(422)

	adopt := b.Home + "/adoptions/new?template=" + at[strings.LastIndex(at, "/")+1:]
	b.Get(b.Home+"/templates?offered=yes").Want(200, "Gewerbe &lt;online&gt;")
	adopted := send(b, adopt, b.Get(adopt), url.Values{"regions": {"DE09162"}}).Want(200, "Die Vorlage ist übernommen", "unvollständig", "Eine Ansprechperson").Lacks("Online gehen<")
	mine := strings.TrimPrefix(adopted.URL.Path, "/portal")
	send(b, mine+"/edit", b.Get(mine+"/edit").Want(200, "DE09162"), w.part()).Want(200, "Die Angaben sind gespeichert", "Ada", "Neu: 1")
	b.Lang = "en"
	send(b, mine+"/online", b.Get(mine).Want(200, "Go online"), url.Values{}).Want(200, "The adoption is online")
	b.Get(b.Home+"/routes").Want(200, "of a template")
	changed := w.part()
	changed.Set("regions", "München\nHamburg")
	send(b, mine+"/edit", b.Get(mine+"/edit"), changed).Want(200, "The details are kept", "Hamburg")
	send(b, mine+"/offline", b.Get(mine), url.Values{}).Want(200, "The adoption is offline")
	send(b, mine+"/leave", b.Get(mine), url.Values{}).Want(200, "The adoption has ended", "left")

	send(b, at+"/close", b.Get(at).Want(200, "Stadt Musterhausen"), url.Values{}).Want(200, "The template is closed")
	more := content()
	more.Set("fees.de", "30 Euro")
	more.Set("comment", "dearer")
	send(b, at+"/edit", b.Get(at+"/edit"), more).Want(200, "30 Euro")
	send(b, at+"/versions", b.Get(at+"/versions").Want(200, "dearer", "20 Euro"), url.Values{"version": {"1"}}).Want(200, "20 Euro", "Version 1 is in force again")
	send(b, at+"/versions", b.Get(at+"/versions"), url.Values{"version": {"99"}}).Want(404)
	send(b, at+"/edit", b.Get(at+"/edit"), url.Values{"name": {"X"}, "services": {dogs}, "languages": {"de"}}).Want(422, "do not change once it was adopted")

	stranger := w.PersonOf(t, w.Organisation(t, "Fremd"), broker.RoleOwner)
	for _, path := range []string{mine, mine + "/edit", at + "/edit", at + "/versions"} {
		stranger.Get(path).Want(404)
		stranger.Get(strings.Replace(path, string(w.Org), strings.TrimPrefix(stranger.Home, "/orgs/"), 1)).Want(404)
	}
}

// Where it takes two, opening a template and going online are proposals, and their pages say what they do.
func TestTemplatesTakeTwo(t *testing.T) {
	t.Parallel()
	w := start(t, fourEyes)
	_, err := w.Node.Publication.Grant(t.Context(), broker.Operator(""), w.Org, nil, "DE")
	must(t, err)
	b, second := w.Person(t, broker.RoleDeveloper), w.Person(t, broker.RoleOperator)
	made := send(b, b.Home+"/templates/new", b.Get(b.Home+"/templates/new"), content()).Want(200)
	at := strings.TrimPrefix(made.URL.Path, "/portal")
	release := func(proposed string) {
		shown := second.Get(proposed).Want(200, "Was die Freigabe bewirkt")
		send(second, proposed+"/release", shown, url.Values{"digest": {digest(shown)}}).Want(200, "ist freigegeben")
	}
	release(strings.TrimPrefix(send(b, at+"/open", b.Get(at), url.Values{}).Want(200, "wartet auf die Freigabe", "Gewerbe anmelden", "20 Euro").URL.Path, "/portal"))
	adopt := b.Home + "/adoptions/new?template=" + at[strings.LastIndex(at, "/")+1:]
	mine := strings.TrimPrefix(send(b, adopt, b.Get(adopt), w.part()).Want(200).URL.Path, "/portal")
	proposed := strings.TrimPrefix(send(b, mine+"/online", b.Get(mine), url.Values{}).Want(200, "wartet auf die Freigabe", "München").URL.Path, "/portal")
	b.Get(mine).Want(200, "ein Vorschlag wartet", proposed)
	release(proposed)
	b.Get(b.Home+"/adoptions").Want(200, "Stadt Musterhausen", "online")
}
