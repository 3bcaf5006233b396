// Package record is how the nouns of package broker are written down: one struct per noun, whose JSON every store keeps, in a bucket or
// in a column. So a noun is converted in one place, and what is copied from one store to another are the same bytes.
//
// The tags are the format of stored data: a tag once released keeps its meaning, and nothing is renamed. Records are neither
// domain types, which change with the rules, nor wire types, which belong to the API. JSON of others is kept as bytes and not as
// JSON, which would be stored reformatted. Instants are UTC, to the nanosecond. What a record's Domain returns shares no
// memory with the record where stores keep decoded records and hand them out again: clients, destinations and their keys.
package record

import (
	"bytes"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Org is broker.Org as it is stored.
type Org struct {
	ID      string    `json:"id"`
	Name    string    `json:"name,omitempty"`
	Created time.Time `json:"created,omitzero"`
}

// NewOrg writes it down.
func NewOrg(o broker.Org) Org {
	return Org{ID: string(o.ID), Name: o.Name, Created: o.Created.UTC()}
}

// Domain reads it back.
func (r Org) Domain() broker.Org {
	return broker.Org{ID: broker.OrgID(r.ID), Name: r.Name, Created: r.Created}
}

// Client is broker.Client as it is stored.
type Client struct {
	ID       string    `json:"id"`
	Org      string    `json:"org"`
	Name     string    `json:"name,omitempty"`
	Kind     string    `json:"kind"`
	Manage   bool      `json:"manage,omitempty"`
	Grants   []Grant   `json:"grants,omitempty"`
	Secret   []byte    `json:"secret,omitempty"` // digest
	Disabled bool      `json:"disabled,omitempty"`
	Created  time.Time `json:"created,omitzero"`
	Former   []byte    `json:"former,omitempty"` // digest
	Until    time.Time `json:"until,omitzero"`   // the former secret is good
	Ends     time.Time `json:"ends,omitzero"`    // the secret
	Warned   int       `json:"warned,omitempty"` // days before that
	ShownTo  []string  `json:"shown,omitempty"`
}

// NewClient writes it down.
func NewClient(c broker.Client) Client {
	return Client{
		ID: string(c.ID), Org: string(c.Org), Name: c.Name, Kind: string(c.Kind), Manage: c.Manage,
		Grants: convert(c.Grants, NewGrant), Secret: c.SecretDigest, Disabled: c.Disabled, Created: c.Created.UTC(),
		Ends: c.SecretUntil.UTC(), Warned: c.SecretWarned,
		Former: c.FormerDigest, Until: c.FormerUntil.UTC(), ShownTo: convert(c.ShownTo, toString[broker.PersonID]),
	}
}

// Domain reads it back.
func (r Client) Domain() broker.Client {
	return broker.Client{
		ID: broker.ClientID(r.ID), Org: broker.OrgID(r.Org), Name: r.Name, Kind: broker.ClientKind(r.Kind), Manage: r.Manage,
		Grants: convert(r.Grants, Grant.Domain), SecretDigest: bytes.Clone(r.Secret), Disabled: r.Disabled, Created: r.Created,
		SecretUntil: r.Ends, SecretWarned: r.Warned,
		FormerDigest: bytes.Clone(r.Former), FormerUntil: r.Until, ShownTo: convert(r.ShownTo, fromString[broker.PersonID]),
	}
}

// Grant is broker.Grant as it is stored.
type Grant struct {
	Region  string `json:"region"`
	Service string `json:"service,omitempty"`
}

// NewGrant writes it down.
func NewGrant(g broker.Grant) Grant { return Grant{Region: g.Region, Service: g.Service} }

// Domain reads it back.
func (r Grant) Domain() broker.Grant { return broker.Grant{Region: r.Region, Service: r.Service} }

// Receipt is broker.Receipt as it is stored.
type Receipt struct {
	Client     string    `json:"client"`
	Key        string    `json:"key"`
	Digest     []byte    `json:"digest,omitempty"`
	Submission string    `json:"sub,omitempty"`
	Made       time.Time `json:"made,omitzero"`
}

// NewReceipt writes it down.
func NewReceipt(r broker.Receipt) Receipt {
	return Receipt{
		Client: string(r.Client), Key: r.Key, Digest: r.Digest, Submission: string(r.Submission), Made: r.Made.UTC(),
	}
}

// Domain reads it back.
func (r Receipt) Domain() broker.Receipt {
	return broker.Receipt{
		Client: broker.ClientID(r.Client), Key: r.Key, Digest: r.Digest, Submission: broker.SubmissionID(r.Submission), Made: r.Made,
	}
}

// DestinationKey is broker.DestinationKey as it is stored.
type DestinationKey struct {
	Destination string    `json:"dest"`
	KID         string    `json:"kid"`
	Encryption  bool      `json:"enc,omitempty"`
	Thumbprint  string    `json:"thumb,omitempty"`
	JWK         []byte    `json:"jwk,omitempty"`
	Added       time.Time `json:"added,omitzero"`

	Expires    time.Time  `json:"expires,omitzero"`
	Replaced   time.Time  `json:"replaced,omitzero"`
	Retired    time.Time  `json:"retired,omitzero"`
	Reminded   int        `json:"reminded,omitempty"`
	Revocation Revocation `json:"revocation,omitzero"`
}

// Revocation is broker.Revocation as it is stored.
type Revocation struct {
	Status  string    `json:"status,omitempty"`
	By      string    `json:"by,omitempty"`
	Why     string    `json:"why,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Checked time.Time `json:"checked,omitzero"`
	Good    time.Time `json:"good,omitzero"`
}

// NewRevocation writes it down.
func NewRevocation(r broker.Revocation) Revocation {
	r.Since, r.Checked, r.Good = r.Since.UTC(), r.Checked.UTC(), r.Good.UTC()
	return Revocation(r)
}

// NewDestinationKey writes it down.
func NewDestinationKey(k broker.DestinationKey) DestinationKey {
	return DestinationKey{
		Destination: string(k.Destination), KID: k.KID, Encryption: k.Encryption,
		Thumbprint: k.Thumbprint, JWK: k.JWK, Added: k.Added.UTC(), Expires: k.Expires.UTC(), Replaced: k.Replaced.UTC(),
		Retired: k.Retired.UTC(), Reminded: k.Reminded, Revocation: NewRevocation(k.Revocation),
	}
}

// Domain reads it back.
func (r DestinationKey) Domain() broker.DestinationKey {
	return broker.DestinationKey{
		Destination: broker.DestinationID(r.Destination), KID: r.KID, Encryption: r.Encryption,
		Thumbprint: r.Thumbprint, JWK: bytes.Clone(r.JWK), Added: r.Added, Expires: r.Expires, Replaced: r.Replaced,
		Retired: r.Retired, Reminded: r.Reminded, Revocation: broker.Revocation(r.Revocation),
	}
}

// ServiceKey is broker.ServiceKey as it is stored.
type ServiceKey struct {
	Use     string    `json:"use"`
	KID     string    `json:"kid"`
	State   string    `json:"state"`
	Public  []byte    `json:"public,omitempty"`
	Private []byte    `json:"private,omitempty"`
	Created time.Time `json:"created,omitzero"`
	Changed time.Time `json:"changed,omitzero"`
}

// NewServiceKey writes it down.
func NewServiceKey(k broker.ServiceKey) ServiceKey {
	return ServiceKey{
		Use: string(k.Use), KID: k.KID, State: string(k.State), Public: k.Public, Private: k.Private,
		Created: k.Created.UTC(), Changed: k.Changed.UTC(),
	}
}

// Domain reads it back.
func (r ServiceKey) Domain() broker.ServiceKey {
	return broker.ServiceKey{
		Use: broker.KeyUse(r.Use), KID: r.KID, State: broker.KeyState(r.State), Public: r.Public, Private: r.Private,
		Created: r.Created, Changed: r.Changed,
	}
}

// Entry is broker.Entry as it is stored.
type Entry struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	Owner string `json:"of,omitempty"`
	Value []byte `json:"value,omitempty"`
}

// NewEntry writes it down.
func NewEntry(e broker.Entry) Entry {
	return Entry{Kind: string(e.Kind), ID: e.ID, Owner: e.Owner, Value: e.Value}
}

// Domain reads it back.
func (r Entry) Domain() broker.Entry {
	return broker.Entry{Kind: broker.EntryKind(r.Kind), ID: r.ID, Owner: r.Owner, Value: r.Value}
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
