package cases_test

import (
	"cmp"
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
)

const (
	fewSubmissions = 1000
	benchRequests  = 200 // of each page, to each world, by turns
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
	fill(b, small, fewSubmissions, fewSubmissions/(manySubmissions(b)/manyDestinations(b))) // a destination has as much to show in both
	fill(b, large, manySubmissions(b), manyDestinations(b))
	few, many := visitor(b, small), visitor(b, large)
	for _, page := range []struct{ name, path string }{
		{"submissions", "/submissions?side=received"},
		{"older", "/submissions?side=received&after=" + few.middle},
		{"state", "/submissions?side=received&state=rejected"},
		{"destination", "/submissions?side=received&destination=" + string(destinationOf(1))},
		{"cases", "/cases?side=received"},
		{"submission", "/submissions/" + string(submissionOf(7))},
		{"case", "/cases/" + string(caseOf(7))},
		{"callbacks", "/callbacks"},
	} {
		b.Run(page.name, func(b *testing.B) {
			var times [2][]time.Duration
			for n := range 2 * benchRequests {
				who := []browser{few, many}[n%2]
				began := time.Now()
				who.Get(who.Home + strings.ReplaceAll(page.path, few.middle, who.middle)).Want(http.StatusOK)
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

// browser is somebody of the organisation, who knows a place in the middle of its list.
type browser struct {
	*portaltest.Browser
	middle string
}

func visitor(b *testing.B, w *portaltest.World) browser {
	who := browser{Browser: w.Person(b, broker.RoleReader)}
	next := who.Get(who.Home + "/submissions?side=received").Want(http.StatusOK).Find(`after=([A-Za-z0-9_-]+)`)
	for range 5 {
		next = who.Get(who.Home + "/submissions?side=received&after=" + next).Want(http.StatusOK).Find(`rel="next" href="[^"]*after=([A-Za-z0-9_-]+)`)
	}
	who.middle = next
	return who
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
	inBatches(b, w, destinations, func(tx broker.Tx, n int) error {
		return tx.PutDestination(broker.Destination{ID: destinationOf(n), Org: w.Org, Name: fmt.Sprint("Amt ", n), Status: broker.DestinationActive})
	})
	sender, began := broker.NewID[broker.ClientID](), time.Now().Add(-365*24*time.Hour)
	inBatches(b, w, submissions, func(tx broker.Tx, n int) error {
		at := began.Add(time.Duration(n) * 365 * 24 * time.Hour / time.Duration(submissions))
		state := []broker.State{broker.StateSubmitted, broker.StateAccepted, broker.StateRejected, broker.StateDeleted}[n%4]
		s := broker.Submission{
			ID: submissionOf(n), Kind: broker.KindSubmission, Case: caseOf(n), Destination: destinationOf(n % destinations), Sender: sender, Author: sender,
			Org: "another", Office: w.Org, Opens: true, Service: broker.Service{Name: "Gewerbeanmeldung", Identifier: service}, State: state,
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
		if err := tx.PutSubmission(s); err != nil {
			return err
		}
		return tx.PutCase(broker.Case{ID: s.Case, Sender: sender, Org: "another", Destination: s.Destination, Events: 3, Created: at, Changed: at, Last: at})
	})
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
