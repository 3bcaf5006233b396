package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"hash"
	"io"
	"sync"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

var (
	errChanged = errors.New("the content changed while it was sent")
	errStopped = errors.New("read after it was closed")
)

// sealing is a piece that is read again and sealed while it is sent. Before the tag is written, without which nobody can open
// it, the plaintext has to be what was hashed.
type sealing struct {
	piece *piece

	mu      sync.Mutex // of all below: net/http may go on reading after it answered
	content io.ReadCloser
	running hash.Hash
	left    int64 // bytes of plaintext
	writer  *seal.Writer
	sealed  bytes.Buffer // what was not sent yet
	buffer  [48 << 10]byte
	err     error // what comes when sealed is empty: io.EOF after the tag
	tag     string
	counted int64 // bytes of progress
	closed  bool
}

// seal opens the content and goes to where the piece begins.
func (p *piece) seal(ctx context.Context, key keys.Public) (*sealing, error) {
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
	if err := skipTo(ctx, s.content, p.offset); err != nil {
		_ = s.content.Close()
		return nil, err
	}
	p.meter.begin()
	return s, nil
}

func skipTo(ctx context.Context, content io.Reader, offset int64) error {
	if seeker, ok := content.(io.Seeker); ok && offset > 0 {
		_, err := seeker.Seek(offset, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, heeding{ctx, content}, offset)
	if err == io.EOF {
		return errChanged
	}
	return err
}

// Read gives the JWE.
func (s *sealing) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, errStopped
	}
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
	s.counted += int64(n)
	s.piece.meter.add(int64(n))
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
	s.tag = s.writer.Tag()
	return io.EOF
}

// stop ends an attempt, after which nothing reads the content; there may have been none.
func (s *sealing) stop() {
	if s != nil {
		_ = s.Close() // it was only read
	}
}

// takeBack ends an attempt that failed, if there was one, and forgets its progress.
func (s *sealing) takeBack() {
	if s != nil {
		s.stop()
		s.piece.meter.add(-s.counted)
	}
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

// Close closes the content, once, and not while it is read.
func (s *sealing) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.content.Close()
}
