package testenv_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/api/wire"
)

// plainFolder is the environment variable that makes the test binary a plain server with its files there.
const plainFolder = "VIERKANT_PLAIN_SERVER"

// startPlain starts the plain server in a process of its own and returns its URL.
func startPlain(tb testing.TB) string {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), plainFolder+"="+tb.TempDir())
	cmd.Stderr = os.Stderr
	hold, err := cmd.StdinPipe() // the server ends when this does
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		hold.Close()
		cmd.Wait()
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatalf("plain server: %v", err)
	}
	return strings.TrimSpace(url)
}

// servePlain is the server that the broker stands beside in benchmarks: package http as it is, and no more than it takes to make what
// it was sent durable. It checks nothing and knows nobody. It serves until its standard input ends.
func servePlain(folder string) error {
	log, err := openGroupLog(filepath.Join(folder, "log"))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p := &plain{folder: folder, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /submissions", p.announce)
	mux.HandleFunc("PUT /submissions/{id}", p.submit)
	mux.HandleFunc("PUT /files/{name}", p.upload)
	mux.HandleFunc("GET /files/{name}", p.download)
	go http.Serve(l, mux)
	fmt.Printf("http://%s\n", l.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

type plain struct {
	folder string
	log    *groupLog
}

func (p *plain) announce(w http.ResponseWriter, r *http.Request) {
	p.take(w, r, http.StatusCreated, newRef(uuid.NewString()))
}

func (p *plain) submit(w http.ResponseWriter, r *http.Request) {
	p.take(w, r, http.StatusOK, wire.SubmissionV2{
		SubmissionRef: newRef(r.PathValue("id")), Attachments: []string{}, Region: "DE",
		PublicService: wire.PublicService{Name: "Gewerbeanmeldung", Identifier: "urn:de:fim:leika:leistung:99050012104000"},
	})
}

func newRef(id string) wire.SubmissionRef {
	return wire.SubmissionRef{DestinationID: uuid.NewString(), SubmissionID: id, CaseID: uuid.NewString()}
}

// take appends the body to the log and answers when it is durable.
func (p *plain) take(w http.ResponseWriter, r *http.Request, status int, answer any) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = p.log.append(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	w.Write(asJSON(answer))
}

// upload copies the body to a file and syncs it.
func (p *plain) upload(w http.ResponseWriter, r *http.Request) {
	f, err := os.Create(filepath.Join(p.folder, r.PathValue("name")))
	if err == nil {
		defer f.Close()
		_, err = io.Copy(f, r.Body)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (p *plain) download(w http.ResponseWriter, r *http.Request) {
	f, err := os.Open(filepath.Join(p.folder, r.PathValue("name")))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", joseType)
	http.ServeContent(w, r, "", time.Time{}, f)
}

// groupLog is a file to which entries are appended; those that come while a sync runs share the next one.
type groupLog struct {
	file  *os.File
	calls chan logged
}

type logged struct {
	entry []byte
	done  chan error
}

func openGroupLog(path string) (*groupLog, error) {
	f, err := os.Create(path)
	g := &groupLog{file: f, calls: make(chan logged, 256)}
	go g.run()
	return g, err
}

// append returns when the entry is durable.
func (g *groupLog) append(entry []byte) error {
	done := make(chan error, 1)
	g.calls <- logged{entry, done}
	return <-done
}

func (g *groupLog) run() {
	for first := range g.calls {
		batch := []logged{first}
		for range len(g.calls) {
			batch = append(batch, <-g.calls)
		}
		err := g.write(batch)
		for _, one := range batch {
			one.done <- err
		}
	}
}

func (g *groupLog) write(batch []logged) error {
	var all []byte
	for _, one := range batch {
		all = append(all, one.entry...)
	}
	if _, err := g.file.Write(all); err != nil {
		return err
	}
	return g.file.Sync()
}
