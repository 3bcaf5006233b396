package golive

import (
	"encoding/json"

	"github.com/vierkant/vierkant/broker"
)

// setUp is what is promoted of a subject: what a further environment has of its own, like ids, keys, contacts and addresses of callbacks, is not in it. Its JSON is
// what the digest of a report is over, so its names never change.
type setUp struct {
	Kind     Kind                       `json:"kind"`
	Name     string                     `json:"name"`
	Manage   bool                       `json:"manage"`
	Grants   []setUpGrant               `json:"grants"`
	Services []setUpService             `json:"services"`
	Metadata []string                   `json:"metadataVersions"`
	Replies  map[string]json.RawMessage `json:"replyChannels"` // sorted by name, as encoding/json does
}

type setUpGrant struct {
	Region  string `json:"region"`
	Service string `json:"service"`
}

type setUpService struct {
	Identifier string        `json:"identifier"`
	Regions    []string      `json:"regions"`
	Schemas    []setUpSchema `json:"schemas"`
}

type setUpSchema struct {
	URI      string `json:"uri"`
	MIMEType string `json:"mimeType"`
}

// digest is the SHA-256, in hex, of how a subject is set up.
func (s subject) digest() (string, error) {
	up := setUp{Kind: s.kind()}
	if s.client != nil {
		up.ofClient(*s.client)
	} else {
		up.ofDestination(*s.destination)
	}
	raw, err := json.Marshal(up)
	return broker.Digest(raw), err
}

func (up *setUp) ofClient(c broker.Client) {
	up.Name, up.Manage = c.Name, c.Manage
	for _, g := range c.Grants {
		up.Grants = append(up.Grants, setUpGrant(g))
	}
}

func (up *setUp) ofDestination(d broker.Destination) {
	up.Name, up.Metadata, up.Replies = d.Name, d.MetadataVersions, map[string]json.RawMessage{}
	for _, one := range d.Services {
		s := setUpService{Identifier: one.Identifier, Regions: one.Regions}
		for _, schema := range one.Schemas {
			s.Schemas = append(s.Schemas, setUpSchema(schema))
		}
		up.Services = append(up.Services, s)
	}
	if d.ReplyChannels == nil {
		return
	}
	for name, channel := range map[string]json.RawMessage{
		"eMail": d.ReplyChannels.EMail, "deMail": d.ReplyChannels.DeMail, "elster": d.ReplyChannels.Elster, "fink": d.ReplyChannels.Fink,
		"fitConnect": d.ReplyChannels.FitConnect, "idBundDeMailbox": d.ReplyChannels.IDBundDeMailbox,
	} {
		if len(channel) > 0 {
			up.Replies[name] = channel
		}
	}
}
