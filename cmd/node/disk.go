package node

import (
	"fmt"
	"syscall"
)

// defaultReserve is how much of the disk stays free before a node says that it is full: enough for what runs to be ended.
const defaultReserve = 64 << 20

// disk is the file system of a folder.
type disk struct {
	Free  uint64 // bytes that this user may still write
	Total uint64 // bytes
}

func diskOf(folder string) (disk, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return disk{}, fmt.Errorf("the disk of %s: %w", folder, err)
	}
	block := uint64(s.Bsize)
	return disk{Free: s.Bavail * block, Total: s.Blocks * block}, nil
}

// diskFree refuses when the disk of the data folder is all but full.
func (n *Node) diskFree() error {
	d, err := diskOf(n.cfg.Data)
	if err == nil && d.Free < uint64(n.cfg.reserve()) {
		err = fmt.Errorf("the disk of %s is full: %d MiB are free, and %d MiB are to stay so: make room", n.cfg.Data, d.Free>>20, n.cfg.reserve()>>20)
	}
	return err
}

func (c Config) reserve() int64 {
	if c.DiskReserve == 0 {
		return defaultReserve
	}
	return c.DiskReserve
}
