package blobdir

import (
	"os"
	"path/filepath"
	"sync"
)

const (
	nameDigits   = 32   // of a blob's name: four of its folder, then 112 random bits
	prefixDigits = 4    // of a folder
	shelfSize    = 1024 // blobs that a folder takes in a row
)

// shelf is the folder that takes blobs at the moment.
type shelf struct {
	prefix string // the first digits of the names in it
	path   string
	left   int // how many more it takes; guarded by Dir.mu
	synced group
}

// currentShelf returns the folder for one more blob.
func (d *Dir) currentShelf() (*shelf, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shelf == nil || d.shelf.left == 0 {
		s, err := d.newShelf(randomHex(prefixDigits))
		if err != nil {
			return nil, err
		}
		d.shelf = s
	}
	d.shelf.left--
	return d.shelf, nil
}

// shelfOf returns the folder for a blob that has its name already. Names that come one after the other mostly share it.
func (d *Dir) shelfOf(name string) (*shelf, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	prefix := name[:prefixDigits]
	if d.given == nil || d.given.prefix != prefix {
		s, err := d.newShelf(prefix)
		if err != nil {
			return nil, err
		}
		d.given = s
	}
	return d.given, nil
}

// newShelf makes a folder, durably. One that exists is treated alike: whoever made it may have crashed before its entry was synced.
func (d *Dir) newShelf(prefix string) (*shelf, error) {
	parent := filepath.Join(d.root, prefix[:2])
	s := &shelf{prefix: prefix, path: filepath.Join(parent, prefix[2:]), left: shelfSize}
	s.synced.sync = func() error { return d.syncFolder(s.path) }
	if err := os.MkdirAll(s.path, 0o700); err != nil {
		return nil, err
	}
	if err := d.syncFolder(parent); err != nil {
		return nil, err
	}
	return s, d.syncFolder(d.root)
}

func (s *shelf) newName() string { return s.prefix + randomHex(nameDigits-prefixDigits) }

// take moves a finished file to its name, durably or not at all.
func (s *shelf) take(tmp, name string) error {
	path := filepath.Join(s.path, name)
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	if err := s.synced.do(); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}

// group merges calls of sync: a call that arrives while one runs shares the next one with all others that do.
type group struct {
	sync func() error

	running sync.Mutex // held while sync runs

	mu   sync.Mutex // guards next; taken after running
	next *round     // gathers until its turn comes
}

// round is one run of sync and those who wait for it.
type round struct {
	done chan struct{}
	err  error // set before done is closed
}

// do returns after a sync that began after do was called.
func (g *group) do() error {
	r, leads := g.join()
	if leads {
		return g.lead(r)
	}
	return g.wait(r)
}

// lead runs sync for all that joined the round, once the one before is done.
func (g *group) lead(r *round) error {
	g.running.Lock()
	defer g.running.Unlock()
	g.mu.Lock()
	g.next = nil // who comes from here on is too late for this one
	g.mu.Unlock()
	r.err = g.sync()
	close(r.done)
	return r.err
}

func (g *group) wait(r *round) error {
	<-r.done
	return r.err
}

// join enters the gathering round; the first to do so leads it.
func (g *group) join() (r *round, leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next != nil {
		return g.next, false
	}
	g.next = &round{done: make(chan struct{})}
	return g.next, true
}
