package client

import "sync"

// Progress tells how far an attachment is on its way. It goes back when something has to be sent again.
type Progress struct {
	Attachment  string // filename or, where that is not known, the id
	Done, Total int64  // bytes: of the plaintext when sending, sealed ones when fetching; a Total of 0 is not known
}

// progressStep is how many bytes pass before the next word about them, so that telling costs nothing.
const progressStep = 256 << 10

// meter tells how far one attachment is: once at its begin, every 256 KiB, and once at its end. All pieces of an attachment share
// one. What is repeated is taken back.
type meter struct {
	tell func(Progress)

	mu    sync.Mutex // held while telling, so that the words come in order
	now   Progress
	told  int64
	begun bool
}

// newMeter returns nil, on which nothing is counted, if nobody wants to know.
func newMeter(tell func(Progress), attachment string, total int64) *meter {
	if tell == nil {
		return nil
	}
	return &meter{tell: tell, now: Progress{Attachment: attachment, Total: total}}
}

// name names an attachment that has no other name.
func (m *meter) name(id string) {
	if m != nil && m.now.Attachment == "" {
		m.now.Attachment = id
	}
}

// begin tells that the attachment is on its way.
func (m *meter) begin() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.begun {
		m.begun = true
		m.tell(m.now)
	}
}

// add counts bytes, negative for those that will come again.
func (m *meter) add(n int64) {
	if m == nil || n == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Done += n
	if step := m.now.Done - m.told; step >= progressStep || step < 0 || m.now.Done == m.now.Total {
		m.say()
	}
}

// expect sets what is known of the total only now.
func (m *meter) expect(total int64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Total = total
}

// end tells the last word, unless it was said: where the total was not known, it is now.
func (m *meter) end() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.told != m.now.Done || m.now.Total != m.now.Done {
		m.now.Total = m.now.Done
		m.say()
	}
}

func (m *meter) say() {
	m.told = m.now.Done
	m.tell(m.now)
}
