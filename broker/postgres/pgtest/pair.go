package pgtest

import (
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Pair is a primary and a standby that follows it, servers of their own. What the primary acknowledges is on both, unless it is told
// otherwise.
type Pair struct{ Primary, Standby *Member }

// Member is one server of a Pair.
type Member struct {
	*cluster
	bin   string
	as    *syscall.Credential
	shell *exec.Cmd
}

// settings of all servers that are not measured: they sync nothing.
var settings = []string{"fsync=off", "full_page_writes=off", "listen_addresses=", "max_connections=100", "shared_buffers=16MB"}

// serve is what the shell of a Member does: the server runs until the input ends, or a line of it comes; a line says that its
// files are to stay.
const serve = `
bin=$1 folder=$2; shift 2
cd "$folder"
"$bin/postgres" -D data -k "$folder" "$@" >>log 2>&1 </dev/null &
pid=$!
read -r order
kill -QUIT $pid
wait $pid
[ "$order" = stay ] || rm -rf "$folder"
`

// StartPair starts both. They end with the test.
func StartPair(t testing.TB) *Pair {
	t.Helper()
	p := &Pair{Primary: newServer(t), Standby: newServer(t)}
	p.Primary.tool(t, "initdb", "-D", "data", "-U", owner, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	p.Primary.Start(t)
	p.Standby.tool(t, "pg_basebackup", "-d", "user="+owner+" host="+p.Primary.folder, "-D", "data", "-R", "-X", "stream", "-c", "fast", "--no-sync")
	p.Standby.Start(t)
	Exec(t, p.Primary.dsn("postgres"), "alter system set synchronous_standby_names = '*'", "select pg_reload_conf()", "create database pair")
	return p
}

// DSN names both servers, the one that was the primary first.
func (p *Pair) DSN() string {
	at := url.URL{Scheme: "postgres", User: url.User(owner), Path: "/pair"}
	at.RawQuery = url.Values{
		"host": {p.Primary.folder + "," + p.Standby.folder}, "port": {"5432,5432"}, "sslmode": {"disable"}, "target_session_attrs": {"read-write"},
	}.Encode()
	return at.String()
}

// DSN names this server alone.
func (s *Member) DSN() string { return s.dsn("pair") }

func newServer(t testing.TB) *Member {
	t.Helper()
	bin := needBinaries(t)
	as, err := unprivileged()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := newFolder(as)
	if err != nil {
		t.Fatal(err)
	}
	s := &Member{cluster: &cluster{folder: folder}, bin: bin, as: as}
	t.Cleanup(func() {
		s.Kill(t)
		os.RemoveAll(folder)
	})
	return s
}

// tool runs one of PostgreSQL's programs in the server's folder.
func (s *Member) tool(t testing.TB, name string, arguments ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(s.bin, name), arguments...)
	cmd.Dir, cmd.SysProcAttr, cmd.Env = s.folder, &syscall.SysProcAttr{Credential: s.as}, append(os.Environ(), "LC_ALL=C")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// Start starts the server, also after Kill, with further settings, and returns when it answers.
func (s *Member) Start(t testing.TB, further ...string) {
	t.Helper()
	arguments := []string{"-c", serve, "sh", s.bin, s.folder}
	for _, one := range append(settings, further...) {
		arguments = append(arguments, "-c", one)
	}
	s.shell = exec.Command("sh", arguments...)
	s.shell.SysProcAttr, s.shell.Env = &syscall.SysProcAttr{Credential: s.as, Setsid: true}, append(os.Environ(), "LC_ALL=C")
	alive, err := s.shell.StdinPipe()
	if err == nil {
		err = s.shell.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	s.alive = alive
	if err := s.await(); err != nil {
		t.Fatal(err)
	}
}

// Kill stops the server at once, as a crash does. Its files stay.
func (s *Member) Kill(t testing.TB) {
	t.Helper()
	if s.shell == nil {
		return
	}
	io.WriteString(s.alive.(io.Writer), "stay\n")
	if err := s.shell.Wait(); err != nil {
		t.Errorf("the shell of a server: %v", err)
	}
	s.shell = nil
}

// Promote makes a standby a primary, and returns when it is one.
func (s *Member) Promote(t testing.TB) {
	t.Helper()
	if promoted := Values(t, s.dsn("postgres"), "select pg_promote(true, 60)::text"); promoted[0] != "true" {
		t.Fatal("the standby was not promoted")
	}
}

// Alone has a server that does not run come back as a primary that waits for no standby.
func (s *Member) Alone(t testing.TB) {
	t.Helper()
	if err := os.Remove(s.signal()); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	s.Start(t, "synchronous_standby_names=")
}

// signal is the file that makes a server a standby.
func (s *Member) signal() string { return filepath.Join(s.folder, "data", "standby.signal") }

// Follow has a server that does not run come back as a standby that takes no writes.
func (s *Member) Follow(t testing.TB) {
	t.Helper()
	if err := os.WriteFile(s.signal(), nil, 0o644); err != nil { // for the server, who may be another user, to read
		t.Fatal(err)
	}
	s.Start(t)
}
