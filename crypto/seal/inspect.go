package seal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
)

// Info is what a compact JWE says about itself without being opened.
type Info struct {
	Header  Header
	Tag     string // fifth part verbatim, 22 characters; recorded in the event log, not verified (FIT-Connect contract 6.3)
	Size    int64  // bytes of the compact form
	Content int64  // bytes of the ciphertext, which without zip is the length of the plaintext
}

// MaxHeader bounds the decoded header, in bytes.
const MaxHeader = 4 << 10

const (
	maxHeaderText = (MaxHeader*8 + 5) / 6 // characters
	tagText       = 22
)

// The five parts of a compact JWE (RFC 7516 7.1).
const (
	headerPart = iota
	keyPart
	ivPart
	contentPart
	tagPart
)

// parts bounds each part, in characters. A 4096-bit key wraps to 683, the IV of 96 bits takes 16, the tag of 128 bits
// 22 (FIT-Connect contract 6.3). Together with the shortest header that means at least 776 characters.
var parts = [...]struct {
	name     string
	min, max int64
}{
	headerPart:  {"header", 1, maxHeaderText},
	keyPart:     {"encrypted key", 683, 683},
	ivPart:      {"initialization vector", 16, 16},
	contentPart: {"ciphertext", 0, math.MaxInt64},
	tagPart:     {"authentication tag", tagText, tagText},
}

// Inspect checks a compact JWE in memory. Errors: [ErrSyntax], [*HeaderError].
func Inspect[C string | []byte](compact C, rules Rules) (Info, error) {
	inspector := NewInspector(rules, int64(len(compact)))
	var piece [4 << 10]byte
	for done := 0; done < len(compact); {
		n := copy(piece[:], compact[done:])
		if _, err := inspector.Write(piece[:n]); err != nil {
			return Info{}, err
		}
		done += n
	}
	return inspector.Finish()
}

// An Inspector checks a compact JWE that is written to it in pieces of any length, beside whatever else is done with
// them. It keeps the header and the tag, 6 KiB, however long the body is. It belongs to one goroutine.
type Inspector struct {
	rules Rules
	limit int64

	part   int   // the part being read
	length int64 // its characters so far
	last   byte  // its last character

	info Info                // filled part by part
	text [maxHeaderText]byte // of the part being read, unless it is the ciphertext
	err  error               // the first error, and the answer from then on

	opener *opener // decrypts what passes; nil: nobody
}

// NewInspector returns an Inspector for a compact JWE of at most limit bytes.
func NewInspector(rules Rules, limit int64) *Inspector {
	return &Inspector{rules: rules, limit: limit}
}

// Write takes the next piece. It fails at the first byte that no acceptable JWE has at this place, returns how many
// bytes before it were good, and from then on gives the same error. Errors: [ErrSyntax], [*HeaderError], [ErrTooLarge].
func (i *Inspector) Write(p []byte) (int, error) {
	before := i.info.Size
	within := p[:min(int64(len(p)), max(i.limit-before, 0))]
	for len(within) > 0 && i.err == nil {
		within = within[i.step(within):]
	}
	if i.err == nil && i.info.Size-before < int64(len(p)) {
		i.err = fmt.Errorf("%w: expected at most %d bytes", ErrTooLarge, i.limit)
	}
	return int(i.info.Size - before), i.err
}

// Finish says that the body has ended here and returns what it says about itself. Errors: as [Inspector.Write].
func (i *Inspector) Finish() (Info, error) {
	if i.err == nil && i.part != tagPart {
		i.err = fmt.Errorf("%w: expected five parts, found %d", ErrSyntax, i.part+1)
	}
	if i.err == nil {
		i.err = i.checkPart()
	}
	if i.err != nil {
		return Info{}, i.err
	}
	i.info.Tag = string(i.kept())
	return i.info, nil
}

// step takes one dot, or what p begins with up to the next one, and returns how many bytes that was.
func (i *Inspector) step(p []byte) int {
	run := bytes.IndexByte(p, '.')
	if run < 0 {
		run = len(p)
	}
	if run > 0 {
		return i.takeText(p[:run])
	}
	if i.err = i.endPart(); i.err != nil {
		return 0
	}
	i.info.Size++
	return 1
}

// takeText takes characters of the current part as far as they are good and there is room for them.
func (i *Inspector) takeText(text []byte) int {
	room := min(int64(len(text)), parts[i.part].max-i.length)
	good, err := i.pass(text[:room])
	i.keep(text[:good])
	i.info.Size += int64(good)
	switch {
	case err != nil:
		i.err = err
	case good < int(room):
		i.err = fmt.Errorf("%w: expected base64url without padding, found %q at offset %d", ErrSyntax, text[good], i.info.Size)
	case good < len(text):
		i.err = fmt.Errorf("%w: expected at most %d characters as %s", ErrSyntax, parts[i.part].max, parts[i.part].name)
	}
	return good
}

// pass returns how many characters are good. Those of the content are checked by whoever decodes them, if anybody does.
func (i *Inspector) pass(text []byte) (int, error) {
	if i.opener != nil && i.part == contentPart {
		return i.opener.take(text)
	}
	return prefix(text), nil
}

// keep remembers what is needed later of the characters taken.
func (i *Inspector) keep(text []byte) {
	if len(text) == 0 {
		return
	}
	if i.part != contentPart {
		copy(i.text[i.length:], text)
	}
	i.length += int64(len(text))
	i.last = text[len(text)-1]
}

// endPart takes the dot behind the current part.
func (i *Inspector) endPart() error {
	if i.part == tagPart {
		return fmt.Errorf("%w: found a sixth", ErrSyntax)
	}
	if err := i.checkPart(); err != nil {
		return err
	}
	switch i.part {
	case headerPart:
		if err := i.readHeader(); err != nil {
			return err
		}
	case contentPart:
		i.info.Content = decodedLen(i.length)
	}
	if i.opener != nil {
		if err := i.opener.end(i.part, i.kept(), i.info.Header); err != nil {
			return err
		}
	}
	i.part++
	i.length = 0
	return nil
}

// kept returns the text of the part being read, nothing of the ciphertext.
func (i *Inspector) kept() []byte {
	if i.part == contentPart {
		return nil
	}
	return i.text[:i.length]
}

// checkPart checks the current part as a whole.
func (i *Inspector) checkPart() error {
	part := parts[i.part]
	if i.length < part.min {
		return fmt.Errorf("%w: expected at least %d characters as %s, found %d", ErrSyntax, part.min, part.name, i.length)
	}
	if !canonical(i.length, i.last) {
		return fmt.Errorf("%w: expected the canonical base64url spelling of the %s", ErrSyntax, part.name)
	}
	return nil
}

func (i *Inspector) readHeader() error {
	raw, err := base64.RawURLEncoding.AppendDecode(nil, i.kept())
	if err != nil {
		return fmt.Errorf("%w: header: %w", ErrSyntax, err)
	}
	i.info.Header, err = i.rules.read(raw)
	return err
}
