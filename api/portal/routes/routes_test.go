package routes_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

func TestRouteGoesFromAFormToARevision(t *testing.T) {
	t.Parallel()
	w := start(t)
	b := w.Person(t, broker.RoleDeveloper)
	b.Get(b.Home+"/routes").Want(200, "noch keine Route veröffentlicht", "Neue Route", "Entwurf (0 Änderungen)")
	w.draw(b, w.filled("muenchen", "Gewerbe anmelden\n99102013104000", "München\nDE05515 06")).Want(200, "Die Route muenchen ist im Entwurf gespeichert")
	b.Get(b.Home+"/routes/edit?key=muenchen").Want(200, "DE09162", trade, "Bitte &lt;b&gt;Ausweis", "ada@office.example")
	review := b.Get(b.Home+"/routes/draft/review").Want(200, "Neu: 1, geändert: 0", "München", "DE09162", "Jetzt veröffentlichen")
	review.Lacks("Vier-Augen")
	published := publishDraft(b).Want(200, "Veröffentlicht als Revision 1", "because")
	if !strings.HasSuffix(published.URL.Path, "/routes/history/1") {
		t.Errorf("led to %s", published.URL)
	}
	b.Get(b.Home+"/routes").Want(200, "Anzahl der Routen: 1", "Amt muenchen", "Gewerbeamt", "Entwurf (0 Änderungen)")
	b.Get(b.Home+"/routes/show?key=muenchen").Want(200, "Ada", "Im Entwurf ändern")

	b.Lang = "en"
	b.Get(b.Home+"/routes").Want(200, "Number of routes: 1", "Draft (0 changes)")
	b.Get(b.Home+"/routes/preview?service=99050012104000&region=DE09162&at=2027-01-01").Want(200, "your organisation", "With what is published")
	b.Get(b.Home+"/routes/preview?service=99050012104000&region=Nirgends").Want(200, "cannot be found")
	b.Get(b.Home+"/coverage").Want(200, "by area")
	b.Get(b.Home+"/coverage?service="+trade).Want(200, "Bayern")
	b.Get(b.Home+"/coverage/gaps?service="+trade).Want(200, "There is no gap")
	b.Get(b.Home+"/routes/history").Want(200, "Revision 1", "because")
}

// Somebody publishes meanwhile: the page says so, shows how it is now, and keeps the draft; agreeing to that publishes it.
func TestStaleReviewIsAskedAgain(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.publish(t, w.Org, w.desk, "a", "DE05515")
	b := w.Person(t, broker.RoleDeveloper)
	w.draw(b, w.filled("a", trade, "DE08")).Want(200)
	path := b.Home + "/routes/draft/review"
	page := b.Get(path).Want(200, "geändert: 1", "DE08").Lacks("Diese Routen hat jemand geändert")
	seen := digest(page)
	w.publish(t, w.Org, w.desk, "a", "DE06")
	again := send(b, path, page, url.Values{"digest": {seen}, "comment": {"typed"}}).Want(422, "Es wurde nichts veröffentlicht", "Diese Routen hat jemand geändert", "typed", "DE06")
	if digest(again) == seen {
		t.Error("the form asks for the same digest again")
	}
	send(b, path, again, url.Values{"digest": {digest(again)}, "comment": {"typed"}}).Want(200, "Veröffentlicht als Revision 3")
}

// A form that is sent twice, by a second click or from another window, publishes once.
func TestDoubleSubmitPublishesOnce(t *testing.T) {
	t.Parallel()
	w := start(t)
	b := w.Person(t, broker.RoleOwner)
	w.draw(b, w.filled("a", trade, "DE05515")).Want(200)
	path := b.Home + "/routes/draft/review"
	one, two := b.Get(path), b.Get(path)
	form := url.Values{"digest": {digest(one)}}
	send(b, path, one, form).Want(200, "Veröffentlicht als Revision 1")
	send(b, path, one, form).Want(409, "bereits abgesendet")
	send(b, path, two, form).Want(404, "Es gibt keinen Entwurf mehr", "Historie")
	b.Get(path).Want(200, "Es gibt keinen Entwurf")
	_, total, err := w.Node.Publication.History(t.Context(), broker.Operator(w.Org), w.Org, broker.Page{Limit: 1})
	must(t, err)
	if total != 1 {
		t.Errorf("got %d revisions, want 1", total)
	}
}

// Errors keep a draft from being published, warnings have to be acknowledged; both are told in plain words.
func TestReviewTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := start(t)
	b := w.Person(t, broker.RoleDeveloper)
	w.draw(b, w.filled("Not A Key", trade, "DE05515")).Want(200)
	b.Get(b.Home+"/routes/draft/review").Want(200, "Fehler: Eine Angabe hat nicht die erwartete Form", "kann der Entwurf nicht veröffentlicht werden").Lacks("Jetzt veröffentlichen")
	send(b, b.Home+"/routes/draft", b.Get(b.Home+"/routes/draft"), url.Values{"do": {"drop"}, "key": {"Not A Key"}}).Want(200, "Der Entwurf ist leer")

	w.draw(b, w.filled("a", trade, "DE99")).Want(200)
	page := b.Get(b.Home+"/routes/draft/review").Want(200, "Warnung: Das Gebiet steht nicht im Gebietskatalog")
	send(b, b.Home+"/routes/draft/review", page, url.Values{"digest": {digest(page)}}).Want(422, "Bitte bestätigen Sie")
	publishDraft(b, "agree").Want(200, "Veröffentlicht als Revision 1")
}

func TestFormSaysWhatToDo(t *testing.T) {
	t.Parallel()
	w := start(t)
	b := w.Person(t, broker.RoleDeveloper)
	for name, c := range map[string]struct {
		change url.Values
		want   string
	}{
		"nothing":              {url.Values{"key": {""}, "name": {""}, "services0": {""}, "regions0": {""}}, "Bitte füllen Sie dieses Feld aus"},
		"no destination":       {url.Values{"destination": {"x"}}, "eine der angebotenen Möglichkeiten"},
		"another's":            {url.Values{"destination": {string(w.destination(t, w.Organisation(t, "Fremd"), "Fremdes Amt"))}}, "eine der angebotenen Möglichkeiten"},
		"no service":           {url.Values{"services0": {"<script>alert(1)</script>"}}, "im Katalog nicht zu finden"},
		"several":              {url.Values{"regions0": {"Neustadt"}}, "nicht eindeutig"},
		"a priority":           {url.Values{"priority": {"'; DROP TABLE routes; --"}}, "ganze Zahl"},
		"a time":               {url.Values{"from": {"tomorrow"}}, "Datum wie 2027-01-01"},
		"right to left":        {url.Values{"name": {"Amt\u202egpj.exe"}}, "unerlaubte Zeichen"},
		"too long":             {url.Values{"services0": {strings.Repeat("9", 200_000)}}, "höchstens"},
		"no address":           {url.Values{"privacy": {"javascript:alert(1)"}}, "https://"},
		"a control character":  {url.Values{"contactName": {"A\x00da"}}, "unerlaubte Zeichen"},
		"a state there is not": {url.Values{"state": {"x"}}, "eine der angebotenen Möglichkeiten"},
	} {
		form := w.filled("a", trade, "DE05515")
		for field, value := range c.change {
			form[field] = value
		}
		a := w.draw(b, form)
		if a.Status != 422 || !has(a, c.want) || has(a, "<script>alert") || has(a, "⟦") {
			t.Errorf("%s: got %d, want %q on the page", name, a.Status, c.want)
		}
	}
	b.Get(b.Home+"/routes/draft").Want(200, "Der Entwurf ist leer")
}

func TestFilesGoIntoTheDraft(t *testing.T) {
	t.Parallel()
	w := start(t)
	b := w.Person(t, broker.RoleDeveloper)
	w.draw(b, w.filled("keeps-texts", trade, "DE05515")).Want(200)
	publishDraft(b).Want(200)
	table := b.Get(b.Home + "/routes/csv?region=DE05").Want(200).Body
	if !strings.HasPrefix(table, "key,destination,name,") || !strings.Contains(table, "keeps-texts,"+string(w.desk)) {
		t.Fatalf("got %q", table)
	}
	table = strings.ReplaceAll(table, "DE05515", "DE08") + "\nnew," + string(w.desk) + ",Neues Amt,99102013104000,06,,,,,\n"
	w.upload(b, "some", table).Want(200, "2 anlegen oder ändern, 0 löschen")
	b.Get(b.Home+"/routes/draft/review").Want(200, "Neu: 1, geändert: 1, gelöscht: 0", "DE08")
	publishDraft(b).Want(200)
	r, err := w.Node.Publication.Route(t.Context(), broker.Operator(w.Org), w.Org, "keeps-texts")
	must(t, err)
	if len(r.Info.Further) != 1 || r.Coverage[0].Regions[0] != "DE08" {
		t.Errorf("got %+v", r)
	}
	w.upload(b, "all", "key;destination;name;service;region\nnew;"+string(w.desk)+";Neues Amt;99102013104000;06\n").Want(200, "0 anlegen oder ändern, 1 löschen")
	w.upload(b, "some", `{"put":[{"key":"j","destinationId":"`+string(w.desk)+`","name":"J","coverage":[{"services":["`+trade+`"],"regions":["DE07"]}]}]}`).Want(200, "1 anlegen oder ändern")
	b.Get(b.Home+"/routes/draft/review").Want(200, "Neu: 1, geändert: 0, gelöscht: 1")
	for content, want := range map[string]string{
		"":                            "nicht leer",
		"key,destination\n":           "Tabelle kann nicht gelesen werden",
		"{":                           "JSON kann nicht gelesen werden",
		strings.Repeat("\x00", 1<<20): "kann nicht gelesen werden",
		"key,destination,name,service,region,schema,priority\na,b,c,d,e,,much\n": "line 2",
	} {
		if a := w.upload(b, "some", content); a.Status != 422 || !has(a, want) {
			t.Errorf("%.30q: got %d, want %q", content, a.Status, want)
		}
	}
	send(b, b.Home+"/routes/draft", b.Get(b.Home+"/routes/draft"), url.Values{"do": {"discard"}}).Want(200, "verworfen")
}

func TestHistoryLeadsBack(t *testing.T) {
	t.Parallel()
	w := start(t)
	b := w.Person(t, broker.RoleDeveloper)
	w.publish(t, w.Org, w.desk, "a", "DE05515")
	w.publish(t, w.Org, w.desk, "a", "DE06")
	w.publish(t, w.Org, w.desk, "b", "DE07")
	list := b.Get(b.Home+"/routes/history").Want(200, "Revision 3")
	if strings.Index(list.Body, "Revision 3") > strings.Index(list.Body, "Revision 2") {
		t.Error("the last revision is not the first of the list")
	}
	b.Get(b.Home+"/routes/history/2").Want(200, "hinzu:", "DE06", "entfällt:", "DE05515", "Zu dieser Revision zurückkehren")
	b.Get(b.Home+"/routes/history/3").Want(200, "Diese Revision rückgängig machen")
	for _, n := range []string{"7", "x", "-1", "99999999999999999999"} {
		b.Get(b.Home + "/routes/history/" + n).Want(404)
		b.Get(b.Home + "/routes/history/" + n + "/rollback").Want(404)
	}
	path := b.Home + "/routes/history/1/rollback"
	page := b.Get(path).Want(200, "geändert: 1, gelöscht: 1", "DE05515")
	send(b, path, page, url.Values{"comment": {"<b>oops"}}).Want(200, "Veröffentlicht als Revision 4", "&lt;b&gt;oops")
	b.Get(b.Home+"/routes/history/1/rollback").Want(200, "Die Routen sind schon so")
}

func TestChosenRoutesAreTurned(t *testing.T) {
	t.Parallel()
	w := start(t)
	b := w.Person(t, broker.RoleDeveloper)
	w.publish(t, w.Org, w.desk, "a", "DE05515")
	w.publish(t, w.Org, w.desk, "b", "DE06")
	path := b.Home + "/routes"
	send(b, path, b.Get(path), url.Values{"do": {"offline"}}).Want(422, "mindestens eine Route")
	send(b, path, b.Get(path), url.Values{"do": {"offline"}, "keys": {"a"}, "comment": {"flood"}}).Want(200, "Offline genommene Routen: 1")
	b.Get(path+"?offline=yes").Want(200, "Anzahl der Routen: 1", "Amt a").Lacks("Amt b")
	send(b, path, b.Get(path), url.Values{"do": {"online"}, "keys": {"a", "b"}}).Want(200, "Online genommene Routen: 1")
	send(b, path, b.Get(path), url.Values{"do": {"online"}, "keys": {"x"}}).Want(404)
	b.Get(path+"?region=Bayern").Want(200, "Keine Route passt")
	b.Get(path+"?service=%3Cscript%3E").Want(200, "im Katalog nicht zu finden").Lacks("<script>")
	reader := w.Person(t, broker.RoleReader)
	reader.Get(path).Want(200, "Amt a").Lacks("Offline nehmen", "Neue Route")
}

func TestTerritoryIsGivenAndAgreedTo(t *testing.T) {
	t.Parallel()
	w := start(t)
	operator, owner := w.Operator(t), w.Person(t, broker.RoleOwner)
	other := w.Organisation(t, "Kreis Steinfurt")
	path := operator.Home + "/territory/grant"
	send(operator, path, operator.Get(path).Want(200), url.Values{"region": {"Bayern"}, "services": {trade}}).Want(200, "Die Zuständigkeit ist zugewiesen", "DE09")
	send(operator, path, operator.Get(path), url.Values{"region": {"DE05 DE06"}}).Want(422, "genau ein Gebiet")
	grant := operator.Get(operator.Home + "/territory").Find(`/territory/grants/([0-9a-f-]+)/withdraw`)
	owner.Get(owner.Home+"/territory").Want(200, "DE09").Lacks("/grants/")
	send(owner, path, owner.Get(path), url.Values{"region": {"DE05"}}).Want(422, "Rolle in dieser Organisation")

	path = owner.Home + "/territory/consent"
	send(owner, path, owner.Get(path), url.Values{"to": {"x"}, "region": {"DE09"}}).Want(422, "Das ist keine Kennung")
	send(owner, path, owner.Get(path), url.Values{"to": {broker.NewID[string]()}, "region": {"DE09"}}).Want(422, "there is no organisation")
	send(owner, path, owner.Get(path), url.Values{"to": {string(other)}, "region": {"DE09"}}).Want(200, "Die Zustimmung ist erteilt", string(other))
	theirs := w.PersonOf(t, other, broker.RoleOwner)
	theirs.Get(theirs.Home+"/territory").Want(200, string(w.Org), "DE09")
	consent := owner.Get(owner.Home + "/territory").Find(`/territory/consents/([0-9a-f-]+)/withdraw`)
	path = theirs.Home + "/territory/consents/" + consent + "/withdraw"
	send(theirs, path, theirs.Get(path), url.Values{}).Want(404)
	path = owner.Home + "/territory/consents/" + consent + "/withdraw"
	send(owner, path, owner.Get(path), url.Values{}).Want(200, "Die Zustimmung ist zurückgenommen")
	path = operator.Home + "/territory/grants/" + grant + "/withdraw"
	send(operator, path, operator.Get(path), url.Values{}).Want(200, "Die Zuständigkeit ist zurückgenommen")
}

// Whoever belongs elsewhere finds nothing, and can do nothing.
func TestStrangersFindNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.publish(t, w.Org, w.desk, "a", "DE05515")
	stranger := w.PersonOf(t, w.Organisation(t, "Fremd"), broker.RoleOwner)
	home := "/orgs/" + string(w.Org)
	for _, path := range []string{
		"/routes", "/routes/csv", "/routes/show?key=a", "/routes/edit", "/routes/edit?key=a", "/routes/draft", "/routes/draft/review", "/routes/history", "/routes/history/1",
		"/routes/history/0/rollback", "/routes/preview", "/coverage", "/coverage/gaps?service=" + trade, "/territory",
	} {
		stranger.Get(home+path).Want(404).Lacks("Amt a", "Gewerbeamt")
		w.Anybody(t).Get(home+path).Lacks("Amt a", "Gewerbeamt")
	}
	for _, path := range []string{"/routes", "/routes/edit", "/routes/draft", "/routes/draft/upload", "/routes/draft/review", "/routes/history/0/rollback", "/territory/consent", "/territory/grant"} {
		stranger.Post(home+path, url.Values{"do": {"offline"}, "keys": {"a"}}).Want(404)
	}
	reader := w.Person(t, broker.RoleReader)
	reader.Get(home + "/routes/draft").Want(403)
	reader.Post(home+"/routes/draft", url.Values{"do": {"delete"}, "key": {"a"}}).Want(403)
	found, _, err := w.Node.Publication.Find(t.Context(), broker.Operator(w.Org), w.Org, publication.Filter{}, broker.Page{Limit: 5})
	must(t, err)
	if len(found) != 1 || found[0].Offline {
		t.Errorf("got %+v", found)
	}
}

// Coverages are added to a route and taken out without scripts, and nothing that was typed is lost.
func TestCoveragesAreAddedAndTakenOut(t *testing.T) {
	t.Parallel()
	w := start(t)
	b := w.Person(t, broker.RoleDeveloper)
	path := b.Home + "/routes/edit"
	const second, third = `id="edit-services1"`, `id="edit-services2"`
	b.Get(path).Want(200, "Weitere Abdeckung").Lacks("Abdeckung 1", second)
	typed := url.Values{
		"key": {"zwei"}, "name": {"Halb <getippt>"}, "destination": {string(w.desk)}, "coverages": {"1"}, "priority": {"x"},
		"services0": {trade}, "regions0": {"DE05"}, "do": {"add"},
	}
	b.Post(path, typed).Want(200, second, "Halb &lt;getippt&gt;", `value="x"`, trade, ">DE05<", "Abdeckung 2 entfernen", `name="coverages" value="2"`)
	typed.Set("coverages", "2")
	typed.Set("services1", trade)
	typed.Set("regions1", "DE06")
	b.Post(path, typed).Want(200, third, ">DE05<", ">DE06<")
	for do, left := range map[string][2]string{"drop-0": {">DE06<", ">DE05<"}, "drop-1": {">DE05<", ">DE06<"}} {
		typed.Set("do", do)
		b.Post(path, typed).Want(200, left[0], "Halb &lt;getippt&gt;").Lacks(second, left[1])
	}
	for _, do := range []string{"drop-7", "drop--1", "x"} {
		typed.Set("do", do)
		b.Post(path, typed).Want(200, ">DE05<", ">DE06<").Lacks(third)
	}
	typed.Set("do", "add")
	typed.Set("coverages", "8")
	b.Post(path, typed).Want(200, `id="edit-services7"`).Lacks("Weitere Abdeckung", `id="edit-services8"`)
	typed.Del("do")
	typed.Set("coverages", "2")
	typed.Set("priority", "3")
	b.Post(path, typed).Want(200, "zwei")
	b.Get(path+"?key=zwei").Want(200, ">DE05<", ">DE06<", "Abdeckung 2 entfernen")
}
