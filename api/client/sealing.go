package client

import (
	"bytes"
	"cmp"
	"errors"
	"hash"
	"io"
	"sync"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

var errChanged = errors.New("the content changed while it was sent")

// sealing is a piece that is read again and sealed while it is sent. Before the tag is written, without which nobody can open
// it, the plaintext has to be what was hashed.
type sealing struct {
	piece   *piece
	content io.ReadCloser
	running hash.Hash
	left    int64 // bytes of plaintext
	writer  *seal.Writer
	sealed  bytes.Buffer // what was not sent yet
	buffer  [48 << 10]byte
	err     error // what comes when sealed is empty: io.EOF after the tag

	mu      sync.Mutex // result and takeBack may come while net/http still reads
	tag     string
	counted int64
	over    bool
}

// seal opens the content and goes to where the piece begins.
func (p *piece) seal(key keys.Public) (*sealing, error) {
	running, err := p.before.Clone()
	if err != nil {
		return nil, err
	}
	s := &sealing{piece: p, running: running, left: p.size}
	if s.writer, err = seal.NewWriter(&s.sealed, key, p.of.MIMEType); err != nil {
		return nil, err
	}
	if s.content, err = p.of.Open(); err != nil {
		return nil, err
	}
	if err := skipTo(s.content, p.offset); err != nil {
		_ = s.content.Close()
		return nil, err
	}
	p.meter.begin()
	return s, nil
}

func skipTo(content io.Reader, offset int64) error {
	if seeker, ok := content.(io.Seeker); ok && offset > 0 {
		_, err := seeker.Seek(offset, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, content, offset)
	if err == io.EOF {
		return errChanged
	}
	return err
}

// Read gives the JWE.
func (s *sealing) Read(p []byte) (int, error) {
	for s.sealed.Len() == 0 && s.err == nil {
		s.err = s.step()
	}
	if s.sealed.Len() > 0 {
		return s.sealed.Read(p)
	}
	return 0, s.err
}

// step seals some more.
func (s *sealing) step() error {
	n, err := s.content.Read(s.buffer[:min(s.left, int64(len(s.buffer)))])
	plain := s.buffer[:n]
	_, _ = s.running.Write(plain) // a hash never fails
	s.left -= int64(n)
	s.count(int64(n))
	if _, err := s.writer.Write(plain); err != nil {
		return err
	}
	if s.left == 0 || err == io.EOF {
		return s.finish()
	}
	return err
}

// finish writes the tag if the plaintext was the expected one.
func (s *sealing) finish() error {
	if s.left > 0 || !bytes.Equal(s.running.Sum(nil), s.piece.after) {
		return errChanged
	}
	if _, err := io.ReadFull(s.content, s.buffer[:1]); s.piece.last && err != io.EOF {
		return cmp.Or(err, errChanged)
	}
	if err := s.writer.Close(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tag = s.writer.Tag()
	return io.EOF
}

func (s *sealing) count(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.counted += n
		s.piece.meter.add(n)
	}
}

// takeBack forgets the progress of an attempt that failed; there may have been none.
func (s *sealing) takeBack() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.piece.meter.add(-s.counted)
}

// result returns the tag, after the service said that it has the whole.
func (s *sealing) result() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tag == "" {
		return "", errors.New("the service answered before everything was sent")
	}
	return s.tag, nil
}

// Close ends the reading of the content.
func (s *sealing) Close() error { return s.content.Close() }
