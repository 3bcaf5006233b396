package seal

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/vierkant/vierkant/crypto/keys"
)

// A chunk is what is authenticated, encoded and written at once: whole blocks of GHASH (16 bytes) and of base64
// (blockData). From 12 to 192 KiB the rate is the same within what can be measured.
const (
	chunkSize = 48 << 10
	chunkText = chunkSize / 3 * 4
)

var (
	errClosed = errors.New("seal: writer is closed")
	errUnread = errors.New("seal: the plaintext was not read to its end")
)

// A Writer seals what is written to it as one compact JWE, in 300 KiB of memory however long that is: what [Seal] makes,
// for large bodies. Who cannot give it all of the plaintext does not close it: without the tag nobody opens what was
// written. It belongs to one goroutine.
type Writer struct {
	out  io.Writer
	head []byte // the first three parts, until they are written
	gcm  *gcm

	written int64           // bytes of plaintext
	pending int             // bytes in chunk
	chunk   [chunkSize]byte // ciphertext that is not authenticated and encoded yet
	text    [chunkText]byte

	tag string
	err error // the first error, and the answer from then on
}

// NewWriter returns a Writer to out. It writes nothing yet. Errors are those of [Seal]: the key does not fit.
func NewWriter(out io.Writer, key keys.Public, cty string) (*Writer, error) {
	if err := checkRecipient(key); err != nil {
		return nil, err
	}
	var secret [contentKeySize]byte
	var iv [ivSize]byte
	_, _ = rand.Read(secret[:]) // crypto/rand does not fail
	_, _ = rand.Read(iv[:])
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, key.Key, secret[:], nil)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	header := headerText(key.KID, cty)
	g, err := newGCM(secret[:], iv[:], header)
	if err != nil {
		return nil, err
	}
	return &Writer{out: out, head: joinHead(header, wrapped, iv[:]), gcm: g}, nil
}

// headerText returns the first part: the header that the library writes for the same key and cty.
func headerText(kid, cty string) []byte {
	header, _ := json.Marshal(struct {
		Alg string `json:"alg"`
		Cty string `json:"cty,omitempty"`
		Enc string `json:"enc"`
		KID string `json:"kid"`
	}{alg, cty, enc, kid}) // strings always encode
	return base64.RawURLEncoding.AppendEncode(nil, header)
}

// joinHead puts the parts before the ciphertext together, with the dots behind them.
func joinHead(header, wrapped, iv []byte) []byte {
	head := append([]byte(nil), header...)
	for _, part := range [][]byte{wrapped, iv} {
		head = base64.RawURLEncoding.AppendEncode(append(head, '.'), part)
	}
	return append(head, '.')
}

// SealedSize returns the length in bytes of the compact JWE that a Writer makes of so many bytes of plaintext.
func SealedSize(key keys.Public, cty string, plain int64) int64 {
	head := len(joinHead(headerText(key.KID, cty), make([]byte, keyBytes), make([]byte, ivSize)))
	content := plain/3*4 + (plain%3*8+5)/6
	return int64(head) + content + int64(len(".")) + tagText
}

// Write seals the next bytes. Errors are those of the underlying writer, and [ErrTooLarge] for more than the 64 GiB that
// A256GCM can seal. After an error the JWE is lost, and every call returns the same error.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err == nil {
		w.err = w.checkRoom(len(p))
	}
	done := 0
	for done < len(p) && w.err == nil {
		n := min(len(p)-done, chunkSize-w.pending)
		w.encrypt(w.chunk[:], p[done:done+n])
		done += n
		if w.pending == chunkSize {
			w.err = w.flush()
		}
	}
	return done, w.err
}

// ReadFrom seals all that in holds, for [io.Copy]. It is Write for what is read, but while one chunk is read and
// encrypted, the one before is encoded and written by another goroutine, which is gone when ReadFrom returns. Errors:
// those of Write, and that of in, after which the JWE is lost as well: what was cut off must not pass for a whole.
func (w *Writer) ReadFrom(in io.Reader) (int64, error) {
	if w.err != nil {
		return 0, w.err
	}
	before := w.written
	onward := newBelt(chunkSize, w.emit)
	ended := false
	defer func() {
		_ = onward.end()
		if !ended { // in panicked
			w.err = errUnread
		}
	}()
	failed := w.fill(onward, in)
	ended = true
	w.err = cmp.Or(w.err, onward.end(), failed)
	return w.written - before, w.err
}

// fill seals in to the belt and returns its error. What is no whole chunk in the end stays with the Writer.
func (w *Writer) fill(onward *belt, in io.Reader) error {
	chunk, _ := onward.next() // the first cannot fail
	copy(chunk, w.chunk[:w.pending])
	for {
		n, err := in.Read(chunk[w.pending:])
		if w.err = w.checkRoom(n); w.err != nil {
			return nil
		}
		w.encrypt(chunk, chunk[w.pending:w.pending+n])
		if w.pending == chunkSize {
			w.authenticate(chunk)
			onward.pass(chunk)
			if chunk, w.err = onward.next(); w.err != nil {
				return nil
			}
		}
		if err != nil {
			copy(w.chunk[:], chunk[:w.pending])
			return unlessEnd(err)
		}
	}
}

// unlessEnd returns the error of a reader, unless it is that there is no more.
func unlessEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func (w *Writer) checkRoom(n int) error {
	if int64(n) > maxContent-w.written {
		return fmt.Errorf("%w: A256GCM seals at most %d bytes", ErrTooLarge, int64(maxContent))
	}
	return nil
}

// encrypt adds plaintext to what is pending in chunk.
func (w *Writer) encrypt(chunk, plaintext []byte) {
	w.gcm.crypt(chunk[w.pending:w.pending+len(plaintext)], plaintext)
	w.pending += len(plaintext)
	w.written += int64(len(plaintext))
}

// Close seals what is left and writes the tag, without which nobody opens the JWE. It does not close the underlying
// writer. Errors: those of [Writer.Write]; of a second Close, that it is one.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if w.err = w.flush(); w.err != nil {
		return w.err
	}
	tag := w.gcm.tag()
	text := base64.RawURLEncoding.EncodeToString(tag[:])
	if _, w.err = io.WriteString(w.out, "."+text); w.err != nil {
		return w.err
	}
	w.tag, w.err = text, errClosed
	return nil
}

// Tag returns the last part of the JWE, 22 characters, or "" before Close succeeded.
func (w *Writer) Tag() string {
	return w.tag
}

// authenticate takes what is pending in chunk into the tag, and it is not pending any more.
func (w *Writer) authenticate(chunk []byte) {
	w.gcm.authenticate(chunk[:w.pending])
	w.pending = 0
}

// flush authenticates and writes what is pending.
func (w *Writer) flush() error {
	chunk := w.chunk[:w.pending]
	w.authenticate(chunk)
	return w.emit(chunk)
}

// emit writes the head, if that is still to be done, and ciphertext.
func (w *Writer) emit(chunk []byte) error {
	if w.head != nil {
		if _, err := w.out.Write(w.head); err != nil {
			return err
		}
		w.head = nil
	}
	if len(chunk) == 0 {
		return nil
	}
	_, err := w.out.Write(w.text[:encode(w.text[:], chunk)])
	return err
}
