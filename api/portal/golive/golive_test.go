package golive_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
)

// sender makes a client to go live.
func sender(t *testing.T, w *portaltest.World, name string) string {
	t.Helper()
	c, _, err := w.Node.Broker.Clients.Register(t.Context(), broker.Operator(w.Org), broker.NewClient{Kind: broker.Sender, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return string(c.ID)
}

func TestChecklistIsReadAndTicked(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	developer, reader := w.Person(t, broker.RoleDeveloper), w.Person(t, broker.RoleReader)
	developer.Get(developer.Home+"/golive").Want(http.StatusOK, "noch keinen Zustellpunkt")
	id := sender(t, w, "Online <b>Dienst</b>")
	list, one := developer.Home+"/golive", developer.Home+"/golive/"+id
	developer.Get(list).Want(http.StatusOK, "Online &lt;b&gt;Dienst", id, "0 von 8", "noch offen")
	developer.Get(one).Want(http.StatusOK, "Erste Einreichung gesendet", "Senden Sie eine Einreichung ab.", "Abhaken")
	reader.Get(one).Want(http.StatusOK, "Erste Einreichung gesendet").Lacks("Abhaken")

	point := one + "/points/training"
	form := url.Values{"once": {developer.Get(point).Want(http.StatusOK, "Beteiligte geschult").Once()}, "note": {"Am 12.\nMit <script>."}, "link": {"javascript:alert(1)"}}
	a := developer.Post(point, form).Want(http.StatusUnprocessableEntity, "Mit &lt;script&gt;.", "javascript:alert(1)", "https://").Lacks(`href="javascript`)
	form.Set("once", a.Once())
	form.Set("link", "https://akten.example/1")
	developer.Post(point, form).Want(http.StatusOK, "als erledigt bestätigt", "bestätigt von "+developer.Person.Name, `href="https://akten.example/1"`, "1 von 8")
	developer.Post(point, form).Want(http.StatusConflict)
	developer.Post(point+"/withdraw", url.Values{"once": {developer.Get(point).Once()}}).Want(http.StatusOK, "zurückgenommen", "0 von 8")

	reader.Get(point).Want(http.StatusOK).Lacks("<textarea")
	reader.Post(point, url.Values{"note": {"x"}}).Want(http.StatusForbidden)
	reader.Post(point+"/withdraw", nil).Want(http.StatusForbidden)
	for path, status := range map[string]int{
		one + "/points/submission-sent": 404, one + "/points/nothing": 404, list + "/" + broker.NewID[string](): 404, list + "/x": 400,
	} {
		developer.Get(path).Want(status)
	}
	stranger := w.PersonOf(t, w.Organisation(t, "Andere"), broker.RoleOwner)
	for _, path := range []string{one, point, one + "/print", one + "/report", list} {
		stranger.Get(path).Want(http.StatusNotFound)
		stranger.Get(strings.Replace(path, developer.Home, stranger.Home, 1)).Lacks("Dienst")
	}
	stranger.Post(strings.Replace(point, developer.Home, stranger.Home, 1), url.Values{"note": {"x"}}).Want(http.StatusNotFound)
}

func TestOwnPoints(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner, reader := w.Person(t, broker.RoleOwner), w.Person(t, broker.RoleReader)
	id := sender(t, w, "Portal")
	points := owner.Home + "/golive-points"
	a := owner.Get(points).Want(http.StatusOK, "noch keine eigenen Punkte")
	a = owner.Post(points, url.Values{"once": {a.Once()}, "text": {""}}).Want(http.StatusUnprocessableEntity, "Bitte füllen Sie")
	a = owner.Post(points, url.Values{"once": {a.Once()}, "text": {"Der Personalrat stimmt zu."}, "kinds": {"broker"}}).Want(http.StatusUnprocessableEntity)
	a = owner.Post(points, url.Values{"once": {a.Once()}, "text": {"Der Personalrat stimmt zu."}, "kinds": {"sender"}}).Want(http.StatusOK, "hinzugefügt", "Onlinedienst")
	owner.Get(owner.Home+"/golive/"+id).Want(http.StatusOK, "Der Personalrat stimmt zu.", "0 von 9")
	reader.Get(points).Want(http.StatusOK, "Personalrat").Lacks("<form class=\"form\"")
	remove := a.Find(`action="[^"]*(/golive-points/[^"]+/remove)"`)
	reader.Post(owner.Home+remove, nil).Want(http.StatusForbidden)
	owner.Post(owner.Home+remove, nil).Want(http.StatusOK, "entfernt").Lacks("stimmt zu")
	owner.Post(owner.Home+remove, nil).Want(http.StatusNotFound)
}

func TestReportIsTakenAlong(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	reader := w.Person(t, broker.RoleReader)
	reader.Lang = "en"
	one := reader.Home + "/golive/" + sender(t, w, "Portal")
	reader.Get(one+"/print").Want(http.StatusOK, "Test environment", "Agreements on data protection made", "Stadt Musterhausen")
	a := reader.Get(one + "/report").Want(http.StatusOK)
	if got := a.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="golive-`) {
		t.Errorf("got %q", got)
	}
	var file attest.SignedReadiness
	if err := json.Unmarshal([]byte(a.Body), &file); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Verify(func(string) (keys.Public, error) { return keys.ParsePublic(file.Keys.Keys[0]) }); err != nil {
		t.Error(err)
	}
}

func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	id := sender(t, w, "Elektronisches Antragsportal der Landeshauptstadt")
	w.Browse(t, "testdata/pages.mjs", map[string]any{"secret": owner.Secret, "subject": id})
}
