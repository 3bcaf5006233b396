package node_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/postgres"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/cmd/node"
)

// TestMove moves an environment from files into a database, and back into other files, in the middle of its work: events are not signed
// yet, callbacks are owed, applications wait. Who uses it does not notice.
func TestMove(t *testing.T) {
	t.Parallel()
	called := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { called <- r.URL.Path }))
	t.Cleanup(receiver.Close)
	home := withKeys(t)
	home.Listen, home.AllowHTTPCallbacks = freeAddress(t), true
	base := "http://" + home.Listen
	e := &tenant{base: base}

	n := start(t, home)
	e.office = seedCalled(t, n, &broker.CallbackDraft{URL: receiver.URL + "/one", Secret: rand.Text() + rand.Text()})
	e.bring(t, base)
	<-called
	stop(t, n)
	e.work(t, home)

	away := home // with the same folder, as who just adds a line to the configuration
	away.Database, away.Volatile = pgtest.Start(t), true
	if err := node.Migrate(t.Context(), away); err != nil {
		t.Fatal(err)
	}
	mustMove(t, home, away)
	cannotBeServed(t, home, "was moved to the database")
	e.lookAround(t, away)
	e.work(t, away)

	back := sameAs(t, home)
	mustMove(t, away, back)
	cannotBeServed(t, away, "was moved to the folder")
	e.lookAround(t, back)
	n = start(t, back)
	defer stop(t, n)
	for range e.receipts {
		<-called
	}
	for _, receipt := range e.receipts {
		e.accept(t, base, receipt)
	}
	e.bring(t, base)
}

// sameAs is the configuration of the same environment in another place.
func sameAs(t *testing.T, cfg node.Config) node.Config {
	t.Helper()
	cfg.Data = config(t).Data
	return cfg
}

func mustMove(t *testing.T, from, to node.Config) {
	t.Helper()
	moved, err := node.Move(t.Context(), from, to, func(node.MoveStep) {})
	if err != nil || moved.Already {
		t.Fatalf("got %+v, %v; want it to be moved", moved, err)
	}
	again, err := node.Move(t.Context(), from, to, func(node.MoveStep) { t.Error("the second time something is done") })
	if err != nil || !again.Already || !slices.Equal(again.Digests, moved.Digests) {
		t.Fatalf("the second time: got %+v, %v; want to be told that it is done", again, err)
	}
}

func cannotBeServed(t *testing.T, cfg node.Config, want string) {
	t.Helper()
	n, err := node.Open(t.Context(), cfg)
	if err == nil {
		stop(t, n)
		t.Fatalf("it can be served, want to be told that it %s", want)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want to be told that it %s", err, want)
	}
}

// tenant is who uses an environment over time: an office, and what it knows from before a move.
type tenant struct {
	office
	base     string
	token    string // of the subscriber
	receipts []client.Receipt
	seen     map[string]string // what was answered, by path
}

// work has applications sent while nothing happens in the background, so that events stay unsigned and callbacks owed. Then it notes what
// the first one's log says, which signs that.
func (e *tenant) work(t *testing.T, cfg node.Config) {
	t.Helper()
	cfg.Foreground = true
	n := start(t, cfg)
	defer stop(t, n)
	for range 3 {
		e.receipts = append(e.receipts, e.send(t, e.base))
	}
	e.token = e.logIn(t)
	e.seen = map[string]string{}
	waiting := e.ask(t, "/submission-api/v2/submissions?limit=50")
	e.seen["/submission-api/v2/submissions?limit=50"] = waiting
	if last := strings.LastIndex(waiting, string(e.receipts[len(e.receipts)-1].SubmissionID)); last < strings.LastIndex(waiting, string(e.receipts[0].SubmissionID)) {
		t.Errorf("the last one does not wait behind the first one: %s", waiting)
	}
	log := "/submission-api/v2/cases/" + string(e.receipts[0].CaseID) + "/events?limit=50"
	e.seen[log] = e.ask(t, log)
}

// lookAround finds everything as it was, with the token from before.
func (e *tenant) lookAround(t *testing.T, cfg node.Config) {
	t.Helper()
	cfg.Foreground = true
	n := start(t, cfg)
	defer stop(t, n)
	for path, want := range e.seen {
		if got := e.ask(t, path); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
		}
	}
}

func (e *tenant) logIn(t *testing.T) string {
	t.Helper()
	answer, err := http.PostForm(e.base+"/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {e.Subscriber.ClientID}, "client_secret": {e.Subscriber.ClientSecret},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || got.Token == "" {
		t.Fatalf("no token: %s, %v", answer.Status, err)
	}
	return got.Token
}

func (e *tenant) ask(t *testing.T, path string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+e.token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, answer.Status, err)
	}
	return string(raw)
}

// made is the data of a node that was open once, by file: making its keys takes seconds.
var made = sync.OnceValues(func() (map[string][]byte, error) {
	folder, err := os.MkdirTemp("", "vk")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	n, err := node.Open(context.Background(), node.Config{
		Environment: environment("test"), Data: folder, Listen: "127.0.0.1:0", Log: quiet(),
	})
	if err != nil {
		return nil, err
	}
	if err := n.Stop(context.Background()); err != nil {
		return nil, err
	}
	key, keyErr := os.ReadFile(filepath.Join(folder, "key"))
	records, recordsErr := os.ReadFile(filepath.Join(folder, "vierkant.db"))
	return map[string][]byte{"key": key, "vierkant.db": records}, errors.Join(keyErr, recordsErr)
})

// withKeys is a configuration whose data have keys, and nothing else.
func withKeys(t *testing.T) node.Config {
	t.Helper()
	files, err := made()
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t)
	cfg.Admin = ""
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(cfg.Data, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cfg
}

// TestMoveRefuses asks for moves that must not be made; nothing is changed by them.
func TestMoveRefuses(t *testing.T) {
	t.Parallel()
	home, filled, served := withKeys(t), withKeys(t), withKeys(t)
	n := start(t, served)
	defer stop(t, n)
	production, otherKey := sameAs(t, home), sameAs(t, home)
	production.Environment = environment("production")
	if err := os.WriteFile(filepath.Join(otherKey.Data, "key"), make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	noTables, inUse := sameAs(t, home), sameAs(t, home)
	noTables.Database, noTables.Volatile = pgtest.Start(t), true
	inUse.Database, inUse.Volatile = pgtest.Start(t), true
	if err := node.Migrate(t.Context(), inUse); err != nil {
		t.Fatal(err)
	}
	other, err := postgres.Open(t.Context(), postgres.Config{DSN: inUse.Database, Log: quiet(), Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	wrongKey := withKeys(t)
	if err := os.WriteFile(filepath.Join(wrongKey.Data, "key"), make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		from, to node.Config
		want     string
		later    bool
	}{
		{"another environment", home, production, "from is test and to is production", false},
		{"the same folder", home, home, "name the same data", false},
		{"nothing to move", sameAs(t, home), sameAs(t, home), "key file", false},
		{"a source in use", served, sameAs(t, home), "stop all nodes first", true},
		{"a target in use", home, inUse, "stop all nodes first (vierkant from", true},
		{"a target with data", home, filled, "has data already", false},
		{"another key file", home, otherKey, "is another one than", false},
		{"a key file that opens nothing", wrongKey, sameAs(t, home), "opens none of the keys in the data", false},
		{"a key file that opens nothing, on both sides", wrongKey, otherKey, "opens none of the keys in the data", false},
		{"a database without tables", home, noTables, "run `vierkant migrate`", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := node.Move(t.Context(), test.from, test.to, func(node.MoveStep) { t.Error("something is done") })
			if err == nil || !strings.Contains(err.Error(), test.want) || node.MoveMayGoOn(err) != test.later {
				t.Errorf("got %v, later %t; want to be told %q, later %t", err, node.MoveMayGoOn(err), test.want, test.later)
			}
		})
	}
	for _, cfg := range []node.Config{home, filled} {
		stop(t, start(t, cfg))
	}
	if err := node.AbandonMove(t.Context(), home); err == nil || !strings.Contains(err.Error(), "is not being moved") {
		t.Errorf("abandoning what was not begun: got %v", err)
	}
}

// TestMoveIsGivenUp interrupts a move: neither side can be served then. Given up, the source can, and the target cannot, ever.
func TestMoveIsGivenUp(t *testing.T) {
	t.Parallel()
	home := withKeys(t)
	to := sameAs(t, home)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	if _, err := node.Move(ctx, home, to, func(node.MoveStep) { interrupt() }); !node.MoveMayGoOn(err) {
		t.Fatalf("got %v, want that it may go on", err)
	}
	cannotBeServed(t, home, "is being moved to the folder")
	cannotBeServed(t, to, "the unfinished copy")
	if _, err := node.Move(t.Context(), to, sameAs(t, home), nil); err == nil || !strings.Contains(err.Error(), "cannot be moved") {
		t.Errorf("moving what is no whole: got %v", err)
	}
	if _, err := node.Move(t.Context(), home, sameAs(t, home), nil); err == nil || !strings.Contains(err.Error(), "not to the folder") {
		t.Errorf("moving elsewhere in the middle: got %v", err)
	}
	if err := node.AbandonMove(t.Context(), home); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, home))
	cannotBeServed(t, to, "the unfinished copy")
	if _, err := node.Move(t.Context(), home, to, nil); err == nil || !strings.Contains(err.Error(), "unfinished copy of another move") {
		t.Errorf("moving to what was given up: got %v", err)
	}
	elsewhere := sameAs(t, home)
	mustMove(t, home, elsewhere)
	if err := node.AbandonMove(t.Context(), home); err == nil || !strings.Contains(err.Error(), "was moved to") {
		t.Errorf("abandoning what is done: got %v", err)
	}
	if _, err := node.Move(t.Context(), home, to, nil); err == nil || !strings.Contains(err.Error(), "move it on from there") {
		t.Errorf("moving what has moved: got %v", err)
	}
}
