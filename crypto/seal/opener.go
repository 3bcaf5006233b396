package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/vierkant/vierkant/crypto/keys"
)

// An opener decrypts what an [Inspector] finds good, part by part. What it writes is not to be believed before verify.
// Who uses it must stop it in the end.
type opener struct {
	plaintext io.Writer
	key       func(Header) (keys.Private, error)
	limit     int64

	additional []byte               // the first part as it is encoded, since the end of it
	secret     *rsa.PrivateKey      // since the same moment
	contentKey [contentKeySize]byte // since the end of the encrypted key
	gcm        *gcm                 // since the end of the initialization vector

	left    int64           // characters of ciphertext that may still come
	carried int             // characters in carry
	carry   [blockText]byte // what is no whole block yet
	filled  int             // bytes in chunk
	chunk   []byte          // what is being decoded, of chunkSize and spare bytes
	belt    *belt           // to decrypting and writing, which use gcm and plaintext until it has ended
}

// end is told that a part has ended and is good in itself, with its text unless it is the ciphertext.
func (o *opener) end(part int, text []byte, header Header) error {
	switch part {
	case headerPart:
		o.additional = bytes.Clone(text)
		return o.ask(header)
	case keyPart:
		return o.unwrap(text)
	case ivPart:
		return o.start(text)
	}
	return o.finish()
}

func (o *opener) ask(header Header) error {
	most := mostContent(header, o.limit)
	if most < 0 {
		return ErrTooLarge
	}
	o.left = most/3*4 + most%3 + 1 // one that is left over spells nothing, and is found out in the end
	key, err := o.key(header)
	if err != nil {
		return err
	}
	if !header.AddressedTo(key.Public) {
		return ErrWrongKey
	}
	o.secret = key.Secret
	return nil
}

// mostContent bounds the ciphertext of a plaintext of at most limit bytes. With zip it is generous: deflating makes
// nothing longer but by a few bytes per block, and only a writer that means to fill the disk makes blocks of nothing.
func mostContent(header Header, limit int64) int64 {
	limit = min(limit, maxContent)
	if header.Zip == "" || limit < 0 {
		return limit
	}
	const room = 64 << 10
	return min(2*limit+room, maxContent)
}

// unwrap decrypts the content key. If that fails, a random one takes its place, so that all goes on in the same way,
// takes as long, and fails at the tag: nobody can ask questions with encrypted keys of their making (RFC 7516 11.5).
func (o *opener) unwrap(text []byte) error {
	wrapped, err := base64.RawURLEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("%w: encrypted key: %w", ErrSyntax, err)
	}
	_, _ = rand.Read(o.contentKey[:]) // crypto/rand does not fail
	unwrapped, err := rsa.DecryptOAEP(sha256.New(), nil, o.secret, wrapped, nil)
	if err == nil && len(unwrapped) == contentKeySize {
		copy(o.contentKey[:], unwrapped)
	}
	return nil
}

func (o *opener) start(text []byte) error {
	iv, err := base64.RawURLEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("%w: initialization vector: %w", ErrSyntax, err)
	}
	if o.gcm, err = newGCM(o.contentKey[:], iv, o.additional); err != nil {
		return err
	}
	o.belt = newBelt(chunkSize+spare, o.decrypt)
	o.chunk, err = o.belt.next()
	return err
}

// take is given the next characters of the ciphertext and returns how many of them are good.
func (o *opener) take(text []byte) (int, error) {
	within := text[:min(int64(len(text)), o.left)]
	good := 0
	for good < len(within) {
		n := o.decode(within[good:])
		if n == 0 {
			return good, nil
		}
		good += n
		o.left -= int64(n)
		if err := o.passFull(); err != nil {
			return good, err
		}
	}
	if good < len(text) {
		return good, ErrTooLarge
	}
	return good, nil
}

// decode moves characters from text to chunk, or to carry while they are no whole block, and returns how many. It is 0
// if the first is not of the alphabet.
func (o *opener) decode(text []byte) int {
	if o.carried == 0 {
		if n := decode(o.chunk[o.filled:], text); n > 0 {
			o.filled += n / blockText * blockData
			return n
		}
	}
	n := prefix(text[:min(len(text), blockText-o.carried)])
	o.carried += copy(o.carry[o.carried:], text[:n])
	if o.carried == blockText {
		decode(o.chunk[o.filled:], o.carry[:])
		o.filled += blockData
		o.carried = 0
	}
	return n
}

func (o *opener) passFull() (err error) {
	if o.filled < chunkSize {
		return nil
	}
	o.belt.pass(o.chunk[:o.filled])
	o.filled = 0
	o.chunk, err = o.belt.next()
	return err
}

// finish passes on what is left when the ciphertext has ended.
func (o *opener) finish() error {
	n, err := base64.RawURLEncoding.Decode(o.chunk[o.filled:], o.carry[:o.carried])
	if err != nil {
		return fmt.Errorf("%w: ciphertext: %w", ErrSyntax, err)
	}
	o.belt.pass(o.chunk[:o.filled+n])
	return o.stop()
}

// decrypt is what is done with chunks at the other end of the belt.
func (o *opener) decrypt(chunk []byte) error {
	o.gcm.authenticate(chunk)
	o.gcm.crypt(chunk, chunk)
	_, err := o.plaintext.Write(chunk)
	return err
}

// stop waits until nothing is decrypted and written any more.
func (o *opener) stop() error {
	if o.belt == nil {
		return nil
	}
	return o.belt.end()
}

// verify tells whether tag, as it is encoded, is that of all that was taken.
func (o *opener) verify(tag string) error {
	found, err := base64.RawURLEncoding.DecodeString(tag)
	want := o.gcm.tag()
	if err != nil || subtle.ConstantTimeCompare(found, want[:]) != 1 {
		return ErrOpen
	}
	return nil
}
