package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/vierkant/vierkant/broker"
)

// effort is how much it takes to hash a password.
type effort struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// current is what OWASP's password storage cheat sheet has for argon2id with the least memory: a node hashes few passwords, and many nodes are small.
func current() effort { return effort{memory: 19 * 1024, passes: 2, threads: 1} }

const (
	saltBytes = 16
	hashBytes = 32

	// mostEffort keeps a stored text that somebody changed from taking all memory.
	mostMemory = 1 << 20
	mostPasses = 100
)

// passwords hashes, a few at once.
type passwords struct {
	turns  chan struct{}
	hashed func()
	decoy  hash // what a wrong address is compared with
}

func newPasswords(atOnce int, hashed func()) (*passwords, error) {
	if atOnce < 0 {
		return nil, errors.New("config has a negative number of hashings")
	}
	if atOnce == 0 {
		atOnce = max(4, runtime.GOMAXPROCS(0))
	}
	if hashed == nil {
		hashed = func() {}
	}
	decoy := hash{effort: current(), salt: make([]byte, saltBytes), sum: make([]byte, hashBytes)}
	return &passwords{turns: make(chan struct{}, atOnce), hashed: hashed, decoy: decoy}, nil
}

// hash is a password as it is kept.
type hash struct {
	effort
	salt, sum []byte
}

// make hashes a new password.
func (p *passwords) make(ctx context.Context, password string) (string, error) {
	h := hash{effort: current(), salt: make([]byte, saltBytes)}
	rand.Read(h.salt)
	sum, err := p.sum(ctx, h, password, hashBytes)
	h.sum = sum
	return h.String(), err
}

// verify compares a password with a stored one; "" is none, and takes as long. stale says that it should be hashed anew.
func (p *passwords) verify(ctx context.Context, stored, password string) (right, stale bool, err error) {
	h := p.decoy
	if stored != "" {
		if h, err = parseHash(stored); err != nil {
			return false, false, err
		}
	}
	sum, err := p.sum(ctx, h, password, uint32(len(h.sum)))
	right = err == nil && subtle.ConstantTimeCompare(sum, h.sum) == 1 && stored != ""
	return right, right && h.effort != current(), err
}

// sum hashes when it is its turn.
func (p *passwords) sum(ctx context.Context, h hash, password string, length uint32) ([]byte, error) {
	select {
	case p.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, broker.Unavailable.Wrap(ctx.Err(), "busy", "many people sign in at the moment: try again in some seconds")
	}
	defer func() { <-p.turns }()
	p.hashed()
	return argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, length), nil
}

// String is the hash in the usual form (PHC string format).
func (h hash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.threads, b64.EncodeToString(h.salt), b64.EncodeToString(h.sum))
}

func parseHash(text string) (h hash, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errors.New("a stored password is not of argon2id")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); err != nil {
		return h, errors.New("the effort of a stored password cannot be read")
	}
	if h.memory == 0 || h.memory > mostMemory || h.passes == 0 || h.passes > mostPasses || h.threads == 0 {
		return h, errors.New("the effort of a stored password is out of bounds")
	}
	var saltErr, sumErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	h.sum, sumErr = base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || len(h.sum) < 16 || len(h.sum) > 64 {
		return h, errors.New("a stored password cannot be read")
	}
	return h, nil
}
