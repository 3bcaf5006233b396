package routes_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/cmd/node"
)

// furnished has something to see on every page.
func furnished(t *testing.T, change ...func(*node.Config)) (w *world, b *portaltest.Browser) {
	t.Helper()
	w = start(t, change...)
	p, machine, other := w.Node.Publication, broker.Operator(w.Org), w.Organisation(t, "Kreis Steinfurt")
	for _, services := range [][]string{{trade}, {dogs}} {
		_, err := p.Grant(t.Context(), machine, w.Org, services, "DE05")
		must(t, err)
	}
	_, err := p.Grant(t.Context(), machine, w.Org, nil, "DE")
	must(t, err)
	_, err = p.Consent(t.Context(), machine, w.Org, other, []string{trade}, "DE05515")
	must(t, err)
	_, err = p.Consent(t.Context(), machine, "", w.Org, nil, "DE")
	must(t, err)
	b = w.Person(t, broker.RoleOwner)
	w.draw(b, w.filled("muenchen", trade+"\n"+dogs, "DE09162\nDE08\nDE07")).Want(200)
	return w, b
}

func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	w, b := furnished(t)
	publishDraft(b, "agree").Want(200)
	w.publish(t, w.Org, w.desk, "stadt", "DE05515")
	must(t, errorOf(w.Node.Publication.SetOffline(t.Context(), broker.Operator(w.Org), w.Org, []string{"stadt"}, true, "")))
	w.draw(b, w.filled("muenchen", trade, "DE09162\nDE08\nDE99")).Want(200)
	w.draw(b, w.filled("neu", dogs, "DE09")).Want(200)
	w.draw(b, w.filled("Falsch", dogs, "DE09")).Want(200)
	path := b.Home + "/templates/new"
	made := strings.TrimPrefix(send(b, path, b.Get(path), content()).Want(200).URL.Path, "/portal")
	send(b, made+"/open", b.Get(made), url.Values{}).Want(200)
	adopt := b.Home + "/adoptions/new?template=" + made[strings.LastIndex(made, "/")+1:]
	poor := strings.TrimPrefix(send(b, adopt, b.Get(adopt), url.Values{"regions": {"DE08"}}).Want(200).URL.Path, "/portal")
	rich := strings.TrimPrefix(send(b, adopt, b.Get(adopt), w.part()).Want(200).URL.Path, "/portal")
	place := "service=" + url.QueryEscape(trade) + "&region=DE09162"
	w.Browse(t, "testdata/pages.mjs", map[string]any{"secret": b.Secret, "pages": map[string]string{
		"list": b.Home + "/routes", "none": b.Home + "/routes?search=nothing", "show": b.Home + "/routes/show?key=muenchen", "edit": b.Home + "/routes/edit",
		"draft": b.Home + "/routes/draft", "review": b.Home + "/routes/draft/review", "history": b.Home + "/routes/history", "revision": b.Home + "/routes/history/1",
		"rollback": b.Home + "/routes/history/0/rollback", "preview": b.Home + "/routes/preview?" + place, "coverage": b.Home + "/coverage",
		"areas": b.Home + "/coverage?" + "service=" + url.QueryEscape(trade), "gaps": b.Home + "/coverage/gaps?service=" + url.QueryEscape(dogs),
		"territory": b.Home + "/territory", "consent": b.Home + "/territory/consent", "proposals": b.Home + "/proposals",
		"templates": b.Home + "/templates", "template": made, "template-edit": made + "/edit", "versions": made + "/versions",
		"adoptions": b.Home + "/adoptions", "adopt": adopt, "incomplete": poor, "complete": rich,
	}})
}

func TestProposalInBrowser(t *testing.T) {
	t.Parallel()
	w, b := furnished(t, fourEyes)
	page := b.Get(b.Home + "/routes/draft/review")
	made := send(b, b.Home+"/routes/draft/review", page, url.Values{"digest": {digest(page)}, "agree": {"yes"}}).Want(200)
	second := w.Person(t, broker.RoleOperator)
	w.Browse(t, "testdata/pages.mjs", map[string]any{"secret": second.Secret, "pages": map[string]string{
		"release": made.URL.Path[len("/portal"):], "open": b.Home + "/proposals", "edit": b.Home + "/territory/consent",
	}})
}

func errorOf(_ publication.Outcome, err error) error { return err }
