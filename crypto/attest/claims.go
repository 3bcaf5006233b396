package attest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/crypto/keys"
)

// Claims are what addressing information states (FIT-Connect contract 5.5). All fields are required.
type Claims struct {
	SubmissionHost string    // host of the delivery service, with its port if that is not the usual one, no scheme
	Issuer         string    // iss, base URL of the portal
	Services       []Service // what the destination serves; at least one
	DestinationID  string    // UUID
	IssuedAt       time.Time // iat, whole seconds
	ID             string    // jti, a UUID
}

// Service says that each of Services is served in each of Regions. To be signed it needs at least one of both.
type Service struct {
	Regions  []string // gebietIDs as ARS, see [RegionURN]; empty for the whole country
	Services []string // leistungIDs as URNs
}

// payload and service are the wire form of Claims.
type payload struct {
	SubmissionHost string    `json:"submissionHost"`
	Issuer         string    `json:"iss"`
	Services       []service `json:"services"`
	DestinationID  string    `json:"destinationId"`
	IssuedAt       int64     `json:"iat"`
	ID             string    `json:"jti"`
}

type service struct {
	Regions  []string `json:"gebietIDs"`
	Services []string `json:"leistungIDs"`
}

func (c Claims) encode() ([]byte, error) {
	p := payload{
		SubmissionHost: c.SubmissionHost, Issuer: c.Issuer, DestinationID: c.DestinationID,
		IssuedAt: c.IssuedAt.Unix(), ID: c.ID,
	}
	for _, s := range c.Services {
		urns, err := regionURNs(s.Regions)
		if err != nil {
			return nil, err
		}
		p.Services = append(p.Services, service{Regions: urns, Services: s.Services})
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return json.Marshal(p)
}

func decodeClaims(raw []byte) (Claims, error) {
	var p payload
	if err := keys.UnmarshalStrict(raw, &p); err != nil {
		return Claims{}, err
	}
	if err := p.check(); err != nil {
		return Claims{}, fmt.Errorf("%w: %w", keys.ErrMalformed, err)
	}
	c := Claims{
		SubmissionHost: p.SubmissionHost, Issuer: p.Issuer, DestinationID: p.DestinationID,
		IssuedAt: time.Unix(p.IssuedAt, 0).UTC(), ID: p.ID,
	}
	for _, s := range p.Services {
		c.Services = append(c.Services, Service{Regions: regionsOf(s.Regions), Services: s.Services})
	}
	return c, nil
}

func (p payload) check() error {
	if p.SubmissionHost == "" || p.Issuer == "" || p.IssuedAt <= 0 {
		return errors.New("expected submissionHost, iss and iat")
	}
	if !isUUID(p.DestinationID) || !isUUID(p.ID) {
		return fmt.Errorf("expected UUIDs as destinationId and jti, found %q and %q", p.DestinationID, p.ID)
	}
	if len(p.Services) == 0 {
		return errors.New("expected at least one entry in services")
	}
	for i, s := range p.Services {
		if err := errors.Join(checkURNs("gebietIDs", s.Regions), checkURNs("leistungIDs", s.Services)); err != nil {
			return fmt.Errorf("services[%d]: %w", i, err)
		}
	}
	return nil
}

// isUUID accepts the dashed form only, the one servers emit (FIT-Connect contract 3.0).
func isUUID(text string) bool {
	return len(text) == 36 && uuid.Validate(text) == nil
}
