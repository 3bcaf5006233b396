package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// owner is the superuser of the cluster.
const owner = "vierkant"

// Secret is a role that does not exist at first: its members have to give a password, everybody else is trusted.
const Secret = "secret"

// cluster is a running server.
type cluster struct {
	folder string    // has the data and the socket
	alive  io.Closer // closed with this process: the server's end
}

var errMissing = errors.New("there is no PostgreSQL here to test with: apt-get install postgresql")

// binaries returns the folder of initdb and postgres: the newest of Debian's, else one on the PATH.
func binaries() (string, error) {
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.SortFunc(all, func(a, b string) int { return release(a) - release(b) })
	if len(all) > 0 {
		return filepath.Dir(all[len(all)-1]), nil
	}
	if found, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(found), nil
	}
	return "", errMissing
}

// release reads 15 from /usr/lib/postgresql/15/bin/postgres.
func release(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// server is what the shell does: the server runs until the input ends. One that was killed is started again, as soon as what is left of it has
// gone.
const server = `
bin=$1 folder=$2; shift 2
cd "$folder"
"$bin/initdb" -D data -U ` + owner + ` -A trust -E UTF8 --locale=C --no-sync --no-instructions >log 2>&1 && {
	sed -i '1i local all +` + Secret + ` scram-sha-256' data/pg_hba.conf
	touch wanted
	while [ -e wanted ]; do
		"$bin/postgres" -D data -k "$folder" "$@" >>log 2>&1 </dev/null
		sleep 0.05
	done &
	cat >/dev/null
	rm wanted
	while kill -0 $! 2>/dev/null; do
		[ -s data/postmaster.pid ] && kill -QUIT $(head -n 1 data/postmaster.pid) 2>/dev/null
		sleep 0.05
	done
}
rm -rf "$folder"
`

// start makes a cluster and starts its server with these settings.
func start(settings ...string) (*cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder(as)
	if err != nil {
		return nil, err
	}
	settings = append(settings, "listen_addresses=", "max_connections=300", "shared_buffers=32MB", "deadlock_timeout=200ms")
	args := []string{"-c", server, "sh", bin, folder}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	sh := exec.Command("sh", args...)
	sh.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setsid: true} // no Ctrl-C for the shell: it has to clean up
	sh.Env = append(os.Environ(), "LC_ALL=C")
	alive, err := sh.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := sh.Start(); err != nil {
		return nil, err
	}
	c := &cluster{folder: folder, alive: alive}
	return c, c.await()
}

// await returns when the server takes connections.
func (c *cluster) await() (err error) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if err = c.exec("select 1"); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(c.folder, "log"))
	c.alive.Close()
	return fmt.Errorf("%w; its log ends: %s", err, bytes.TrimSpace(log[max(0, len(log)-2000):]))
}

// newFolder makes a folder, with a short name, since that of a socket may have 107 bytes only.
func newFolder(as *syscall.Credential) (string, error) {
	folder, err := os.MkdirTemp(shortTemp(), "vkpg")
	if err != nil || as == nil {
		return folder, err
	}
	return folder, os.Chown(folder, int(as.Uid), int(as.Gid))
}

func shortTemp() string {
	if temp := os.TempDir(); len(temp) < 60 {
		return temp
	}
	return "/tmp"
}

// unprivileged returns whom to run as; nil is who runs the test.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no other user to run it as: %s", strings.Join([]string{"postgres", "nobody"}, ", "))
}
