package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
)

// The sizes of A256GCM in JWE, in bytes (RFC 7518 5.3).
const (
	contentKeySize = 32
	ivSize         = 12
	tagSize        = 16
)

// maxContent is the most that GCM encrypts under one IV, in bytes (NIST SP 800-38D 5.2.1.1): behind it the counter would
// come round.
const maxContent = 1<<36 - 32

// gcm is AES-256-GCM (NIST SP 800-38D 7) for content that comes in chunks.
//
// The standard library encrypts in counter mode as a stream, but computes tags only of what is in memory as a whole.
// So the tag is put together from tags of the chunks. With a chunk as additional data and nothing to encrypt, the
// library returns T = (Y + L)·H + E(J0), where Y is the GHASH of the chunk's m blocks, L the block with its length and
// H = E(0). What is kept is Z, the GHASH so far times H: no inverse of H is ever needed.
//
//	Z ← Z·H^m + T + L·H + E(J0)      for every chunk
//	tag = Z + lengths·H + E(J0)      at the end
//
// T and Z tell everything about H and stay in here. The IV serves several T, which is the same as asking GCM about
// several messages under one IV: it would betray H to those who see them, and nobody does.
type gcm struct {
	counter cipher.Stream
	mac     cipher.AEAD
	iv      [ivSize]byte

	h, mask element // H and E(J0)
	z       element
	step    step // of the last chunk; chunks of the same length share it

	additional, content uint64        // bytes so far
	space               [tagSize]byte // for T
}

// step is what is the same for all chunks of one length.
type step struct {
	length int
	power  element // H^m
	remove element // L·H + E(J0)
}

// newGCM starts a message. The key has 32 bytes, the IV 12.
func newGCM(key, iv, additional []byte) (*gcm, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	mac, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	g := &gcm{mac: mac, iv: [ivSize]byte(iv)}
	var hash, first [aes.BlockSize]byte
	block.Encrypt(hash[:], hash[:])
	copy(first[:], iv)
	first[len(first)-1] = 2 // the first block of content; 1 is J0
	g.counter = cipher.NewCTR(block, first[:])
	first[len(first)-1] = 1
	block.Encrypt(first[:], first[:])
	g.h, g.mask = elementOf(hash[:]), elementOf(first[:])
	g.absorb(additional)
	g.additional = uint64(len(additional))
	return g, nil
}

// crypt encrypts or decrypts the next bytes of the content, of any number.
func (g *gcm) crypt(into, from []byte) {
	g.counter.XORKeyStream(into, from)
}

// authenticate takes the next chunk of ciphertext. Every chunk but the last is a multiple of 16 bytes.
func (g *gcm) authenticate(chunk []byte) {
	g.absorb(chunk)
	g.content += uint64(len(chunk))
}

func (g *gcm) absorb(chunk []byte) {
	if len(chunk) == 0 {
		return
	}
	if g.step.length != len(chunk) {
		g.step = g.stepOf(len(chunk))
	}
	t := elementOf(g.mac.Seal(g.space[:0], g.iv[:], nil, chunk))
	g.z = g.z.times(g.step.power).plus(t).plus(g.step.remove)
}

func (g *gcm) stepOf(length int) step {
	blocks := (length + aes.BlockSize - 1) / aes.BlockSize
	lengths := element{high: uint64(length) * 8}
	return step{length: length, power: g.h.power(blocks), remove: lengths.times(g.h).plus(g.mask)}
}

// tag returns the tag of all that was authenticated.
func (g *gcm) tag() [tagSize]byte {
	lengths := element{high: g.additional * 8, low: g.content * 8}
	return g.z.plus(lengths.times(g.h)).plus(g.mask).bytes()
}
