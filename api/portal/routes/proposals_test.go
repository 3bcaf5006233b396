package routes_test

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/publication"
)

// Four eyes, through the pages of two people: who proposed is told why they cannot release, and whom to ask.
func TestSecondPersonReleases(t *testing.T) {
	t.Parallel()
	w := start(t, fourEyes)
	_, err := w.Node.Publication.Grant(t.Context(), broker.Operator(""), w.Org, nil, "DE")
	must(t, err)
	developer, owner := w.Person(t, broker.RoleDeveloper), w.Person(t, broker.RoleOwner)
	w.draw(owner, w.filled("a", trade, "DE05515")).Want(200)
	page := owner.Get(owner.Home+"/routes/draft/review").Want(200, "Vier-Augen-Prinzip", "Zur Freigabe vorschlagen")
	made := send(owner, owner.Home+"/routes/draft/review", page, url.Values{"digest": {digest(page)}, "comment": {"<i>Umzug"}, "agree": {"yes"}}).
		Want(200, "wartet auf die Freigabe", "Neu: 1", "&lt;i&gt;Umzug", "Sie haben ihn selbst gemacht", "Ablehnen", "Zurückziehen", "derzeit niemand")
	path := strings.TrimPrefix(made.URL.Path, "/portal")
	second := w.Person(t, broker.RoleOperator)
	owner.Get(path).Want(200, "Freigeben können:", second.Person.Email)
	developer.Get(path).Want(200, "Ihre Rolle erlaubt die Freigabe nicht").Lacks("Ablehnen<")

	w.Anybody(t).Get(path).Lacks("Umzug")
	w.PersonOf(t, w.Organisation(t, "Fremd"), broker.RoleOwner).Get(path).Want(404)
	if raw := second.Get(path + "/value").Want(200).Body; fmt.Sprintf("%x", sha256.Sum256([]byte(raw))) != digest(second.Get(path)) {
		t.Errorf("the digest is not that of %s", raw)
	}
	developer.Get(strings.Replace(path, "/proposals/", "/proposals/x", 1) + "/value").Want(404)
	shown := second.Get(path).Want(200, "Freigeben", made.Find(`<dd><code>([0-9a-f]{64})</code>`))
	send(developer, path+"/release", developer.Get(path), url.Values{"digest": {digest(shown)}}).Want(422, "Ihre Rolle")
	send(owner, path+"/release", owner.Get(path), url.Values{"digest": {digest(shown)}}).Want(422, "Vier-Augen-Prinzip")
	send(second, path+"/release", shown, url.Values{"digest": {strings.Repeat("0", 64)}}).Want(422, "nicht der, den Sie angesehen haben")
	second.Lang = "en"
	shown = second.Get(path).Want(200, "exactly what stands above holds at once")
	send(second, path+"/release", shown, url.Values{"digest": {digest(shown)}}).Want(200, "The proposal is released", "This proposal is decided")
	send(second, path+"/release", shown, url.Values{"digest": {digest(shown)}}).Want(409)
	second.Get(second.Home+"/routes/history").Want(200, "Kim owner", "released by Kim operator", "&lt;i&gt;Umzug")
	second.Get(second.Home+"/proposals").Want(200, "No proposal is open")
	second.Get(second.Home+"/proposals?all=yes").Want(200, "released")
}

func TestProposalsAreRefusedAndWithdrawn(t *testing.T) {
	t.Parallel()
	w := start(t, fourEyes)
	_, err := w.Node.Publication.Grant(t.Context(), broker.Operator(""), w.Org, nil, "DE")
	must(t, err)
	developer, owner := w.Person(t, broker.RoleDeveloper), w.Person(t, broker.RoleOwner)
	propose := func(key string) string {
		out, err := w.Node.Publication.Publish(t.Context(), broker.PersonCaller(developer.Person.ID, w.Org, broker.RoleDeveloper), w.Org, publication.ChangeSet{Put: []publication.Draft{{
			Key: key, Destination: w.desk, Name: "Amt", Coverage: []broker.Coverage{{Services: []string{trade}, Regions: []string{"DE06"}}},
		}}})
		must(t, err)
		return owner.Home + "/proposals/" + string(out.Proposal.ID)
	}
	path := propose("a")
	send(owner, path+"/refuse", owner.Get(path).Want(200, "Kim developer"), url.Values{"note": {"nein \"' <b>"}}).Want(200, "ist abgelehnt", "&lt;b&gt;")
	send(owner, path+"/refuse", owner.Get(owner.Home+"/routes/draft"), url.Values{"note": {"again"}}).Want(422, "schon entschieden")
	path = propose("a")
	send(developer, path+"/withdraw", developer.Get(path), url.Values{"note": {strings.Repeat("x", 2000)}}).Want(422, "höchstens 1024 Zeichen")
	send(developer, path+"/withdraw", developer.Get(path), url.Values{"note": {"besser so"}}).Want(200, "ist zurückgezogen")

	// What was changed meanwhile is outdated, and the page says so.
	path, next := propose("a"), propose("a")
	shown := owner.Get(path)
	send(owner, path+"/release", shown, url.Values{"digest": {digest(shown)}}).Want(200, "ist freigegeben")
	shown = owner.Get(next)
	send(owner, next+"/release", shown, url.Values{"digest": {digest(shown)}}).Want(422, "hinfällig")

	for _, id := range []string{"x", broker.NewID[string](), "..%2f.."} {
		owner.Get(owner.Home + "/proposals/" + id).Want(404)
		owner.Post(owner.Home+"/proposals/"+id+"/release", url.Values{"digest": {"x"}}).Want(404)
	}
}

// What a proposal is about nobody here need know: it is shown as it is written, and released by whoever does it.
func TestProposalsOfOtherSubjectsAreShown(t *testing.T) {
	t.Parallel()
	w := start(t)
	b := w.Person(t, broker.RoleOwner)
	var p account.Proposal
	must(t, w.Node.Broker.Clients.Store.Update(t.Context(), func(tx broker.Tx) (err error) {
		p, err = account.Propose(tx, time.Now(), broker.Operator(w.Org), account.Wish{Org: w.Org, Subject: "something else", Value: map[string]string{"is": "<script>x"}})
		return err
	}))
	path := b.Home + "/proposals/" + string(p.ID)
	shown := b.Get(path).Want(200, "something else", "\\u003cscript\\u003ex", p.Digest)
	send(b, path+"/release", shown, url.Values{"digest": {p.Digest}}).Want(422, "cannot be released here")
}
