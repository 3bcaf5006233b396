package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/schemas/openapi"
	"github.com/vierkant/vierkant/schemas/openapi/exchange"
)

// change alters the published route of a destination past the rules of publication, which are not what is tested here.
func (w *world) change(destination string, change func(*broker.Route)) {
	w.t.Helper()
	ctx := context.Background()
	err := w.store.Update(ctx, func(tx broker.Tx) error {
		all, err := tx.Routes()
		for _, r := range all {
			if string(r.Destination) == destination && err == nil {
				change(&r)
				err = tx.PutRoute(r)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.broker.Routes.Reload(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// fullInfo has every member.
func fullInfo() broker.RouteInfo {
	address := &broker.Address{Street: "Am Alten Stadtschloss", HouseNumber: "13 A", Postcode: "11011", City: "Berlin", Additional: "Haus A"}
	return broker.RouteInfo{
		ShortName: "Gewerbeamt", LogoURL: "https://example.org/logo.svg", PrivacyURL: "https://example.org/datenschutz",
		ImprintURL: "https://example.org/impressum", AccessibilityURL: "https://example.org/barrierefrei", ContactFormURL: "https://example.org/kontakt",
		Contacts: []broker.RouteContact{{Name: "Dr. Erika Muster", Email: "mail@example.org", Phone: "+496990009123", Fax: "+496990009124"}, {Name: "Zentrale"}},
		Address:  address, PostalAddress: &broker.Address{City: "Berlin"},
		PostOfficeBox: &broker.PostOfficeBox{Number: "Postfach 8 15", Postcode: "11011", City: "Berlin"},
		Further:       []broker.Text{{Language: "de", Text: "<p>Weiteres</p>"}, {Language: "en", Text: "<p>More</p>"}},
		Documents:     []broker.Text{{Language: "de", Text: "Ausweis"}}, LegalBasis: []broker.Text{{Language: "de", Text: "§ 14 GewO"}},
		Deadline: []broker.Text{{Language: "de", Text: "zwei Wochen"}}, Duration: &broker.Duration{Min: 1, Max: 4, Unit: "week"},
		Custom: json.RawMessage(`{"hunderasse":3,"prozessvariante":"lieferant"}`),
	}
}

const fullRoute = `"destinationName":"Bund","destinationShortName":"Gewerbeamt","destinationLogo":"https://example.org/logo.svg",` +
	`"contactPersons":[{"name":"Dr. Erika Muster","email":"mail@example.org","tel":"+496990009123","fax":"+496990009124"},{"name":"Zentrale"}],` +
	`"address":{"street":"Am Alten Stadtschloss","houseNumber":"13 A","additional":"Haus A","zip":"11011","city":"Berlin"},"postalAddress":{"city":"Berlin"},` +
	`"postOfficeBox":{"postOfficeBox":"Postfach 8 15","zip":"11011","city":"Berlin"},"privacyPolicyUrl":"https://example.org/datenschutz",` +
	`"imprintUrl":"https://example.org/impressum","accessibilityUrl":"https://example.org/barrierefrei","contactFormUrl":"https://example.org/kontakt",` +
	`"furtherInformation":{"description":{"de":"\u003cp\u003eWeiteres\u003c/p\u003e","en":"\u003cp\u003eMore\u003c/p\u003e"}},` +
	`"requiredDocuments":{"description":{"de":"Ausweis"}},"legalBasis":{"description":{"de":"§ 14 GewO"}},"deadline":{"description":{"de":"zwei Wochen"}},` +
	`"processingDuration":{"minDuration":1,"maxDuration":4,"unit":"week"},"customParameters":{"hunderasse":3,"prozessvariante":"lieferant"},"origin":"Zustelldienst"}]`

// TestRouteInfo shows every member of FIT-Connect contract 5.2, none where there is nothing to say, and holds both against the published
// specification.
func TestRouteInfo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.publish("Bund", "DE")
	const path = "/routing-api/v2/routes?leikaKey=99050012104000&ars=09"
	bare := w.call(http.MethodGet, path, "").want(t, 200)
	if !strings.Contains(string(bare.body), `"destinationName":"Bund","origin":"Zustelldienst"}]`) {
		t.Errorf("got %s, want nothing but the name", bare.body)
	}
	w.change(id, func(r *broker.Route) { r.Info = fullInfo() })
	full := w.call(http.MethodGet, path, "").want(t, 200)
	if !strings.Contains(string(full.body), fullRoute) {
		t.Errorf("got %s, want %s", full.body, fullRoute)
	}
	published := publishedRouting(t)
	for _, a := range []answer{bare, full} {
		if err := published.CheckAnswer(exchange.Exchange{Method: http.MethodGet, Path: "/routes", Status: a.status, Header: a.header, Body: a.body}); err != nil {
			t.Error(err)
		}
	}
}

// publishedRouting is the specification of the Routing API beside the repository.
func publishedRouting(t *testing.T) *exchange.Judge {
	t.Helper()
	text, err := os.ReadFile("../../shared/data/schemas/routing-api-2.0.0.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the published specification is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	d, err := exchange.Published(text)
	if err != nil {
		t.Fatal(err)
	}
	return exchange.New([]openapi.Description{d})
}
