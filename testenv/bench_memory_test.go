package testenv_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	movingUp, movingDown = 4, 4
	stalledUploads       = 16       // as many as one client may have
	stallAfter           = 16 * mib // more than socket buffers hold: the broker has read a part of it
)

// memory measures what the process takes for itself, mapped files aside: while large attachments move, and for each upload that is
// under way.
func (s *stand) memory(b *testing.B) {
	idle, err := s.resident()
	if err != nil {
		s.table.note("resident memory without mapped pages", "not measured: "+err.Error(), "")
		return
	}
	peak := s.whileMoving(b)
	figure(b, "memory/8x200MiB", map[string]float64{"MiB": peak})
	s.table.note(fmt.Sprintf("resident memory without mapped pages, %d uploads and %d downloads of 200 MiB at once", movingUp, movingDown),
		fmt.Sprintf("%.0f MiB (%.0f MiB before)", peak, idle), "< 150 MiB")
	perUpload := s.whileStalled(b)
	figure(b, "memory/upload", map[string]float64{"MiB": perUpload})
	s.table.note(fmt.Sprintf("its growth per running upload, %d in their middle", stalledUploads), fmt.Sprintf("%.2f MiB", perUpload), "≤ 1 MiB")
}

// whileMoving returns the highest figure while eight attachments of 200 MiB move.
func (s *stand) whileMoving(b *testing.B) (peak float64) {
	b.Helper()
	const size = 200 * mib
	stored := s.announced(b)
	if err := s.put(b.Context(), stored, s.body(size)); err != nil {
		b.Fatal(err)
	}
	s.submit(b, stored)
	var fresh []parcelRef
	for range movingUp {
		fresh = append(fresh, s.announced(b))
	}
	var team errgroup.Group
	for _, p := range fresh {
		body := s.body(size)
		team.Go(func() error { return s.put(b.Context(), p, body) })
	}
	for range movingDown {
		team.Go(func() error { return fetch(b.Context(), s.asSubscriber, stored.path(0), size) })
	}
	over := make(chan error, 1)
	go func() { over <- team.Wait() }()
	return s.highest(b, over)
}

// highest samples until something is over.
func (s *stand) highest(b *testing.B, over <-chan error) (peak float64) {
	b.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		now, err := s.resident()
		if err != nil {
			b.Fatal(err)
		}
		peak = max(peak, now)
		select {
		case err := <-over:
			if err != nil {
				b.Fatal(err)
			}
			return peak
		case <-tick.C:
		}
	}
}

// whileStalled returns how much more memory there is, per upload, while uploads stand still in their middle. What the collector keeps from
// before may be all they need.
func (s *stand) whileStalled(b *testing.B) float64 {
	b.Helper()
	before, err := s.resident()
	if err != nil {
		b.Fatal(err)
	}
	ctx, abandon := context.WithCancel(b.Context())
	stalled, ended := make(chan struct{}, stalledUploads), make(chan error, stalledUploads)
	for range stalledUploads {
		p, body := s.announced(b), s.body(200*mib)
		body.Reader = io.MultiReader(io.LimitReader(body.Reader, stallAfter), &stall{stalled, ctx.Done()})
		go func() { ended <- s.put(ctx, p, body) }()
	}
	for range stalledUploads {
		select {
		case <-stalled:
		case err := <-ended:
			b.Fatalf("upload: ended before its middle: %v", err)
		}
	}
	during, err := s.resident()
	if err != nil {
		b.Fatal(err)
	}
	abandon()
	for range stalledUploads {
		<-ended // cut off
	}
	return (during - before) / stalledUploads
}

// stall is the middle of a body that does not go on.
type stall struct {
	reached chan<- struct{}
	end     <-chan struct{}
}

// Read implements io.Reader.
func (s *stall) Read([]byte) (int, error) {
	s.reached <- struct{}{}
	<-s.end
	return 0, io.ErrUnexpectedEOF
}

// resident returns the resident anonymous memory of the program in MiB (RssAnon, proc_pid_status(5)).
func (s *stand) resident() (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.program.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("no RssAnon in /proc/%d/status", s.program.cmd.Process.Pid)
}
