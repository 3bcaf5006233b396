package testenv_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
)

// backupVariable is the environment variable that says how many megabytes are backed up; they are there three times for a while.
const backupVariable = "VIERKANT_BENCH_BACKUP"

const (
	backupSize    = 500     // megabytes, if nobody says otherwise
	backupBlob    = 1 << 20 // bytes of a large body
	backupSenders = 16
	backupTurn    = 8 * time.Second
	pastBytes     = 12_000 // that one past application takes in the file
)

// BenchmarkBackup has senders at work with "vierkant serve" on files: alone, while a backup is made, and while cp copies the data folder, which
// is no backup, but what copying so much costs on this disk. A tenth of what is backed up are records. Each part runs once, whatever
// -benchtime says.
func BenchmarkBackup(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	l, megabytes := newBackupRush(b)
	target := filepath.Join(b.TempDir(), "backup")
	config := filepath.Join(l.r.folder, "node0.yaml")
	conditions := []struct {
		name    string
		command []string // nil: none, for a turn
	}{
		{"alone", nil},
		{"beside a backup", []string{l.binary, "backup", target, "--config", config}},
		{"beside cp", []string{"sh", "-c", `cp -r "$0" "$1" && sync -f "$1"`, l.r.data(), target}},
		{"beside a backup at 50MB/s", []string{l.binary, "backup", target, "--config", config, "--rate", "50MB/s"}},
	}
	var t table
	var alone summary
	for i, c := range conditions {
		s := l.r.side(nil)
		l.beside(b, s, c.command)
		total := s.summary("submit")
		if i == 0 {
			alone = total
		}
		rate := "-"
		if c.command != nil {
			moved := sizeOf(b, target)
			rate = fmt.Sprintf("%.0f", moved/s.lasted.Seconds())
			if err := os.RemoveAll(target); err != nil {
				b.Fatal(err)
			}
		}
		t.add(c.name, rate, fmt.Sprintf("%.1f", s.lasted.Seconds()), fmt.Sprintf("%.0f", total.rate), fmt.Sprintf("%.1f", total.p50),
			fmt.Sprintf("%.1f", total.p99), ratio(total.rate, alone.rate), ratio(total.p99, alone.p99))
	}
	t.print(fmt.Sprintf("%d senders, %d MB", backupSenders, megabytes), "copied MB/s", "seconds", "submitted per second", "p50 ms", "p99 ms", "rate, ratio", "p99, ratio")
}

// backupRush is senders and a broker with much data.
type backupRush struct {
	*rush
	binary string
}

func newBackupRush(b *testing.B) (l *backupRush, megabytes int) {
	b.Helper()
	a := newArena(b)
	megabytes = fromEnvironment(b, backupVariable, backupSize)
	r, err := a.found(b.Context(), b.TempDir(), "")
	if err == nil {
		err = r.fillFiles(b.Context(), tokenSize, megabytes*1_000_000/10/pastBytes)
	}
	if err == nil {
		err = r.fillBlobs(b.Context(), megabytes*900_000/backupBlob)
	}
	if err != nil {
		b.Fatal(err)
	}
	r.config = loadLimits
	b.Cleanup(r.kill)
	if err := a.run(b.Context(), r, 1); err != nil {
		b.Fatal(err)
	}
	return &backupRush{
		&rush{r: r, content: contentFor(r.sealKey, a.random, 10<<10), attachment: sealed(r.sealKey, a.random, attachmentSize)}, a.binary,
	}, megabytes
}

// fillBlobs gives a past submission so many large attachments.
func (r *rival) fillBlobs(ctx context.Context, many int) error {
	store, err := bolt.Open(bolt.Config{Path: filepath.Join(r.data(), "vierkant.db")})
	if err != nil {
		return err
	}
	defer store.Close()
	blobs, err := blobdir.Open(filepath.Join(r.data(), "blobs"))
	if err != nil {
		return err
	}
	defer blobs.Close()
	content := []byte(text(newRandom(), backupBlob))
	var team errgroup.Group
	team.SetLimit(backupSenders)
	for range many {
		team.Go(func() error {
			id, size, err := blobs.Put(ctx, bytes.NewReader(content))
			if err != nil {
				return err
			}
			return store.Update(ctx, func(tx broker.Tx) error {
				return tx.PutAttachment(broker.Attachment{
					Submission: "past", ID: broker.NewID[broker.AttachmentID](), Sealed: broker.Sealed{Body: broker.Body{Blob: id, Size: size}},
				})
			})
		})
	}
	return team.Wait()
}

// beside has all senders work while a command runs, or for a turn.
func (l *backupRush) beside(b *testing.B, s *side, command []string) {
	b.Helper()
	var over atomic.Bool
	var team errgroup.Group
	start := time.Now()
	for range backupSenders {
		team.Go(func() error {
			for !over.Load() {
				if err := l.send(b.Context(), s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var err error
	if command == nil {
		time.Sleep(backupTurn)
	} else if out, failed := exec.CommandContext(b.Context(), command[0], command[1:]...).CombinedOutput(); failed != nil {
		err = fmt.Errorf("%v: %w: %s", command, failed, out)
	}
	s.lasted = time.Since(start)
	over.Store(true)
	if failed := team.Wait(); err == nil {
		err = failed
	}
	if err != nil {
		b.Fatal(err)
	}
}

// sizeOf sums up what is in a folder, in megabytes.
func sizeOf(b *testing.B, folder string) (megabytes float64) {
	b.Helper()
	err := filepath.WalkDir(folder, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		about, err := e.Info()
		if err == nil {
			megabytes += float64(about.Size()) / 1e6
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return megabytes
}
