package seal

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"testing"
)

// What is written and read in blocks is what the library writes and reads.
func TestBase64AsTheLibrary(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{5})
	for length := range 300 {
		data := make([]byte, length)
		_, _ = random.Read(data)
		want := base64.RawURLEncoding.EncodeToString(data)
		text := make([]byte, len(want))
		if n := encode(text, data); n != len(want) || string(text) != want {
			t.Fatalf("%d bytes: wrote %d characters %s, want %s", length, n, text, want)
		}
		back := make([]byte, length+spare)
		done := decode(back, text)
		if want := len(text) / blockText * blockText; done != want {
			t.Fatalf("%d characters: decoded %d, want %d", len(text), done, want)
		}
		if n := int(decodedLen(int64(done))); !bytes.Equal(back[:n], data[:n]) {
			t.Fatalf("%d bytes: read %x, want %x", length, back[:n], data[:n])
		}
	}
}

// Blocks end before the first byte that is not of the alphabet, whatever it is and wherever it stands.
func TestDecodeStopsAtForeignBytes(t *testing.T) {
	t.Parallel()
	into := make([]byte, 100)
	for at := range 3 * blockText {
		for b := range 256 {
			text := bytes.Repeat([]byte("Vierkant"), 3*blockText/8)
			text[at] = byte(b)
			good, done := 3*blockText, 3*blockText
			if sextets[b] == outside {
				good, done = at, at/blockText*blockText
			}
			if got := decode(into, text); got != done {
				t.Fatalf("byte %#02x at %d: decoded %d, want %d", b, at, got, done)
			}
			if got := prefix(text); got != good {
				t.Fatalf("byte %#02x at %d: %d are good, want %d", b, at, got, good)
			}
		}
	}
}

// No room, no block: nothing is written behind the end.
func TestDecodeKeepsItsRoom(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("Vierkant"), 3*blockText/8)
	for room := range 3*blockData + 10 {
		into := make([]byte, room)
		if got, want := decode(into, text), max(room-spare, 0)/blockData*blockText; got != min(want, len(text)) {
			t.Errorf("room for %d: decoded %d, want %d", room, got, want)
		}
	}
}
