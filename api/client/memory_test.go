package client_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/client"
)

// onDisk has the broker keep attachments in files, as a real one does: so that what is measured is the client.
func onDisk(b *broker, folder string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		_, id, attachment := strings.Cut(r.URL.Path, "/attachments/")
		if !attachment {
			return false
		}
		path := filepath.Join(folder, id)
		if r.Method == http.MethodGet {
			http.ServeFile(w, r, path)
			return true
		}
		tag, err := keep(path, r.Body)
		if err != nil {
			b.t.Error(err)
		}
		b.sealed[id] = "." + tag // all that the broker needs of it
		w.WriteHeader(http.StatusNoContent)
		return true
	}
}

// keep writes a JWE to a file and returns its tag.
func keep(path string, body io.Reader) (string, error) {
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	size, err := io.Copy(file, body)
	if err != nil {
		return "", err
	}
	tag := make([]byte, 22)
	_, err = file.ReadAt(tag, size-int64(len(tag)))
	return string(tag), err
}

// large makes a broker that keeps attachments on disk, and an application with one of so many bytes that it has in a file.
func large(t testing.TB, size int64) (*broker, client.Application) {
	b, folder := newBroker(t), t.TempDir()
	b.before = onDisk(b, folder)
	path := filepath.Join(folder, "attachment")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(file, rand.Reader, size); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return b, attached(client.File(path))
}

// TestMemory: attachments are never whole in memory, in no direction. Everything that is allocated on the way, on both sides of the
// connection, is less than one of the two plaintexts. It is not parallel, so that nothing else allocates.
func TestMemory(t *testing.T) {
	const size = 24 << 20
	for _, fragment := range []int64{0, 7 << 20} {
		t.Run(fmt.Sprint(fragment), func(t *testing.T) {
			b, a := large(t, size)
			config := b.config()
			config.FragmentSize = fragment
			c, err := client.New(config)
			if err != nil {
				t.Fatal(err)
			}
			subscriber := b.subscriber()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			receipt, err := c.Sender().Send(context.Background(), a)
			if err != nil {
				t.Fatal(err)
			}
			fetched, err := subscriber.Fetch(context.Background(), receipt.SubmissionID)
			runtime.ReadMemStats(&after)
			if err != nil || fetched.Attachments[0].Size != size {
				t.Fatalf("Fetch: %v, want an attachment of %d bytes", err, size)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > size/2 {
				t.Errorf("%d bytes were allocated in all for an attachment of %d", got, size)
			}
		})
	}
}

func BenchmarkSend(b *testing.B) {
	broker, a := large(b, 64<<20)
	sender := broker.client().Sender()
	b.SetBytes(64 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sender.Send(context.Background(), a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFetch(b *testing.B) {
	broker, a := large(b, 64<<20)
	receipt, subscriber := send(b, broker, a), broker.subscriber()
	b.SetBytes(64 << 20)
	b.ReportAllocs()
	for b.Loop() {
		fetched, err := subscriber.Fetch(context.Background(), receipt.SubmissionID)
		if err != nil {
			b.Fatal(err)
		}
		if err := fetched.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
