package portal_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

const (
	fewSubmissions = 1000
	benchRequests  = 100 // of each page, to each world, by turns
)

// manySubmissions and manyDestinations are how large the larger world is.
func manySubmissions(b *testing.B) int  { return sizeOf(b, "VIERKANT_BENCH_SUBMISSIONS", 100_000) }
func manyDestinations(b *testing.B) int { return sizeOf(b, "VIERKANT_BENCH_DESTINATIONS", 5000) }

func sizeOf(b *testing.B, variable string, usual int) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(variable), strconv.Itoa(usual)))
	if err != nil {
		b.Fatalf("%s: %v", variable, err)
	}
	return n
}

// BenchmarkPages opens pages of a small world and of a large one, by turns, and tells the 95th percentile of each and their ratio. Each part runs
// once, whatever -benchtime says.
func BenchmarkPages(b *testing.B) {
	small, large := portaltest.Start(b), portaltest.Start(b)
	fill(b, small, fewSubmissions, max(1, fewSubmissions*manyDestinations(b)/manySubmissions(b))) // a destination has as much to show in both
	fill(b, large, manySubmissions(b), manyDestinations(b))
	few, many := visitorOf(b, small), visitorOf(b, large)
	for _, page := range []struct{ name, path string }{
		{"home", "/"},
		{"submissions", "/submissions?side=received"},
		{"older", "/submissions?side=received&after=" + few.middle},
		{"state", "/submissions?side=received&state=rejected"},
		{"destination", "/submissions?side=received&destination=" + string(destinationOf(1))},
		{"cases", "/cases?side=received"},
		{"submission", "/submissions/" + string(submissionOf(7))},
		{"case", "/cases/" + string(caseOf(7))},
		{"callbacks", "/callbacks"},
		{"destinations", "/destinations"},
		{"one-destination", "/destinations/" + string(destinationOf(1))},
		{"keys", "/keys"},
		{"keys-ending", "/keys?within=30"},
		{"golive", "/golive"},
		{"golive-checklist", "/golive/" + string(destinationOf(1))},
		{"figures", "/figures"},
		{"figures-year", "/figures?period=1y"},
		{"figures-destination", "/figures?of=destination:" + string(destinationOf(1))},
		{"operation", "/platform/operation"},
		{"operation-figures", "/platform/figures"},
	} {
		b.Run(page.name, func(b *testing.B) {
			var times [2][]time.Duration
			for n := range 2 * benchRequests {
				who := []visitedWorld{few, many}[n%2]
				began := time.Now()
				who.open(strings.ReplaceAll(page.path, few.middle, who.middle))
				times[n%2] = append(times[n%2], time.Since(began))
			}
			at, beside := p95(times[1]), p95(times[0])
			b.ReportMetric(float64(at.Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(beside.Microseconds())/1000, "p95-ms-of-few")
			b.ReportMetric(float64(at)/float64(beside), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func p95(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)*95/100]
}

// visitedWorld is a world with somebody of the organisation and somebody who operates the platform, and a place in the middle of its list.
type visitedWorld struct {
	reader, operator *portaltest.Browser
	middle           string
}

func visitorOf(b *testing.B, w *portaltest.World) visitedWorld {
	who := w.Person(b, broker.RoleReader)
	next := who.Get(who.Home + "/submissions?side=received").Want(http.StatusOK).Find(`after=([A-Za-z0-9_-]+)`)
	for range 5 {
		next = who.Get(who.Home + "/submissions?side=received&after=" + next).Want(http.StatusOK).Find(`rel="next" href="[^"]*after=([A-Za-z0-9_-]+)`)
	}
	return visitedWorld{who, w.Operator(b), next}
}

// open opens a page of the platform, or else one of the organisation.
func (w visitedWorld) open(path string) {
	if strings.HasPrefix(path, "/platform/") {
		w.operator.Get(path).Want(http.StatusOK)
		return
	}
	w.reader.Get(strings.TrimSuffix(w.reader.Home+path, "/")).Want(http.StatusOK)
}

func numbered[T ~string](kind, n int) T {
	return T(fmt.Sprintf("%08x-0000-4000-8000-%04x%08x", n*7919+kind, kind, n))
}

func destinationOf(n int) broker.DestinationID { return numbered[broker.DestinationID](1, n) }
func submissionOf(n int) broker.SubmissionID   { return numbered[broker.SubmissionID](2, n) }
func caseOf(n int) broker.CaseID               { return numbered[broker.CaseID](3, n) }

// fill writes what came to the organisation in a year: it goes by the store, since over HTTP it would take an hour.
func fill(b *testing.B, w *portaltest.World, submissions, destinations int) {
	b.Helper()
	pair, err := officeKeys()
	if err != nil {
		b.Fatal(err)
	}
	encryption, signing := jwk(b, pair.Decryption[0].Public), jwk(b, pair.Signing.Public)
	inBatches(b, w, destinations, func(tx broker.Tx, n int) error { return putDestination(tx, w, n, encryption, signing) })
	if err := w.Node.Broker.Routes.Follow(b.Context()); err != nil {
		b.Fatal(err)
	}
	sender, began := broker.NewID[broker.ClientID](), time.Now().Add(-year)
	inBatches(b, w, submissions, func(tx broker.Tx, n int) error {
		at := began.Add(time.Duration(n) * (year / time.Duration(submissions)))
		return putSubmission(tx, w, n, destinationOf(n%destinations), sender, at)
	})
	if _, err := w.Node.Figures.Fold(b.Context()); err != nil {
		b.Fatal(err)
	}
}

const year = 365 * 24 * time.Hour

func jwk(b *testing.B, k keys.Public) json.RawMessage {
	b.Helper()
	raw, err := k.MarshalJSON()
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

// endingSoon is of how many destinations the certificates end within a month, if not of more: a page of them is full.
const endingSoon = 25

// putDestination writes one with its keys, whose certificates end on some day of the next year, and a route to it.
func putDestination(tx broker.Tx, w *portaltest.World, n int, encryption, signing json.RawMessage) error {
	d := broker.Destination{
		ID: destinationOf(n), Org: w.Org, Name: fmt.Sprint("Amt ", n), Status: broker.DestinationActive, EncryptionKID: "encryption", SigningKID: "signing",
		Services: []broker.OfferedService{{Identifier: testenv.BusinessRegistration, Regions: []string{"DE"}}},
	}
	err := errors.Join(tx.PutDestination(d), tx.PutRoute(broker.Route{
		ID: numbered[broker.RouteID](8, n), Destination: d.ID, Published: time.Now(),
		Coverage: []broker.Coverage{{Services: []string{testenv.BusinessRegistration}, Regions: []string{"DE05"}}},
	}))
	ends := 1 + n*37%365
	if n < endingSoon {
		ends = 1 + n
	}
	for kid, public := range map[string]json.RawMessage{d.EncryptionKID: encryption, d.SigningKID: signing} {
		k := broker.DestinationKey{
			Destination: d.ID, KID: kid, Encryption: kid == d.EncryptionKID, JWK: public, Added: time.Now(), Expires: time.Now().Add(time.Duration(ends) * 24 * time.Hour),
		}
		err = errors.Join(err, tx.PutDestinationKey(k), w.Node.Broker.Destinations.KeyCare.Added(tx, d, k))
	}
	return err
}

// putSubmission writes one with its case and events. Of what is lately so, the figures are told too.
func putSubmission(tx broker.Tx, w *portaltest.World, n int, to broker.DestinationID, sender broker.ClientID, at time.Time) error {
	state := []broker.State{broker.StateSubmitted, broker.StateAccepted, broker.StateRejected, broker.StateDeleted}[n%4]
	s := broker.Submission{
		ID: submissionOf(n), Kind: broker.KindSubmission, Case: caseOf(n), Destination: to, Sender: sender, Author: sender,
		Org: "another", Office: w.Org, Opens: true, Service: broker.Service{Name: "Gewerbeanmeldung", Identifier: testenv.BusinessRegistration}, State: state,
		Created: at, Submitted: at, Digest: make([]byte, 32), Metadata: broker.Sealed{KID: "kid", Tag: "tag", Digest: make([]byte, 32)},
	}
	for number := range 3 {
		e := broker.Event{
			Case: s.Case, Number: number + 1, ID: numbered[broker.EventID](4+number, n), Submission: s.ID, Type: "submit", Recorded: at, Token: strings.Repeat("token", 300),
		}
		if err := tx.AppendEvent(e); err != nil {
			return err
		}
	}
	err := errors.Join(tx.PutSubmission(s), tx.PutCase(broker.Case{ID: s.Case, Sender: sender, Org: "another", Destination: to, Events: 3, Created: at, Changed: at, Last: at}))
	if time.Since(at) < 40*24*time.Hour {
		err = errors.Join(err, figures.Note(tx, broker.Fact{Kind: broker.FactSubmitted, Submission: s, At: at}))
	}
	return err
}

func inBatches(b *testing.B, w *portaltest.World, all int, put func(tx broker.Tx, n int) error) {
	b.Helper()
	const batch = 500
	for from := 0; from < all; from += batch {
		err := w.Node.Broker.Clients.Store.Update(b.Context(), func(tx broker.Tx) error {
			for n := from; n < min(from+batch, all); n++ {
				if err := put(tx, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
