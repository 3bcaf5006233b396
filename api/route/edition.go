package route

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// signedFor is how long the head of a snapshot serves: its time of issue tells a sender how old the copy is that he keeps, also where no
// route changes for months.
const signedFor = 12 * time.Hour

// press makes editions of the snapshot: one for each state of the routes that somebody asks for, and none in advance. A country's routes
// are some hundred megabytes, so an edition is a file, plain and compressed, and memory holds one route at a time.
type press struct {
	folder string
	sign   func(routes int, sum [32]byte) (head string, err error)
	now    func() time.Time

	mu      sync.Mutex // held while an edition is made, so that it is made once; guards what follows
	current *edition   // nil before the first
}

// edition is one state of the routes.
type edition struct {
	view          broker.View
	sum           [32]byte // of the lines
	signed        time.Time
	plain, zipped content
}

// content is the bytes of an answer: a head and what is in a file. The file has no name any more, and is closed by the garbage collector
// when nobody reads it any more: an edition does not know who still sends it.
type content struct {
	head string
	file *os.File
	size int64 // of the file
	etag string
}

func (c content) reader() io.Reader {
	return io.MultiReader(strings.NewReader(c.head), io.NewSectionReader(c.file, 0, c.size))
}

func (c content) length() string { return strconv.FormatInt(int64(len(c.head))+c.size, 10) }

// get returns the edition of a view. A view with the same routes as the last one keeps the last edition.
func (p *press) get(view broker.View) (edition, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.valid() && p.current.view == view {
		return *p.current, nil
	}
	lines, sum, err := p.write(view)
	if err != nil {
		return edition{}, err
	}
	if p.valid() && p.current.sum == sum {
		p.current.view = view
		return *p.current, lines.file.Close()
	}
	fresh, err := p.publish(view, lines, sum)
	if err != nil {
		return edition{}, errors.Join(err, lines.file.Close())
	}
	p.current = &fresh
	return fresh, nil
}

// valid reports whether there is an edition that is not too old; where the clock was set back, it is.
func (p *press) valid() bool {
	if p.current == nil {
		return false
	}
	age := p.now().Sub(p.current.signed)
	return age >= 0 && age < signedFor
}

// publish signs the lines and compresses them.
func (p *press) publish(view broker.View, lines content, sum [32]byte) (edition, error) {
	head, err := p.sign(view.Len(), sum)
	if err != nil {
		return edition{}, err
	}
	lines.head, lines.etag = head+"\n", etagOf(head)
	zipped, err := p.zip(lines)
	if err != nil {
		return edition{}, err
	}
	zipped.etag = etagOf(head + " gzip")
	return edition{view: view, sum: sum, signed: p.now(), plain: lines, zipped: zipped}, nil
}

// etagOf names what stands behind a head, which holds its digest.
func etagOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"`
}

// write puts one line for each route into a file.
func (p *press) write(view broker.View) (lines content, sum [32]byte, err error) {
	digest := sha256.New()
	lines, err = p.file(func(to io.Writer) error {
		encoder := json.NewEncoder(io.MultiWriter(to, digest))
		encoder.SetEscapeHTML(false)
		for n := range view.Len() {
			if err := encoder.Encode(lineOf(view.Route(uint32(n)))); err != nil {
				return err
			}
		}
		return nil
	})
	return lines, [32]byte(digest.Sum(nil)), err
}

// zip compresses for speed: most of a route is a signature, of which nothing can be saved but the base64.
func (p *press) zip(from content) (content, error) {
	return p.file(func(to io.Writer) error {
		z, err := gzip.NewWriterLevel(to, gzip.BestSpeed)
		if err != nil {
			return err
		}
		_, err = io.Copy(z, from.reader())
		return errors.Join(err, z.Close())
	})
}

// file makes a file of what write writes.
func (p *press) file(write func(io.Writer) error) (content, error) {
	file, err := os.CreateTemp(p.folder, "routes-*")
	if err != nil {
		return content{}, fmt.Errorf("snapshot: %w", err)
	}
	err = os.Remove(file.Name())
	const chunk = 64 << 10
	buffer := bufio.NewWriterSize(file, chunk)
	if err == nil {
		err = write(buffer)
	}
	size := int64(0)
	if err = errors.Join(err, buffer.Flush()); err == nil {
		size, err = file.Seek(0, io.SeekCurrent)
	}
	if err != nil {
		return content{}, fmt.Errorf("snapshot: %w", errors.Join(err, file.Close()))
	}
	return content{file: file, size: size}, nil
}
