package bolt

import (
	"bytes"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// The records: how nouns are stored. Their tags are the format of the file; a tag once released keeps its meaning. JSON of others is
// stored as bytes and not as JSON, which would be stored reformatted.

type orgRecord struct {
	ID      string    `json:"id"`
	Name    string    `json:"name,omitempty"`
	Created time.Time `json:"created,omitzero"`
}

func newOrgRecord(o broker.Org) orgRecord {
	return orgRecord{ID: string(o.ID), Name: o.Name, Created: o.Created.UTC()}
}

func (r orgRecord) domain() broker.Org {
	return broker.Org{ID: broker.OrgID(r.ID), Name: r.Name, Created: r.Created}
}

type clientRecord struct {
	ID       string    `json:"id"`
	Org      string    `json:"org"`
	Name     string    `json:"name,omitempty"`
	Kind     string    `json:"kind"`
	Manage   bool      `json:"manage,omitempty"`
	Secret   []byte    `json:"secret,omitempty"` // digest
	Disabled bool      `json:"disabled,omitempty"`
	Created  time.Time `json:"created,omitzero"`
}

func newClientRecord(c broker.Client) clientRecord {
	return clientRecord{
		ID: string(c.ID), Org: string(c.Org), Name: c.Name, Kind: string(c.Kind), Manage: c.Manage,
		Secret: c.SecretDigest, Disabled: c.Disabled, Created: c.Created.UTC(),
	}
}

func (r clientRecord) domain() broker.Client {
	return broker.Client{
		ID: broker.ClientID(r.ID), Org: broker.OrgID(r.Org), Name: r.Name, Kind: broker.ClientKind(r.Kind), Manage: r.Manage,
		SecretDigest: bytes.Clone(r.Secret), Disabled: r.Disabled, Created: r.Created,
	}
}

type destinationKeyRecord struct {
	Destination string    `json:"dest"`
	KID         string    `json:"kid"`
	Encryption  bool      `json:"enc,omitempty"`
	Thumbprint  string    `json:"thumb,omitempty"`
	JWK         []byte    `json:"jwk,omitempty"`
	Added       time.Time `json:"added,omitzero"`
}

func newDestinationKeyRecord(k broker.DestinationKey) destinationKeyRecord {
	return destinationKeyRecord{
		Destination: string(k.Destination), KID: k.KID, Encryption: k.Encryption,
		Thumbprint: k.Thumbprint, JWK: k.JWK, Added: k.Added.UTC(),
	}
}

func (r destinationKeyRecord) domain() broker.DestinationKey {
	return broker.DestinationKey{
		Destination: broker.DestinationID(r.Destination), KID: r.KID, Encryption: r.Encryption,
		Thumbprint: r.Thumbprint, JWK: bytes.Clone(r.JWK), Added: r.Added,
	}
}

type serviceKeyRecord struct {
	Use     string    `json:"use"`
	KID     string    `json:"kid"`
	State   string    `json:"state"`
	Public  []byte    `json:"public,omitempty"`
	Private []byte    `json:"private,omitempty"`
	Created time.Time `json:"created,omitzero"`
	Changed time.Time `json:"changed,omitzero"`
}

func newServiceKeyRecord(k broker.ServiceKey) serviceKeyRecord {
	return serviceKeyRecord{
		Use: string(k.Use), KID: k.KID, State: string(k.State), Public: k.Public, Private: k.Private,
		Created: k.Created.UTC(), Changed: k.Changed.UTC(),
	}
}

func (r serviceKeyRecord) domain() broker.ServiceKey {
	return broker.ServiceKey{
		Use: broker.KeyUse(r.Use), KID: r.KID, State: broker.KeyState(r.State), Public: r.Public, Private: r.Private,
		Created: r.Created, Changed: r.Changed,
	}
}

type coverageRecord struct {
	Services []string `json:"services,omitempty"`
	Regions  []string `json:"regions,omitempty"`
}

func newCoverageRecord(c broker.Coverage) coverageRecord {
	return coverageRecord{Services: c.Services, Regions: c.Regions}
}

func (r coverageRecord) domain() broker.Coverage {
	return broker.Coverage{Services: r.Services, Regions: r.Regions}
}

type routeRecord struct {
	ID          string           `json:"id"`
	Org         string           `json:"org"`
	Destination string           `json:"dest"`
	Name        string           `json:"name,omitempty"`
	Coverage    []coverageRecord `json:"coverage,omitempty"`
	Signature   string           `json:"sig,omitempty"`
	Published   time.Time        `json:"published,omitzero"`
}

func newRouteRecord(r broker.Route) routeRecord {
	return routeRecord{
		ID: string(r.ID), Org: string(r.Org), Destination: string(r.Destination), Name: r.Name,
		Coverage: convert(r.Coverage, newCoverageRecord), Signature: r.Signature, Published: r.Published.UTC(),
	}
}

func (r routeRecord) domain() broker.Route {
	return broker.Route{
		ID: broker.RouteID(r.ID), Org: broker.OrgID(r.Org), Destination: broker.DestinationID(r.Destination), Name: r.Name,
		Coverage: convert(r.Coverage, coverageRecord.domain), Signature: r.Signature, Published: r.Published,
	}
}

// convert applies f to each element; none stays nil.
func convert[A, B any](all []A, f func(A) B) []B {
	if len(all) == 0 {
		return nil
	}
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = f(a)
	}
	return out
}

func toString[T ~string](v T) string   { return string(v) }
func fromString[T ~string](s string) T { return T(s) }
