package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// message is one message of AES-256-GCM.
type message struct {
	key, iv, additional, plaintext []byte
}

func randomMessage(random *rand.ChaCha8, additional, plaintext int) message {
	take := func(n int) []byte {
		taken := make([]byte, n)
		_, _ = random.Read(taken)
		return taken
	}
	return message{take(contentKeySize), take(ivSize), take(additional), take(plaintext)}
}

// byLibrary returns ciphertext and tag.
func (m message) byLibrary(t *testing.T) ([]byte, []byte) {
	t.Helper()
	block, err := aes.NewCipher(m.key)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	sealed := whole.Seal(nil, m.iv, m.plaintext, m.additional)
	return sealed[:len(m.plaintext)], sealed[len(m.plaintext):]
}

// inChunks does the same in chunks, encrypted in pieces that piece says.
func (m message) inChunks(t *testing.T, chunk int, piece func() int) ([]byte, []byte) {
	t.Helper()
	g, err := newGCM(m.key, m.iv, m.additional)
	if err != nil {
		t.Fatal(err)
	}
	sealed := make([]byte, len(m.plaintext))
	for done := 0; done < len(sealed); {
		end := min(done+piece(), len(sealed))
		g.crypt(sealed[done:end], m.plaintext[done:end])
		done = end
	}
	for rest := sealed; len(rest) > 0; {
		n := min(chunk, len(rest))
		g.authenticate(rest[:n])
		rest = rest[n:]
	}
	tag := g.tag()
	return sealed, tag[:]
}

func (m message) check(t *testing.T, chunk int, piece func() int) {
	t.Helper()
	wantSealed, wantTag := m.byLibrary(t)
	sealed, tag := m.inChunks(t, chunk, piece)
	if !bytes.Equal(sealed, wantSealed) || !bytes.Equal(tag, wantTag) {
		t.Errorf("%d bytes with %d additional in chunks of %d: got tag %x, want %x", len(m.plaintext), len(m.additional), chunk, tag, wantTag)
	}
}

// Every length around blocks and chunks, cut at random, is to the library what it is in chunks.
func TestGCMAsTheLibrary(t *testing.T) {
	t.Parallel()
	for _, chunk := range []int{16, 48, 4096, chunkSize} {
		random := rand.NewChaCha8([32]byte{byte(chunk)})
		cut := rand.New(random)
		for _, border := range []int{0, 16, 32, 48, chunk, 2 * chunk, 3 * chunk} {
			for length := max(border-17, 0); length <= border+17; length++ {
				m := randomMessage(random, cut.IntN(100), length)
				m.check(t, chunk, func() int { return 1 + cut.IntN(1<<uint(cut.IntN(17))) })
			}
		}
	}
}

func TestGCMAdditionalData(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{1})
	for additional := range 100 {
		for _, length := range []int{0, 1, additional, 160} {
			randomMessage(random, additional, length).check(t, 32, func() int { return length })
		}
	}
	randomMessage(random, maxHeaderText, 5).check(t, chunkSize, func() int { return 5 })
}

// Short chunks may only come last, but chunks of several lengths that are whole blocks may be mixed.
func TestGCMMixedChunks(t *testing.T) {
	t.Parallel()
	m := randomMessage(rand.NewChaCha8([32]byte{2}), 7, 16+32+16+48+5)
	sealed, want := m.byLibrary(t)
	g, err := newGCM(m.key, m.iv, m.additional)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{16, 32, 16, 0, 48, 5, 0} {
		g.authenticate(sealed[:n])
		sealed = sealed[n:]
	}
	if got := g.tag(); !bytes.Equal(got[:], want) {
		t.Errorf("got tag %x, want %x", got, want)
	}
}

func FuzzGCM(f *testing.F) {
	f.Add([]byte("key"), []byte("header"), []byte("plaintext"), uint16(3))
	f.Add([]byte{}, []byte{}, []byte{}, uint16(0))
	f.Add([]byte{0xff}, bytes.Repeat([]byte{0xff}, 33), bytes.Repeat([]byte{0xff}, 333), uint16(1))
	f.Fuzz(func(t *testing.T, key, additional, plaintext []byte, cut uint16) {
		m := message{make([]byte, contentKeySize), make([]byte, ivSize), additional, plaintext}
		copy(m.key, key)
		copy(m.iv, additional)
		m.check(t, 16*(1+int(cut)%64), func() int { return 1 + int(cut) })
	})
}

type aeadVectors struct {
	TestGroups []struct {
		Tests []struct {
			ID      int    `json:"tcId"`
			Comment string `json:"comment"`
			Key     string `json:"key"`
			IV      string `json:"iv"`
			AAD     string `json:"aad"`
			Msg     string `json:"msg"`
			CT      string `json:"ct"`
			Tag     string `json:"tag"`
			Result  string `json:"result"`
		} `json:"tests"`
	} `json:"testGroups"`
}

func TestWycheproofGCM(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("testdata", "wycheproof_aes_gcm_256.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all aeadVectors
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, group := range all.TestGroups {
		for _, test := range group.Tests {
			m := message{unhex(t, test.Key), unhex(t, test.IV), unhex(t, test.AAD), unhex(t, test.Msg)}
			for _, chunk := range []int{16, 32, 48, chunkSize} {
				sealed, tag := m.inChunks(t, chunk, func() int { return chunk - 1 })
				holds := bytes.Equal(sealed, unhex(t, test.CT)) && bytes.Equal(tag, unhex(t, test.Tag))
				if want := test.Result == "valid"; holds != want {
					t.Errorf("%d %s in chunks of %d: holds %v, want %v", test.ID, test.Comment, chunk, holds, want)
				}
			}
			seen++
		}
	}
	if seen != 66 {
		t.Errorf("got %d vectors, want 66", seen)
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The textbook's multiplication, with branches (NIST SP 800-38D 6.3).
func textbook(x, y element) element {
	var z element
	for i := range 128 {
		bit := x.high >> (63 - i%64)
		if i >= 64 {
			bit = x.low >> (63 - i%64)
		}
		if bit&1 == 1 {
			z = z.plus(y)
		}
		odd := y.low&1 == 1
		y = element{y.high >> 1, y.low>>1 | y.high<<63}
		if odd {
			y.high ^= 0xE1 << 56
		}
	}
	return z
}

func TestElements(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	values := []element{{}, {high: 1 << 63}, {low: 1}, {high: ^uint64(0), low: ^uint64(0)}, {high: 1}, {low: 1 << 63}}
	for range 30 {
		values = append(values, element{random.Uint64(), random.Uint64()})
	}
	for _, a := range values {
		power := element{high: 1 << 63}
		for n := range 20 {
			if got := a.power(n); got != power {
				t.Fatalf("%x to the power of %d: got %x, want %x", a, n, got, power)
			}
			power = textbook(power, a)
		}
		block := a.bytes()
		if got := elementOf(block[:]); got != a {
			t.Errorf("written and read: got %x, want %x", got, a)
		}
		for _, b := range values {
			if got, want := a.times(b), textbook(a, b); got != want || b.times(a) != want {
				t.Fatalf("%x times %x: got %x, want %x", a, b, got, want)
			}
		}
	}
}
