package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Server is a durable server of one test, which may kill it.
type Server struct {
	DSN string // of a fresh database

	cluster *cluster
}

// StartServer is StartDurable on a server that nobody else uses. It ends with the test.
func StartServer(t testing.TB) *Server {
	t.Helper()
	s := new(Server)
	s.DSN = database(t, func() (c *cluster, err error) {
		s.cluster, err = start()
		if err == nil {
			t.Cleanup(func() { s.cluster.alive.Close() })
		}
		return s.cluster, err
	})
	return s
}

// Kill kills the server (SIGKILL). It is started again at once, and finds what a crash leaves; Await tells when it answers.
func (s *Server) Kill() error {
	raw, err := os.ReadFile(filepath.Join(s.cluster.folder, "data", "postmaster.pid"))
	if err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// Await returns when the server answers.
func (s *Server) Await() error { return s.cluster.await() }
