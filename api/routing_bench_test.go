package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/broker"
)

// The country of the benchmark: each of so many municipalities has a route of its own for each of so many services.
const (
	benchMunicipalities = 10_953
	million             = 92 // so many services make a million entries
)

// settle publishes the routes of a whole country past the rules of publication: signing them all would take minutes, so all have the
// signature of one.
func (w *world) settle(b *testing.B, number int) []string {
	b.Helper()
	w.publish("Bund", "DE")
	ctx := context.Background()
	one := w.broker.Routes.View().Route(0).Signature
	services := make([]string, number)
	for i := range services {
		services[i] = fmt.Sprintf("urn:de:fim:leika:leistung:99%06d104000", i)
	}
	var asked []string
	for from := 0; from < benchMunicipalities; from += 1000 {
		err := w.store.Update(ctx, func(tx broker.Tx) error {
			for m := from; m < min(from+1000, benchMunicipalities); m++ {
				ars := fmt.Sprintf("%02d%03d%04d%03d", m%16+1, m%400+101, 5000+m/1200, m/400+1)
				if err := tx.PutRoute(broker.Route{
					ID: broker.NewID[broker.RouteID](), Org: w.subscriber.org, Destination: broker.NewID[broker.DestinationID](), Name: "Gemeinde " + ars,
					Coverage: []broker.Coverage{{Services: services, Regions: []string{"DE" + ars}}}, Signature: one, Published: w.clock.Now(),
				}); err != nil {
					return err
				}
				key := strings.TrimPrefix(services[rand.IntN(len(services))], "urn:de:fim:leika:leistung:")
				asked = append(asked, "/routing-api/v2/routes?leikaKey="+key+"&ars="+ars)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := w.broker.Routes.Reload(ctx); err != nil {
		b.Fatal(err)
	}
	return asked
}

// BenchmarkRoutes asks for routes over HTTP, in turn with two handlers that do nothing: one gives the very same answer, headers and all, the other
// one only its body.
func BenchmarkRoutes(b *testing.B) {
	for _, services := range []int{1, million, 10 * million} {
		b.Run(fmt.Sprint(services*benchMunicipalities), func(b *testing.B) { benchmarkRoutes(b, services) })
	}
}

func benchmarkRoutes(b *testing.B, services int) {
	w := newWorld(b, func(_ *brokerConfig, a *apiConfig) {
		a.FairUse = unlimited()
		a.Log, a.Observe = slog.New(slog.NewJSONHandler(io.Discard, nil)), nil
	})
	asked := w.settle(b, services)
	one := w.call(http.MethodGet, asked[0], "")
	same := serving(b, one.header, one.body)
	bare := serving(b, http.Header{"Content-Type": one.header["Content-Type"]}, one.body)
	for _, each := range asked { // what is asked for the first time is encoded
		w.handler.ServeHTTP(nowhere{}, httptest.NewRequest(http.MethodGet, each, nil))
	}
	const turn = 200 * time.Millisecond
	var ours, trivial, least float64
	for b.Loop() {
		trivial += answers(b, same, asked, turn)
		ours += answers(b, w.url, asked, turn)
		least += answers(b, bare, asked, turn)
	}
	seconds := turn.Seconds() * float64(b.N)
	b.ReportMetric(trivial/seconds, "trivial/s")
	b.ReportMetric(ours/seconds, "routes/s")
	b.ReportMetric(ours/trivial, "ratio")
	b.ReportMetric(ours/least, "ratio-to-body-only")
}

// serving is the address of a server that gives one answer.
func serving(b *testing.B, header http.Header, body []byte) string {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			rw.Header()[name] = values
		}
		rw.Write(body)
	}))
	b.Cleanup(s.Close)
	return s.URL
}

// answers asks from several connections for a while and counts.
func answers(b *testing.B, base string, asked []string, turn time.Duration) float64 {
	b.Helper()
	var total atomic.Int64
	var group errgroup.Group
	stop := time.Now().Add(turn)
	for range 8 {
		group.Go(func() error {
			n, err := ask(strings.TrimPrefix(base, "http://"), asked, stop)
			total.Add(n)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	return float64(total.Load())
}

// ask is a client that costs as little as can be, since it shares the machine with what is measured.
func ask(address string, asked []string, stop time.Time) (n int64, err error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for ; time.Now().Before(stop); n++ {
		if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", asked[rand.IntN(len(asked))]); err != nil {
			return n, err
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return n, err
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
			return n, fmt.Errorf("%s: %w", response.Status, err)
		}
	}
	return n, nil
}

// BenchmarkRoutesHandler is what the handler itself costs.
func BenchmarkRoutesHandler(b *testing.B) {
	w := newWorld(b, func(_ *brokerConfig, a *apiConfig) {
		a.FairUse = unlimited()
		a.Log, a.Observe = slog.New(slog.NewJSONHandler(io.Discard, nil)), nil
	})
	w.publish("Bund", "DE")
	r := httptest.NewRequest(http.MethodGet, "/routing-api/v2/routes?leikaKey=99050012104000&ars=09", nil)
	to := nowhere{}
	b.ReportAllocs()
	for b.Loop() {
		w.handler.ServeHTTP(to, r)
	}
}

// nowhere takes an answer.
type nowhere http.Header

func (n nowhere) Header() http.Header            { return http.Header(n) }
func (nowhere) Write(p []byte) (int, error)      { return len(p), nil }
func (nowhere) WriteHeader(int)                  {}
func (nowhere) SetWriteDeadline(time.Time) error { return nil }
