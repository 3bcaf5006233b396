package signin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/vierkant/vierkant/broker"
)

// A challenge is its end, 16 random bytes and a MAC over both, its use and its person.
const (
	challengeLife   = 5 * time.Minute
	challengeRandom = 16
	challengePlain  = 8 + challengeRandom
	challengeBytes  = challengePlain + sha256.Size
)

// use of a challenge; one for the other is refused.
type ceremony string

// The uses.
const (
	toRegister ceremony = "register"
	toSignIn   ceremony = "sign in"
)

func (s *Service) newChallenge(to ceremony, p broker.PersonID) []byte {
	plain := make([]byte, challengePlain, challengeBytes)
	binary.BigEndian.PutUint64(plain, uint64(s.cfg.Now().Add(challengeLife).UnixMilli()))
	rand.Read(plain[8:])
	return append(plain, s.challengeMAC(plain, to, p)...)
}

func (s *Service) challengeMAC(plain []byte, to ceremony, p broker.PersonID) []byte {
	mac := hmac.New(sha256.New, s.challenge)
	mac.Write(plain)
	mac.Write([]byte(string(to) + " " + string(p)))
	return mac.Sum(nil)
}

// challengeIn returns the challenge that a browser answered, if it is one of ours, for this, and not over.
func (s *Service) challengeIn(answered protocol.CollectedClientData, to ceremony, p broker.PersonID) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(answered.Challenge)
	if err != nil || len(raw) != challengeBytes {
		return nil, errPasskey(errors.New("the challenge is none of ours"))
	}
	if !hmac.Equal(raw[challengePlain:], s.challengeMAC(raw[:challengePlain], to, p)) {
		return nil, errPasskey(errors.New("the challenge is none of ours, or for something else"))
	}
	if s.cfg.Now().UnixMilli() >= int64(binary.BigEndian.Uint64(raw)) {
		return nil, errPasskey(errors.New("the challenge is too old"))
	}
	return raw, nil
}

// answeredRecord keeps a challenge from being answered again.
type answeredRecord struct {
	Expires time.Time `json:"expires"`
}

func (s *Service) answered(tx broker.Tx, challenge []byte) error {
	id := base64.RawURLEncoding.EncodeToString(challenge[:challengePlain])
	if _, err := tx.Entry(challengeEntries, id); err == nil {
		return errPasskey(errors.New("the challenge was answered before"))
	} else if !errors.Is(err, broker.ErrNoRow) {
		return err
	}
	until := time.UnixMilli(int64(binary.BigEndian.Uint64(challenge))).UTC()
	return keep(tx, challengeEntries, id, "", until, answeredRecord{until})
}
