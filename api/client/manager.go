package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

const maxDestinations = 10_000

// Manager administers destinations (FIT-Connect contract 4). The client must be a subscriber that may manage.
type Manager struct{ client *Client }

// Manager returns the administering side. The error is [ErrConfig] without a DestinationURL.
func (c *Client) Manager() (*Manager, error) {
	if c.base.destination == "" {
		return nil, fmt.Errorf("%w: DestinationURL is missing", ErrConfig)
	}
	return &Manager{client: c}, nil
}

// NewDestination is what a destination is created with. All but Callback and ReplyChannels is required.
type NewDestination struct {
	Name             string
	Contact          wire.ContactInformation
	Services         []wire.OfferedService
	MetadataVersions []string
	EncryptionKey    keys.Public
	SigningKey       keys.Public
	Callback         *wire.Callback
	ReplyChannels    *wire.ReplyChannels
}

// Create creates a destination and returns its private view. Its status is "created": [Manager.SetStatus] with [Active] opens it.
// Keys that the Policy would not let a sender use are not published: the error is [*KeyError]. Creating is never repeated by
// itself; if the answer is lost, [Manager.Destinations] tells whether it happened.
func (m *Manager) Create(ctx context.Context, d NewDestination) (wire.DestinationV1, error) {
	encryption, err := m.publishable(d.EncryptionKey, keys.Encryption)
	if err != nil {
		return wire.DestinationV1{}, err
	}
	signing, err := m.publishable(d.SigningKey, keys.Signature)
	if err != nil {
		return wire.DestinationV1{}, err
	}
	return m.write(ctx, http.MethodPost, "", seal.JSON, wire.DestinationDraft{
		Name: d.Name, ContactInformation: &d.Contact, Services: d.Services, MetadataVersions: d.MetadataVersions,
		EncryptionKID: d.EncryptionKey.KID, EncryptionPublicKey: encryption, SigningPublicKey: signing,
		Callback: d.Callback, ReplyChannels: d.ReplyChannels,
	})
}

// publishable judges a key as senders will, and writes it.
func (m *Manager) publishable(key keys.Public, use keys.Use) (json.RawMessage, error) {
	if err := m.client.policy.Check(key, use, m.client.now()); err != nil {
		return nil, &KeyError{"the new destination", key.KID, err}
	}
	return json.Marshal(key)
}

// Patch changes what a merge patch says (RFC 7396): members of the wire, null to remove one. For example
// map[string]any{"encryptionKid": kid} after [Manager.AddKey].
func (m *Manager) Patch(ctx context.Context, id DestinationID, patch map[string]any) (wire.DestinationV1, error) {
	id, err := ParseID(id)
	if err != nil {
		return wire.DestinationV1{}, fmt.Errorf("destination id: %w", err)
	}
	return m.write(ctx, http.MethodPatch, "/"+string(id), "application/merge-patch+json", patch)
}

// SetStatus moves a destination in its life: [Active], "inactive" or "decommissioned" (FIT-Connect contract 4.4).
func (m *Manager) SetStatus(ctx context.Context, id DestinationID, status string) (wire.DestinationV1, error) {
	return m.Patch(ctx, id, map[string]any{"status": status})
}

func (m *Manager) write(ctx context.Context, method, path, contentType string, document any) (wire.DestinationV1, error) {
	body, err := json.Marshal(document)
	if err != nil {
		return wire.DestinationV1{}, err
	}
	a, err := m.client.transport.do(ctx, call{
		method: method, url: m.client.base.destination + "/v1/destinations" + path, token: true, once: true,
		contentType: contentType, body: string(body),
	})
	if err != nil {
		return wire.DestinationV1{}, err
	}
	var written wire.DestinationV1
	return written, a.decode(&written)
}

// AddKey publishes a further key of a destination, for encryption or signatures as its own members say. It is judged like those of
// [Manager.Create]. Adding a key that is there already changes nothing.
func (m *Manager) AddKey(ctx context.Context, id DestinationID, key keys.Public) error {
	id, err := ParseID(id)
	if err != nil {
		return fmt.Errorf("destination id: %w", err)
	}
	use := key.For()
	if use == "" {
		return &KeyError{string(id), key.KID, errors.New("expected a key for either encryption or signatures")}
	}
	body, err := m.publishable(key, use)
	if err != nil {
		return err
	}
	_, err = m.client.transport.do(ctx, call{
		method: http.MethodPost, url: m.client.base.destination + "/v1/destinations/" + string(id) + "/keys", token: true, once: true,
		contentType: seal.JSON, body: string(body),
	})
	return err
}

// Destination reads the private view of a destination.
func (m *Manager) Destination(ctx context.Context, id DestinationID) (wire.DestinationV1, error) {
	id, err := ParseID(id)
	if err != nil {
		return wire.DestinationV1{}, fmt.Errorf("destination id: %w", err)
	}
	a, err := m.client.transport.do(ctx, call{
		method: http.MethodGet, url: m.client.base.destination + "/v1/destinations/" + string(id), token: true,
	})
	if err != nil {
		return wire.DestinationV1{}, err
	}
	var shown wire.DestinationV1
	return shown, a.decode(&shown)
}

// Destinations lists the private views of all destinations that the client is assigned to.
func (m *Manager) Destinations(ctx context.Context) ([]wire.DestinationV1, error) {
	list := page[wire.DestinationV1](func(ctx context.Context, offset, limit int) ([]wire.DestinationV1, int, error) {
		a, err := m.client.transport.do(ctx, call{
			method: http.MethodGet, token: true, limit: logLimit,
			url: fmt.Sprintf("%s/v1/destinations?offset=%d&limit=%d", m.client.base.destination, offset, limit),
		})
		if err != nil {
			return nil, 0, err
		}
		var shown wire.DestinationListV1
		err = a.decode(&shown)
		return shown.Destinations, shown.TotalCount, err
	})
	return list.all(ctx, maxDestinations)
}

// Delete removes a destination that was never active (FIT-Connect contract 4.4).
func (m *Manager) Delete(ctx context.Context, id DestinationID) error {
	id, err := ParseID(id)
	if err != nil {
		return fmt.Errorf("destination id: %w", err)
	}
	_, err = m.client.transport.do(ctx, call{
		method: http.MethodDelete, url: m.client.base.destination + "/v1/destinations/" + string(id), token: true, once: true,
	})
	return err
}
