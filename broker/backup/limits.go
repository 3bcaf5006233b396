package backup

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// pace spreads bytes over time. The zero value does not.
type pace struct {
	rate  int64 // bytes per second
	ahead *time.Time
}

func newPace(rate int64) pace {
	now := time.Now()
	return pace{rate, &now}
}

// catchUp is how much time that was not used is made up for: a rest always lasts a little longer than it should.
const catchUp = time.Second

// after tells how long to rest after so many bytes.
func (p pace) after(bytes int) time.Duration {
	if p.rate <= 0 {
		return 0
	}
	now := time.Now()
	if earliest := now.Add(-catchUp); p.ahead.Before(earliest) {
		*p.ahead = earliest
	}
	*p.ahead = p.ahead.Add(time.Duration(float64(bytes) / float64(p.rate) * float64(time.Second)))
	return p.ahead.Sub(now)
}

// rest waits.
func rest(ctx context.Context, pause time.Duration) error {
	if pause <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// looks is after how many bytes it is looked how much room is left.
const looks = 16 << 20

// room keeps a disk from being filled to its end, where others need it. The zero value does not.
type room struct {
	path  string
	least uint64 // bytes that stay free
	since *int
}

// roomOn leaves so much of the disk of a folder free if it is also that of another one.
func roomOn(path, other string, least int64) (room, error) {
	here, err := os.Stat(path)
	if err != nil {
		return room{}, err
	}
	there, err := os.Stat(other)
	if err != nil {
		return room{}, err
	}
	if here.Sys().(*syscall.Stat_t).Dev != there.Sys().(*syscall.Stat_t).Dev {
		return room{}, nil
	}
	since := looks // look at once
	return room{path, uint64(least), &since}, nil
}

// check is told of bytes that are written.
func (r room) check(bytes int) error {
	if r.since == nil {
		return nil
	}
	if *r.since += bytes; *r.since < looks {
		return nil
	}
	*r.since = 0
	var disk syscall.Statfs_t
	if err := syscall.Statfs(r.path, &disk); err != nil {
		return fmt.Errorf("look for room: %w", err)
	}
	if free := disk.Bavail * uint64(disk.Bsize); free < r.least {
		return fmt.Errorf("the disk, on which the data are too, has only %d MB left, and the broker needs them: %w", free>>20, syscall.ENOSPC)
	}
	return nil
}
