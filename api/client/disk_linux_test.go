package client_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/vierkant/vierkant/api/client"
)

// TestDiskIsFull: what cannot be written is an error that names the place, never a rejection, and leaves nothing behind. The
// disk ends where this process may not write further, which is a process of its own.
func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	const child = "CLIENT_TEST_DISK_IS_FULL"
	if os.Getenv(child) == "" {
		command := exec.Command(os.Args[0], "-test.run=^TestDiskIsFull$")
		command.Env = append(os.Environ(), child+"=1")
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	b := newBroker(t)
	config := b.config()
	config.FragmentSize = 150_000
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	whole := send(t, b, attached(client.Bytes(make([]byte, 300_000))))
	inFragments, err := c.Sender().Send(context.Background(), attached(client.Bytes(make([]byte, 300_000))))
	if err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 200_000, Max: 200_000}); err != nil {
		t.Fatal(err)
	}
	for name, receipt := range map[string]client.Receipt{"whole": whole, "joined": inFragments} {
		fetched, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
		var reject *client.RejectError
		if !errors.Is(err, syscall.EFBIG) || errors.As(err, &reject) || fetched != nil || !strings.Contains(err.Error(), b.scratch) {
			t.Errorf("%s: Fetch: %v, want an error about a file below %s", name, err, b.scratch)
		}
		expectEmpty(t, b.scratch)
	}
}
