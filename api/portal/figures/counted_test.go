package figures_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
)

// TestCountedByHand has two days pass, on which what happens is known, and reads each table of the page and the file.
func TestCountedByHand(t *testing.T) {
	portaltest.OnEitherStore(t, func(t *testing.T, change func(*node.Config)) {
		w := start(t, change)
		empty := strings.Repeat("0 | ", 5) + "0"
		w.wantFile(t, 0, ",0,0,0,0,0,0,0,0,0,,")
		w.Person(t, broker.RoleReader).Get("/orgs/"+string(w.Org)+"/figures?period=7d").Want(http.StatusOK, "In diesem Zeitraum ist nichts geschehen").Lacks("<svg class=\"chart\"", "</table>")

		// One day: three are sent, of which one is accepted at once; two calls.
		for _, reason := range []string{"", "schema-violation", "hash-mismatch"} {
			w.decide(t, w.submit(t), reason)
		}
		w.call(t, http.StatusNoContent)
		w.call(t, http.StatusServiceUnavailable)
		first := w.sent
		w.wantDays(t, "submissions", empty, "3 | 3 | 1 | 2 | 0 | 0")
		w.wantDays(t, "acceptance", "0 | – | –", "1 | within 1 min | within 1 min")
		w.wantDays(t, "rejections", "0 | 0 | 0", "2 | 1 | 1")
		w.wantDays(t, "callbacks", "0 | 0 | –", "1 | 1 | 50 %")
		w.wantDays(t, "volume", "0 B", kibibytes(first))
		today := fmt.Sprintf(",3,3,1,2,0,0,%d,1,1,60,60,1,1", first)
		w.wantFile(t, 0, today)

		// Another day: two are sent and accepted, after 40 and after 90 minutes.
		w.tomorrow(t)
		slow, quick := w.submit(t), w.submit(t)
		w.clock.forward(40 * time.Minute)
		w.decide(t, quick, "")
		w.clock.forward(50 * time.Minute)
		w.decide(t, slow, "")
		w.wantDays(t, "submissions", empty, "3 | 3 | 1 | 2 | 0 | 0", "2 | 2 | 2 | 0 | 0 | 0")
		w.wantDays(t, "acceptance", "0 | – | –", "1 | within 1 min | within 1 min", "2 | within 1 h | within 2 h")
		w.wantDays(t, "rejections", "0 | 0 | 0", "2 | 1 | 1", "0 | 0 | 0")
		w.wantDays(t, "callbacks", "0 | 0 | –", "1 | 1 | 50 %", "0 | 0 | –")
		w.wantDays(t, "volume", "0 B", kibibytes(first), kibibytes(w.sent-first))
		w.wantFile(t, 1, today)
		w.wantFile(t, 0, fmt.Sprintf(",2,2,2,0,0,0,%d,0,0,3600,7200,0,0", w.sent-first))
	})
}

// tomorrow is nine o'clock on the next day where days are counted.
func (w *world) tomorrow(t *testing.T) {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	now := w.clock.Now().In(zone)
	w.clock.forward(time.Date(now.Year(), now.Month(), now.Day()+1, 9, 0, 0, 0, zone).Sub(now))
}

// charts are those of the page, in their order.
func charts() []string {
	return []string{"submissions", "acceptance", "rejections", "callbacks", "volume"}
}

// wantDays reads the table of a chart for a week: the last days have what is wanted, and all before them the first.
func (w *world) wantDays(t *testing.T, name, otherwise string, want ...string) {
	t.Helper()
	_, err := w.Node.Figures.Fold(t.Context())
	must(t, err)
	reader := w.Person(t, broker.RoleReader)
	reader.Lang = "en"
	page := reader.Get(reader.Home + "/figures?period=7d").Want(http.StatusOK)
	_, main, _ := strings.Cut(page.Body, "<main")
	parts := strings.Split(main, "<details>")
	if len(parts) != 1+len(charts()) {
		t.Fatalf("got %d tables, want one for each of %v", len(parts)-1, charts())
	}
	table, _, _ := strings.Cut(parts[1+slices.Index(charts(), name)], "</details>")
	var got []string
	for _, row := range regexp.MustCompile(`(?s)<tr><th scope="row".*?</tr>`).FindAllString(table, -1) {
		var cells []string
		for _, cell := range regexp.MustCompile(`<td class="num">([^<]*)</td>`).FindAllStringSubmatch(row, -1) {
			cells = append(cells, cell[1])
		}
		got = append(got, strings.Join(cells, " | "))
	}
	all := append(slices.Repeat([]string{otherwise}, 7-len(want)), want...)
	if !slices.Equal(got, all) {
		t.Errorf("%s: got %q, want %q", name, got, all)
	}
	if !strings.Contains(parts[slices.Index(charts(), name)], "<svg class=\"chart\"") || strings.Contains(page.Body, "NaN") {
		t.Errorf("%s: there is no picture, or none that is right", name)
	}
}

// wantFile reads the line of a day in the file for a week, behind the times.
func (w *world) wantFile(t *testing.T, daysAgo int, want string) {
	t.Helper()
	reader := w.Person(t, broker.RoleReader)
	rows, err := csv.NewReader(strings.NewReader(reader.Get(reader.Home + "/figures.csv?period=7d").Want(http.StatusOK).Body)).ReadAll()
	must(t, err)
	if len(rows) != 8 {
		t.Fatalf("got %d lines, want a head and 7 days", len(rows))
	}
	if got := "," + strings.Join(rows[7-daysAgo][3:], ","); got != want {
		t.Errorf("%v, %d days ago: got %s, want %s", rows[0], daysAgo, got, want)
	}
}

// kibibytes is a size as a page in English has it.
func kibibytes(n int) string {
	return strings.TrimSuffix(strconv.FormatFloat(float64(n)/1024, 'f', 1, 64), ".0") + " KiB"
}
