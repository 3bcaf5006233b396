package client

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/routing"
)

// Bounds of a snapshot that is read.
const (
	maxSnapshot     = 4 << 30 // bytes
	maxSnapshotLine = 1 << 20 // addressing information has 256 KiB at most
)

// ErrSnapshot means: a snapshot is not what the portal signed. Nothing of it is to be believed then.
var ErrSnapshot = errors.New("snapshot of the routes is altered or cut off")

// Trust is whose word a snapshot has to be.
type Trust struct {
	Portal         string   `json:"portal"`         // base URL, the issuer
	SubmissionHost string   `json:"submissionHost"` // without scheme
	Keys           keys.Set `json:"keys"`           // of the portal
}

// Snapshot is a verified copy of all routes, for the time when the routing service is out of reach. It holds where each route stands in
// its file, which stays open, and not the routes. It may be used by many goroutines.
type Snapshot struct {
	file  *os.File
	judge judge
	head  attest.Snapshot
	table *routing.Table
	lines []line // by the number of the route
}

// line is where a route stands. Its digest is that of what was verified: the file may be written to later.
type line struct {
	offset int64
	length int
	sum    [sha256.Size]byte
}

// OpenSnapshot reads a snapshot that [Client.SaveSnapshot] or anybody else saved, and checks all of it: the signature of its head and the
// digest of its routes. The signature of a route is checked when it is found. It needs no network. The caller closes it. Errors:
// [ErrSnapshot], [keys.ErrMalformed], [keys.ErrSignature], [attest.ErrMismatch], [*KeyError], and those of the file.
func OpenSnapshot(path string, trust Trust, now time.Time) (*Snapshot, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{file: file, judge: trust.judge(now)}
	if err := s.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return s, nil
}

func (t Trust) judge(now time.Time) judge {
	return judge{host: t.SubmissionHost, portal: t.Portal, keys: keySet{keySetOf(t.Portal), t.Keys}, now: now}
}

// Close closes the file.
func (s *Snapshot) Close() error { return s.file.Close() }

// Issued is when the portal last said that these are the routes.
func (s *Snapshot) Issued() time.Time { return s.head.IssuedAt }

// Len is how many routes there are.
func (s *Snapshot) Len() int { return s.head.Routes }

func (s *Snapshot) read() error {
	in, err := newSnapshotReader(s.file, s.judge)
	if err != nil {
		return err
	}
	s.head = in.head
	var (
		entries []routing.Entry
		ranks   []routing.Rank
	)
	for {
		offset := in.offset
		text, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		route, err := decodeRoute(text)
		if err == nil {
			entries, err = appendEntries(entries, route, uint32(len(s.lines)))
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", in.number, err)
		}
		ranks = append(ranks, rankOf(route))
		s.lines = append(s.lines, line{offset, len(text), sha256.Sum256(text)})
	}
	s.table, err = routing.Build(entries, ranks)
	return err
}

func decodeRoute(text []byte) (r wire.SnapshotRoute, err error) { return r, wire.Decode(text, &r) }

// appendEntries lists the coverage of a route. Services without a key cannot be asked for by one.
func appendEntries(entries []routing.Entry, r wire.SnapshotRoute, number uint32) ([]routing.Entry, error) {
	for _, c := range r.Coverage {
		for _, text := range c.Regions {
			region, err := routing.ParseRegion(text)
			if err != nil {
				return nil, err
			}
			for _, urn := range c.Services {
				if service, ok := routing.ServiceFromURN(urn); ok {
					entries = append(entries, routing.Entry{Service: service, Region: region, Route: number})
				}
			}
		}
	}
	return entries, nil
}

func rankOf(r wire.SnapshotRoute) routing.Rank {
	return routing.Rank{Priority: r.Priority, From: second(r.From), Until: second(r.Until), Offline: r.Offline}
}

// second is the first whole second at or after a time; 0 for none.
func second(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Add(time.Second - 1).Unix()
}

// Routes is [Client.Routes] out of the snapshot, as of its own judgement at a time: who would answer then if nothing changed since it was
// issued. An area can be named by ARS or AGS only.
func (s *Snapshot) Routes(serviceKey string, area Area, at time.Time) ([]Route, error) {
	service, err := routing.ParseKey(serviceKey)
	if err != nil {
		return nil, err
	}
	where, err := area.read()
	if err != nil {
		return nil, err
	}
	numbers, err := s.lookUp(service, where, at.Unix())
	if err != nil {
		return nil, err
	}
	var routes []Route
	for _, n := range numbers {
		found, err := s.route(n)
		if err != nil {
			return nil, err
		}
		route, err := s.judge.route(found.Route, service, where)
		if err != nil {
			return nil, &RouteError{found.DestinationID, err}
		}
		routes = append(routes, route)
	}
	return routes, nil
}

func (s *Snapshot) lookUp(service routing.Service, where place, at int64) (numbers []uint32, err error) {
	switch {
	case where.known:
		numbers, _, _ = s.table.Lookup(service, where.region, at, nil)
	case where.ags != nil:
		numbers, _, _ = s.table.LookupAGS(service, *where.ags, at, nil)
	default:
		err = errors.New("a snapshot has no ids of areas: name the area by its ARS or AGS")
	}
	return numbers, err
}

// route reads a route again.
func (s *Snapshot) route(n uint32) (wire.SnapshotRoute, error) {
	at := s.lines[n]
	text := make([]byte, at.length)
	if _, err := s.file.ReadAt(text, at.offset); err != nil {
		return wire.SnapshotRoute{}, err
	}
	if sha256.Sum256(text) != at.sum {
		return wire.SnapshotRoute{}, fmt.Errorf("%w: line %d was changed since it was opened", ErrSnapshot, n+2)
	}
	return decodeRoute(text)
}

// snapshotReader reads a snapshot line by line. What it gives may be believed when it has said io.EOF.
type snapshotReader struct {
	head   attest.Snapshot
	in     *bufio.Reader
	digest hash.Hash
	offset int64 // of the next line
	number int   // of the last line, the head is 1
}

// newSnapshotReader reads and judges the head.
func newSnapshotReader(r io.Reader, by judge) (*snapshotReader, error) {
	s := &snapshotReader{in: bufio.NewReaderSize(io.LimitReader(r, maxSnapshot), maxSnapshotLine), digest: sha256.New()}
	text, err := s.line()
	if err != nil {
		return nil, err
	}
	s.head, err = attest.VerifySnapshot(string(text), func(kid string) (keys.Public, error) { return by.keys.signatureKey(kid, by.now) }, by.portal, by.host)
	return s, err
}

// next returns a line, which is valid until the next call; io.EOF when there were as many as the head says, and those that it says.
func (s *snapshotReader) next() ([]byte, error) {
	if s.number > s.head.Routes {
		return nil, s.end()
	}
	text, err := s.line()
	if err == nil {
		s.digest.Write(text)
		s.digest.Write([]byte{'\n'})
	}
	return text, err
}

func (s *snapshotReader) end() error {
	if _, err := s.in.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.Join(fmt.Errorf("%w: expected %d routes, found more", ErrSnapshot, s.head.Routes), err)
	}
	if [sha256.Size]byte(s.digest.Sum(nil)) != s.head.SHA256 {
		return fmt.Errorf("%w: the routes are not those that were signed", ErrSnapshot)
	}
	return io.EOF
}

// line reads to the next line feed.
func (s *snapshotReader) line() ([]byte, error) {
	text, err := s.in.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: it ends in line %d", ErrSnapshot, s.number+1)
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, fmt.Errorf("%w: line %d: expected at most %d bytes", ErrSnapshot, s.number+1, maxSnapshotLine)
	case err != nil:
		return nil, err
	}
	s.offset += int64(len(text))
	s.number++
	return bytes.TrimSuffix(text, []byte{'\n'}), nil
}
