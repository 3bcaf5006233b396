package destinations_test

import (
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
)

// pair is two key pairs for all tests: making them takes seconds.
var pair = sync.OnceValue(func() [2]keys.Private {
	var both [2]keys.Private
	var group sync.WaitGroup
	for i, use := range []keys.Use{keys.Encryption, keys.Signature} {
		group.Go(func() {
			made, err := keys.Generate(use, "Stadt Musterhausen", time.Now(), 365*24*time.Hour)
			if err != nil {
				panic(err)
			}
			both[i] = made
		})
	}
	group.Wait()
	return both
})

func text(t testing.TB, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// filled is the form of a new destination.
func filled(t testing.TB, change ...string) url.Values {
	t.Helper()
	form := url.Values{
		"name": {"Gewerbeamt"}, "legalName": {"Stadt Musterhausen"}, "email": {"gewerbe@stadt.example"}, "service": {"99050012104000"}, "regions": {"DE09\n05515"},
		"schemas": {"https://schema.example/a.json\nhttps://schema.example/b.xsd"}, "versions": {"1.0.0, 2.1.0"}, "channels": {"eMail", "fitConnect"},
		"encryptionKey": {text(t, pair()[0].Public)}, "signingKey": {text(t, pair()[1].Public)},
	}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// destination makes one and returns its path below the portal.
func destination(t testing.TB, b *portaltest.Browser, change ...string) string {
	t.Helper()
	form := filled(t, change...)
	form.Set("once", b.Get(b.Home+"/destinations/new").Want(http.StatusOK).Once())
	a := b.Post(b.Home+"/destinations/new", form).Want(http.StatusOK, "Der Zustellpunkt ist angelegt.")
	return strings.TrimPrefix(a.URL.Path, "/portal")
}

// Somebody makes a destination, changes all of it, takes it into use and out of it.
func TestLifeOfADestination(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleDeveloper)
	b.Get(b.Home+"/destinations").Want(http.StatusOK, "noch keinen Zustellpunkt")
	one := destination(t, b)
	b.Get(one).Want(http.StatusOK, "Gewerbeamt", "urn:de:fim:leika:leistung:99050012104000", "DE09", "Bayern", "DE05515", "application/xml", "1.0.0, 2.1.0", "E-Mail",
		"gewerbe@stadt.example", "noch nicht bestätigt", "angelegt", pair()[0].KID)
	b.Get(b.Home+"/destinations").Want(http.StatusOK, one, "angelegt")

	page := b.Get(one+"/edit").Want(http.StatusOK, `value="Gewerbeamt"`, "checked")
	form := url.Values{"once": {page.Once()}, "seen": {page.Find(`name="seen" value="([^"]+)"`)}, "name": {"Ordnungsamt"}, "legalName": {"Stadt"}, "email": {"neu@stadt.example"}, "versions": {"2.1.0"}}
	b.Post(one+"/edit", form).Want(http.StatusOK, "Die Angaben sind geändert.", "Ordnungsamt", "neu@stadt.example", "keine angegeben")
	form.Set("once", b.Get(one+"/edit").Once())
	form.Set("name", "Bauamt")
	b.Post(one+"/edit", form).Want(http.StatusUnprocessableEntity, "meanwhile", "Bauamt")
	form.Set("seen", "gestern")
	b.Post(one+"/edit", form).Want(http.StatusUnprocessableEntity, "meanwhile")

	page = b.Get(one+"/services/new").Want(http.StatusOK, `data-lookup="`, "/lookup/areas")
	form = url.Values{"once": {page.Once()}, "seen": {page.Find(`name="seen" value="([^"]+)"`)}, "service": {"urn:de:beispiel:leistung"}, "regions": {"DE"}, "schemas": {"https://a.example/x application/xml"}}
	b.Post(one+"/services/new", form).Want(http.StatusOK, "Die Leistung ist gespeichert.", "urn:de:beispiel:leistung", "Deutschland", "nicht kennt")
	form.Set("once", b.Get(one+"/services/new").Once())
	form.Set("seen", b.Get(one+"/services/new").Find(`name="seen" value="([^"]+)"`))
	b.Post(one+"/services/new", form).Want(http.StatusUnprocessableEntity, "die hier noch nicht steht")
	offer := one + "/services/" + url.PathEscape("urn:de:beispiel:leistung")
	page = b.Get(offer).Want(http.StatusOK, "https://a.example/x application/xml")
	form.Set("once", page.Once())
	form.Set("regions", "DE02")
	b.Post(offer, form).Want(http.StatusOK, "Hamburg").Lacks("Deutschland")
	page = b.Get(offer+"/remove").Want(http.StatusOK, "urn:de:beispiel:leistung")
	b.Post(offer+"/remove", url.Values{"once": {page.Once()}, "seen": {page.Find(`name="seen" value="([^"]+)"`)}}).Want(http.StatusOK, "ist entfernt").Lacks("urn:de:beispiel:leistung")
	b.Get(offer).Want(http.StatusNotFound)

	confirm(b, one+"/status/active").Want(http.StatusOK, "in Betrieb", "Inaktiv setzen").Lacks("Löschen")
	b.Get(one + "/status/decommissioned").Want(http.StatusConflict)
	confirm(b, one+"/status/inactive").Want(http.StatusOK, "ist inaktiv", "Stilllegen")
	b.Get(one+"/status/decommissioned").Want(http.StatusOK, "30 Tage inaktiv", "endgültig").Lacks("<form class")
	b.Post(one+"/delete", url.Values{}).Want(http.StatusUnprocessableEntity, "is inactive")

	other := destination(t, b, "name", "Nie gebraucht")
	confirm(b, other+"/delete").Want(http.StatusOK, "„Nie gebraucht“ ist gelöscht")
	b.Get(other).Want(http.StatusNotFound)
}

// confirm opens a page that asks, and answers yes.
func confirm(b *portaltest.Browser, path string) portaltest.Answer {
	page := b.Get(path)
	form := url.Values{"once": {page.Once()}}
	if strings.Contains(page.Body, `name="seen"`) {
		form.Set("seen", page.Find(`name="seen" value="([^"]+)"`))
	}
	return b.Post(path, form)
}

// What is wrong is told all at once, at its fields, and in the language of the page; what was typed stands there still.
func TestFormsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleOwner)
	at := b.Home + "/destinations/new"
	hostile := `"><script>alert(1)</script>`
	form := filled(t, "name", hostile, "email", "keine", "service", "x", "regions", "Bayern", "schemas", hostile, "versions", "zwei", "signingKey", text(t, pair()[0].Public))
	a := b.Post(at, form).Want(http.StatusUnprocessableEntity, "Mailadresse an", "14 Ziffern", "DE und höchstens 12 Ziffern", "Adressen von Schemata", "Versionen wie 2.1.0",
		"nicht für Signaturen", "PS512", "&#34;&gt;&lt;script&gt;")
	a.Lacks("<script>alert", "Name ist zu lang", "wrong.")
	b.Post(at, url.Values{}).Want(http.StatusUnprocessableEntity, "Name des Zustellpunkts: Bitte füllen", "Öffentlicher Schlüssel zum Verschlüsseln: Bitte füllen")
	for name, value := range map[string]string{
		"name": "a\u202eb", "legalName": "a\x00b", "address": strings.Repeat("x", 201), "channels": "fax", "service": "'; drop table destinations; --",
	} {
		b.Post(at, filled(t, name, value)).Want(http.StatusUnprocessableEntity).Lacks("⟦")
	}
	b.Send(http.MethodPost, at, "application/x-www-form-urlencoded", "name="+strings.Repeat("x", 2<<20)).Want(http.StatusRequestEntityTooLarge)
	b.Lang = "en"
	b.Post(at, form).Want(http.StatusUnprocessableEntity, "Please enter a mail address", "14 digits")
	b.Get(b.Home+"/destinations").Want(http.StatusOK, "no destination yet")
}

// The script is told the same while one types, and nothing happens.
func TestChecksWhileTyping(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleOwner)
	a := b.Post(b.Home+"/destinations/new/check", filled(t, "email", "keine")).Want(http.StatusOK, `"field":"destination-email"`, "Mailadresse an")
	a.Lacks("destination-name", "destination-signingKey")
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		t.Errorf("got %q", a.Header.Get("Content-Type"))
	}
	b.Get(b.Home+"/destinations").Want(http.StatusOK, "noch keinen Zustellpunkt")
	one := destination(t, b)
	b.Post(one+"/edit/check", url.Values{"name": {"x"}, "legalName": {"x"}, "email": {"x@y.example"}, "versions": {"zwei"}}).Want(http.StatusOK, "destination-versions")
	b.Post(one+"/services/new/check", url.Values{"service": {"urn:de:beispiel:leistung"}, "regions": {"DE"}, "schemas": {"https://a.example/x"}}).Want(http.StatusOK, `"problems":[]`)
	b.Post(one+"/callback/check", url.Values{"url": {"ftp://x"}, "secret": {"kurz"}}).Want(http.StatusOK, "destination-url", "destination-secret")
	w.Person(t, broker.RoleReader).Post(b.Home+"/destinations/new/check", filled(t)).Want(http.StatusForbidden)
}

// A private key is refused, and is not on the page that says so.
func TestPrivateKeysAreNotShownAgain(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleOwner)
	private := text(t, pair()[0])
	_, d, _ := strings.Cut(private, `"d":"`)
	block := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte(strings.Repeat("geheim", 20))}))
	b.Post(b.Home+"/destinations/new", filled(t, "encryptionKey", private)).Want(http.StatusUnprocessableEntity, "Das ist ein privater Schlüssel").Lacks(d[:40])
	b.Post(b.Home+"/destinations/new/check", filled(t, "signingKey", private)).Want(http.StatusOK, "Das ist ein privater Schlüssel").Lacks(d[:40])
	one := destination(t, b)
	for _, pasted := range []string{private, block, "  " + private + "\n", block[:60]} {
		b.Post(one+"/keys/new", url.Values{"use": {"enc"}, "key": {pasted}}).Want(http.StatusUnprocessableEntity, "Das ist ein privater Schlüssel").Lacks(d[:40], block[40:80])
	}
}

// Keys are added as a JWK or as certificates, and put into force.
func TestKeys(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleOwner)
	one := destination(t, b)
	next, err := keys.Generate(keys.Encryption, "Stadt Musterhausen", time.Now(), 20*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	chain := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: next.Chain[0].Raw}))
	b.Post(one+"/keys/new", url.Values{"use": {"enc"}}).Want(http.StatusUnprocessableEntity, "Bitte fügen Sie einen öffentlichen Schlüssel ein")
	b.Post(one+"/keys/new", url.Values{"use": {"enc"}, "key": {"{}"}}).Want(http.StatusUnprocessableEntity, "kein öffentlicher Schlüssel", "kty")
	b.Post(one+"/keys/new", url.Values{"use": {"both"}, "key": {chain}}).Want(http.StatusUnprocessableEntity)
	b.Post(one+"/keys/new", url.Values{"use": {"enc"}, "key": {chain}, "once": {b.Get(one + "/keys/new").Once()}}).Want(http.StatusOK, next.KID, "steht bereit", "CN=Stadt Musterhausen")
	b.Get(b.Home+"/keys?within=30").Want(http.StatusOK, next.KID, "Gewerbeamt").Lacks(pair()[0].KID)
	b.Get(b.Home+"/keys?within=x").Want(http.StatusOK, next.KID, pair()[0].KID)
	activate := one + "/keys/" + url.PathEscape(next.KID) + "/activate"
	b.Get(activate).Want(http.StatusOK, pair()[0].KID, next.KID).Lacks("zweite Person muss")
	confirm(b, activate).Want(http.StatusOK, "Der Schlüssel gilt.", "ersetzt")
	b.Get(one + "/keys/unbekannt/activate").Want(http.StatusNotFound)
}

// A callback is set, its secret shown once, tried, given another secret, and removed.
func TestCallback(t *testing.T) {
	t.Parallel()
	called := make(chan http.Header, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { called <- r.Header }))
	t.Cleanup(receiver.Close)
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleOwner)
	one := destination(t, b)
	page := b.Get(one+"/callback").Want(http.StatusOK, "Callback einrichten")
	form := url.Values{"once": {page.Once()}, "seen": {page.Find(`name="seen" value="([^"]+)"`)}, "url": {receiver.URL}}
	shown := b.Post(one+"/callback", form).Want(http.StatusOK, "nur jetzt angezeigt")
	secret := shown.Find(`<code>([^<]{32,})</code>`)
	b.Post(one+"/callback", form).Want(http.StatusConflict).Lacks(secret)
	b.Get(one).Want(http.StatusOK, receiver.URL, "keine Störung bekannt").Lacks(secret)
	b.Post(one+"/callback/test", url.Values{}).Want(http.StatusOK, "Der Aufruf wurde angenommen", "200")
	if header := <-called; header.Get("Callback-Authentication") == "" && header.Get("callback-timestamp") == "" {
		t.Errorf("got the headers %v", header)
	}
	again := confirm(b, one+"/callback/secret")
	again.Want(http.StatusUnprocessableEntity)
	page = b.Get(one + "/callback/secret")
	renewed := b.Post(one+"/callback/secret", url.Values{"once": {page.Once()}, "overlap": {"24"}}).Want(http.StatusOK, "Das bisherige gilt bis")
	if got := renewed.Find(`<code>([^<]{32,})</code>`); got == secret {
		t.Error("the secret is the old one")
	}
	page = b.Get(one + "/callback")
	form = url.Values{"once": {page.Once()}, "seen": {page.Find(`name="seen" value="([^"]+)"`)}, "url": {receiver.URL + "/neu"}}
	b.Post(one+"/callback", form).Want(http.StatusOK, "/neu", "Der Callback ist gespeichert.")
	confirm(b, one+"/callback/remove").Want(http.StatusOK, "Der Callback ist entfernt.")
	b.Post(one+"/callback/test", url.Values{}).Want(http.StatusConflict)
}

// Nobody has the broker call what only the broker can reach.
func TestCallbacksOfInsideAreNotCalled(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, func(c *node.Config) { c.AllowHTTPCallbacks = false })
	b := w.Person(t, broker.RoleOwner)
	one, port := destination(t, b), untouched(t)
	for _, host := range []string{"127.0.0.1" + port, "localhost" + port, "[::ffff:127.0.0.1]" + port, "169.254.169.254", "10.0.0.1"} {
		page := b.Get(one + "/callback")
		form := url.Values{"once": {page.Once()}, "seen": {page.Find(`name="seen" value="([^"]+)"`)}, "url": {"https://" + host + "/"}}
		b.Post(one+"/callback", form).Want(http.StatusOK)
		b.Post(one+"/callback/test", url.Values{}).Want(http.StatusOK, "diese Adresse darf nicht aufgerufen werden")
	}
}

// untouched is the port of a listener to which nobody may connect.
func untouched(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c, err := l.Accept(); err == nil {
			t.Error("it was called")
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()[len("127.0.0.1"):]
}

func TestClientsOfADestination(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleOwner)
	one := destination(t, b)
	client, _, err := w.Node.Broker.Clients.Register(t.Context(), broker.Operator(w.Org), broker.NewClient{Name: "Fachverfahren <b>", Kind: broker.Subscriber})
	if err != nil {
		t.Fatal(err)
	}
	b.Get(one).Want(http.StatusOK, "Fachverfahren &lt;b&gt;", "Noch niemand")
	b.Post(one+"/clients", url.Values{"client": {string(client.ID)}}).Want(http.StatusOK, "ist zugeordnet", "Zuordnung aufheben")
	b.Post(one+"/clients", url.Values{"client": {broker.NewID[string]()}}).Want(http.StatusBadRequest)
	b.Post(one+"/clients", url.Values{"client": {""}}).Want(http.StatusBadRequest)
	b.Post(one+"/clients/"+string(client.ID)+"/remove", url.Values{}).Want(http.StatusOK, "ist aufgehoben", "Noch niemand")
}

// Who may only read sees no way to change, and cannot; others see nothing at all.
func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	one := destination(t, owner)
	reader, stranger := w.Person(t, broker.RoleReader), w.PersonOf(t, w.Organisation(t, "Andere"), broker.RoleOwner)
	reader.Get(one).Want(http.StatusOK).Lacks(`method="post" action="`+one, "/edit", "/status/")
	theirs := strings.Replace(one, owner.Home, stranger.Home, 1)
	for _, c := range []struct{ method, path string }{
		{"GET", ""}, {"GET", "/edit"}, {"POST", "/edit"}, {"POST", "/edit/check"}, {"GET", "/services/new"}, {"POST", "/services/new"}, {"GET", "/callback"}, {"POST", "/callback"},
		{"POST", "/callback/test"}, {"POST", "/callback/secret"}, {"POST", "/callback/remove"}, {"GET", "/status/active"}, {"POST", "/status/active"}, {"POST", "/delete"}, {"POST", "/clients"},
		{"GET", "/keys"}, {"POST", "/keys/new"}, {"POST", "/keys/" + url.PathEscape(pair()[0].KID) + "/activate"}, {"POST", "/contact"},
	} {
		for name, a := range map[string]portaltest.Answer{
			"in another organisation": stranger.Send(c.method, theirs+c.path, "application/x-www-form-urlencoded", ""),
			"of another organisation": stranger.Send(c.method, one+c.path, "application/x-www-form-urlencoded", ""),
		} {
			if a.Status != http.StatusNotFound || strings.Contains(a.Body, "Gewerbeamt") {
				t.Errorf("%s, %s %s: got %d", name, c.method, c.path, a.Status)
			}
		}
		if c.method == "POST" && !strings.HasSuffix(c.path, "/check") {
			if a := reader.Send(c.method, one+c.path, "application/x-www-form-urlencoded", filled(t, "client", broker.NewID[string](), "overlap", "0", "use", "enc", "key", text(t, pair()[0].Public), "url", "https://x.example").Encode()); a.Status != http.StatusForbidden && a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusConflict {
				t.Errorf("a reader, POST %s: got %d", c.path, a.Status)
			}
		}
	}
	owner.Get(one).Want(http.StatusOK, "Gewerbeamt", "angelegt")
	stranger.Get(stranger.Home + "/destinations").Want(http.StatusOK).Lacks("Gewerbeamt")
	owner.Get(owner.Home + "/destinations/x").Want(http.StatusBadRequest)
}

func TestLookUps(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleReader)
	for query, want := range map[string]string{
		"areas?q=Münst": "DE05515", "areas?q=DE09": "Bayern", "areas?q=DE": "Deutschland", "areas?q=DE999": `"found":[]`, "areas?q=x": `"found":[]`, "areas?q=": `"found":[]`,
		"areas?q=%00": `"found":[]`, "services?q=99999999999999": `"found":[]`, "services?q=x": `"found":[]`,
	} {
		b.Get("/lookup/"+query).Want(http.StatusOK, want)
	}
	found := b.Get("/lookup/services?q=gewerbe").Want(http.StatusOK, "urn:de:fim:leika:leistung:", "Gewerbe")
	urn := found.Find(`"value":"([^"]+)"`)
	b.Get("/lookup/services?q="+urn).Want(http.StatusOK, urn, `"total":1`)
	w.Anybody(t).Get("/lookup/areas?q=DE").Lacks("Deutschland")
}
