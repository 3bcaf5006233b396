package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/routing"
)

// Active is the status of a destination that takes submissions (FIT-Connect contract 4.4).
const Active = "active"

// Destination is what everybody may know of a destination.
type Destination struct {
	ID               DestinationID
	Status           string // [Active] or one in which it takes nothing
	EncryptionKID    string
	Services         []wire.OfferedService
	MetadataVersions []string
	ReplyChannels    *wire.ReplyChannels // nil if it declares none
}

// service returns what the destination says of a service, by its URN.
func (d Destination) service(urn string) (wire.OfferedService, bool) {
	for _, service := range d.Services {
		if service.Identifier == urn {
			return service, true
		}
	}
	return wire.OfferedService{}, false
}

// serves reports whether region lies in one of the regions of the service.
func serves(service wire.OfferedService, region routing.Region) bool {
	return slices.ContainsFunc(service.Regions, func(text string) bool {
		served, err := routing.ParseRegion(text)
		return err == nil && served.Covers(region)
	})
}

// KeyError means: a key was not handed out, because it is not fit for what it is meant for.
type KeyError struct {
	Owner string // whose it is: a destination id, or the URL of a key set
	KID   string
	Err   error // which rules it breaks
}

// Error names owner, key and reason.
func (e *KeyError) Error() string {
	reasons := strings.ReplaceAll(e.Err.Error(), "\n", "; ") // a policy joins all broken rules
	return fmt.Sprintf("key %q of %s must not be used: %s", e.KID, e.Owner, reasons)
}

func (e *KeyError) Unwrap() error { return e.Err }

// Destination reads the public view of a destination. It needs no token (FIT-Connect contract 3.4).
func (c *Client) Destination(ctx context.Context, id DestinationID) (Destination, error) {
	id, err := ParseID(id)
	if err != nil {
		return Destination{}, fmt.Errorf("destination id: %w", err)
	}
	a, err := c.transport.do(ctx, call{method: http.MethodGet, url: c.base.submission + "/v2/destinations/" + string(id)})
	if err != nil {
		return Destination{}, err
	}
	if err := c.registry.Destination(a.body); err != nil {
		return Destination{}, fmt.Errorf("%s: answer: %w", a.request, err)
	}
	var shown wire.DestinationV2
	if err := a.decode(&shown); err != nil {
		return Destination{}, err
	}
	if said, err := ParseID(DestinationID(shown.DestinationID)); err != nil || said != id {
		return Destination{}, fmt.Errorf("asked for destination %s, got %.40q", id, shown.DestinationID)
	}
	return Destination{
		ID: id, Status: shown.Status, EncryptionKID: shown.EncryptionKID, Services: shown.PublicServices,
		MetadataVersions: shown.MetadataVersions, ReplyChannels: shown.ReplyChannels,
	}, nil
}

// EncryptionKey returns the key that submissions to the destination are sealed to at this moment. It is asked for anew each
// time and judged by the Policy: a key may be withdrawn between two submissions (FIT-Connect contract 6.2, 13.1). The error
// is [*KeyError] if it is not fit.
func (c *Client) EncryptionKey(ctx context.Context, id DestinationID) (keys.Public, error) {
	d, err := c.Destination(ctx, id)
	if err != nil {
		return keys.Public{}, err
	}
	return c.destinationKey(ctx, d.ID, d.EncryptionKID, keys.Encryption, c.now())
}

// destinationKey reads a key of a destination and judges it as of the time at, when it will be used.
func (c *Client) destinationKey(ctx context.Context, id DestinationID, kid string, use keys.Use, at time.Time) (keys.Public, error) {
	key, err := c.publishedKey(ctx, id, kid)
	if err != nil {
		return keys.Public{}, err
	}
	if err := c.policy.Check(key, use, at); err != nil {
		return keys.Public{}, &KeyError{string(id), kid, err}
	}
	return key, nil
}

// publishedKey reads a key of a destination. It is not judged yet: it must not leave this package.
func (c *Client) publishedKey(ctx context.Context, id DestinationID, kid string) (keys.Public, error) {
	if kid == "" || kid == "." || kid == ".." { // what a URL would lose
		return keys.Public{}, &KeyError{string(id), kid, errors.New("expected a key id")}
	}
	address := c.base.submission + "/v2/destinations/" + string(id) + "/keys/" + url.PathEscape(kid)
	a, err := c.transport.do(ctx, call{method: http.MethodGet, url: address})
	if err != nil {
		return keys.Public{}, err
	}
	key, err := keys.ParsePublic(a.body)
	if err != nil {
		return keys.Public{}, &KeyError{string(id), kid, err}
	}
	if key.KID != kid {
		return keys.Public{}, &KeyError{string(id), kid, fmt.Errorf("the service sent the key %.70q instead", key.KID)}
	}
	return key, nil
}

// keySet reads the keys of the service or the portal from a configured address, never from one that a message names.
func (c *Client) keySet(ctx context.Context, base string) (keySet, error) {
	address := keySetOf(base)
	a, err := c.transport.do(ctx, call{method: http.MethodGet, url: address})
	if err != nil {
		return keySet{}, err
	}
	set, err := keys.ParseSet(a.body)
	if err != nil {
		return keySet{}, fmt.Errorf("%s: %w", address, err)
	}
	return keySet{address: address, set: set}, nil
}

// keySetOf is where the service or the portal publishes its keys.
func keySetOf(base string) string { return base + "/.well-known/jwks.json" }

// keySet is the signature keys of the service or the portal.
type keySet struct {
	address string
	set     keys.Set
}

// signatureKey returns the key that kid names if it has the form and size of the contract. Certificates are not asked for:
// that the key is the service's is known from where it came, by TLS from a configured address.
func (s keySet) signatureKey(kid string, now time.Time) (keys.Public, error) {
	key, found := s.set.Lookup(kid)
	if !found {
		return keys.Public{}, &KeyError{s.address, kid, errors.New("the key set has none of this id")}
	}
	if err := keys.Uncertified().Check(key, keys.Signature, now); err != nil {
		return keys.Public{}, &KeyError{s.address, kid, err}
	}
	return key, nil
}
