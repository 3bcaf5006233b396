package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/vierkant/vierkant/api/client"
)

const (
	refresh   = 100 * time.Millisecond // between two redrawings
	clearLine = "\r\x1b[K"
	megabyte  = 1e6
)

// meter shows on one line of a terminal how far the attachments are.
type meter struct {
	doing string // like "sent"
	to    *os.File

	mu    sync.Mutex
	moved map[string]client.Progress // by attachment
	drawn time.Time                  // last
}

// newMeter returns nil, whose methods do nothing, where nobody looks: standard error is no terminal, or JSON is wanted.
func newMeter(doing string, o output) *meter {
	if !watched(o) {
		return nil
	}
	return &meter{doing: doing, to: os.Stderr, moved: map[string]client.Progress{}}
}

// watched reports whether somebody sees a line that is redrawn.
func watched(o output) bool {
	info, err := os.Stderr.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && !o.asJSON && os.Getenv("TERM") != "dumb"
}

// progress is for [client.Config.Progress].
func (m *meter) progress() func(client.Progress) {
	if m == nil {
		return nil
	}
	return m.note
}

func (m *meter) note(p client.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moved[p.Attachment] = p
	if now := time.Now(); now.Sub(m.drawn) >= refresh || p.Done == p.Total {
		m.drawn = now
		m.draw()
	}
}

// draw needs mu. Names of files are not shown: those of fetched ones are a stranger's, and could steer the terminal.
func (m *meter) draw() {
	var done, total int64
	for _, p := range m.moved {
		done, total = done+p.Done, total+p.Total
	}
	fmt.Fprintf(m.to, "%s%s %.1f of %.1f MB, %d attachments, %d %%", clearLine, m.doing,
		float64(done)/megabyte, float64(total)/megabyte, len(m.moved), 100*done/max(total, 1))
}

// end clears the line before something else is said.
func (m *meter) end() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.moved) > 0 {
		fmt.Fprint(m.to, clearLine)
		clear(m.moved)
	}
}
