package routes_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
)

const (
	trade = "urn:de:fim:leika:leistung:99050012104000"
	dogs  = "urn:de:fim:leika:leistung:99102013104000"
)

// world is a node with an organisation that has a destination for two services, everywhere.
type world struct {
	*portaltest.World
	desk broker.DestinationID
}

var pairs = sync.OnceValues(func() (p [2]keys.Private, err error) {
	for i, use := range []keys.Use{keys.Encryption, keys.Signature} {
		if p[i], err = keys.Generate(use, "test", time.Now(), 10*365*24*time.Hour); err != nil {
			return p, err
		}
	}
	return p, nil
})

func start(t *testing.T, change ...func(*node.Config)) *world {
	t.Helper()
	w := &world{World: portaltest.Start(t, change...)}
	w.desk = w.destination(t, w.Org, "Gewerbeamt")
	return w
}

func fourEyes(c *node.Config) { c.Environment.Publishing.FourEyes = true }

func (w *world) destination(t *testing.T, org broker.OrgID, name string) broker.DestinationID {
	t.Helper()
	p, err := pairs()
	must(t, err)
	encryption, err := p[0].Public.MarshalJSON()
	must(t, err)
	signing, err := p[1].Public.MarshalJSON()
	must(t, err)
	draft := broker.DestinationDraft{
		Name: name, Contact: broker.Contact{LegalName: name, Email: "post@office.example"}, EncryptionKID: p[0].KID, MetadataVersions: []string{"2.1.0"},
	}
	for _, s := range []string{trade, dogs} {
		draft.Services = append(draft.Services, broker.OfferedService{
			Identifier: s, Regions: []string{"DE"}, Schemas: []broker.SubmissionSchema{{URI: "https://schema.example/1", MIMEType: "application/json"}},
		})
	}
	all := w.Node.Broker.Destinations
	d, err := all.Create(t.Context(), broker.Operator(org), draft, encryption, signing)
	must(t, err)
	_, err = all.Change(t.Context(), broker.Operator(org), d.ID, func(was broker.DestinationDraft) (broker.DestinationDraft, error) {
		was.Status = broker.DestinationActive
		return was, nil
	})
	must(t, err)
	return d.ID
}

// publish publishes a route as the machine does.
func (w *world) publish(t *testing.T, org broker.OrgID, desk broker.DestinationID, key string, regions ...string) {
	t.Helper()
	_, err := w.Node.Publication.Publish(t.Context(), broker.Operator(org), org, publication.ChangeSet{Put: []publication.Draft{{
		Key: key, Destination: desk, Name: "Amt " + key, Coverage: []broker.Coverage{{Services: []string{trade}, Regions: regions}},
	}}})
	must(t, err)
}

// filled is the form of a route.
func (w *world) filled(key, services, regions string) url.Values {
	return url.Values{
		"key": {key}, "name": {"Amt " + key}, "destination": {string(w.desk)}, "services0": {services}, "regions0": {regions}, "priority": {"0"},
		"further.de": {"Bitte <b>Ausweis</b> mitbringen"}, "contactName": {"Ada"}, "contactEmail": {"ada@office.example"},
	}
}

// send sends a form as the page has it that was shown last.
func send(b *portaltest.Browser, path string, page portaltest.Answer, form url.Values) portaltest.Answer {
	form.Set("once", page.Once())
	return b.Post(path, form)
}

// draw puts a route into the draft.
func (w *world) draw(b *portaltest.Browser, form url.Values) portaltest.Answer {
	path := b.Home + "/routes/edit"
	return send(b, path, b.Get(path), form)
}

// digest is the one that the review's form has.
func digest(a portaltest.Answer) string { return a.Find(`name="digest" value="([0-9a-f]{64})"`) }

// publishDraft publishes what is reviewed.
func publishDraft(b *portaltest.Browser, more ...string) portaltest.Answer {
	path := b.Home + "/routes/draft/review"
	page := b.Get(path)
	form := url.Values{"digest": {digest(page)}, "comment": {"because"}}
	for _, name := range more {
		form.Set(name, "yes")
	}
	return send(b, path, page, form)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func has(a portaltest.Answer, text string) bool { return strings.Contains(a.Body, text) }

// upload sends a file of routes.
func (w *world) upload(b *portaltest.Browser, mode, content string) portaltest.Answer {
	page := b.Get(b.Home + "/routes/draft")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"once": page.Once(), "mode": mode} {
		if err := form.WriteField(name, value); err != nil {
			panic(err)
		}
	}
	file, err := form.CreateFormFile("file", "routes.csv")
	if err == nil {
		_, err = io.WriteString(file, content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Send("POST", b.Home+"/routes/draft/upload", form.FormDataContentType(), body.String())
}
