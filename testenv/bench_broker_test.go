package testenv_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/vierkant/vierkant/testenv"
)

// BenchmarkBroker measures "vierkant up", in a process of its own, beside a plain server in another, over HTTP on this machine, and prints
// what it found as a table. Figures depend on the machine, which here does the clients' work too; ratios hold.
//
// The parts follow one another because they would disturb each other: what is sent in a burst is signed afterwards. Each runs
// once, whatever -benchtime says.
func BenchmarkBroker(b *testing.B) {
	s := newStand(b)
	s.bursts(b)
	s.signing(b)
	s.transfers(b)
	s.memory(b)
	s.table.print("", "vierkant", "plain", "ratio", "aim")
}

// stand is what stands side by side.
type stand struct {
	program                *program
	asSender, asSubscriber caller // of the broker
	plain                  caller
	at                     testenv.Destination
	sealKey                string // kid
	random                 *rand.ChaCha8
	block                  []byte // ciphertext of large bodies, again and again
	table                  table
}

// mostClients is how many clients there are at most.
const mostClients = 64

func newStand(b *testing.B) *stand {
	b.Helper()
	p, world := startProgram(b, buildProgram(b))
	env, err := world.Environment("test")
	if err != nil {
		b.Fatal(err)
	}
	s := &stand{program: p, at: env.Destinations[0], random: newRandom()}
	s.block = []byte(text(s.random, 768<<10))
	key, err := readKey(s.at.DecryptionKey)
	if err != nil {
		b.Fatal(err)
	}
	s.sealKey = key.KID
	connections := newClient(mostClients)
	if s.asSender, err = logIn(b.Context(), connections, env, env.Sender); err != nil {
		b.Fatal(err)
	}
	if s.asSubscriber, err = logIn(b.Context(), connections, env, env.Subscriber); err != nil {
		b.Fatal(err)
	}
	s.plain = caller{http: newClient(mostClients), base: startPlain(b)}
	return s
}

// figure reports one line of "go test -bench", whose own measure, time per operation, says nothing here.
func figure(b *testing.B, name string, metrics map[string]float64) {
	b.Run(name, func(b *testing.B) {
		b.ReportMetric(0, "ns/op")
		for unit, value := range metrics {
			b.ReportMetric(value, unit)
		}
	})
}

// table is what is printed for people.
type table struct{ rows [][]string }

// add adds a row.
func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// compare adds a row of two figures of one unit.
func (t *table) compare(what, format string, broker, plain float64, aim string) {
	t.add(what, fmt.Sprintf(format, broker), fmt.Sprintf(format, plain), ratio(broker, plain), aim)
}

// note adds a row about the broker alone.
func (t *table) note(what, broker, aim string) { t.add(what, broker, "", "", aim) }

func ratio(a, b float64) string { return fmt.Sprintf("%.2f", a/b) }

// print prints the rows below a head. What the machine has to do besides stands above.
func (t *table) print(head ...string) {
	load, _ := os.ReadFile("/proc/loadavg") // of the last minute, five, fifteen
	fmt.Printf("\n%s/%s, %d cores, which serve and send; load average %.14s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, cells := range append([][]string{head}, t.rows...) {
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	w.Flush()
	fmt.Println()
}
