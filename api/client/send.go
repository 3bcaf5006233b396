package client

import (
	"context"
	"fmt"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// Sender is the side of the online service.
type Sender struct{ client *Client }

// Sender returns the sending side.
func (c *Client) Sender() *Sender { return &Sender{client: c} }

// Receipt proves what was sent. It holds nothing secret, but keep it: with it [Sender.Events] tells whether the authority got the very same
// bytes. As JSON it can be stored and read again.
type Receipt struct {
	Ref
	SentAt time.Time              `json:"sentAt"`
	Tags   set.AuthenticationTags `json:"authenticationTags"` // of the sealed parts
}

// UnconfirmedError means: everything was uploaded, but whether the submit arrived is not known. Read [Sender.Events] with the
// receipt before sending again: the application or reply may have arrived. So it is not [Retryable], whatever Err is.
type UnconfirmedError struct {
	Receipt Receipt
	Err     error
}

// Error says so.
func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("%s may or may not have been submitted: %v", name(e.Receipt), e.Err)
}

func (e *UnconfirmedError) Unwrap() error { return e.Err }

// Send checks the application against the destination, seals all parts to its current key and submits them
// (FIT-Connect contract 3.5, 3.8, 13.1). Nothing reaches the service before everything that can be checked here was. All steps are
// repeated when the service is busy. The announcement carries a key of its own, by which the service knows a repeat of it; one that does
// not heed such keys is left with an empty submission, which it drops after a day.
//
// Keep the plaintext until [Sender.Events] has shown the acceptance. Errors: [ErrInvalid], [ErrNotOffered], [*KeyError],
// [*schemas.Violation], [*UnconfirmedError], [*Problem], and what [Attachment.Open] and its content failed with. When it returns,
// every content is closed and no longer read.
func (s *Sender) Send(ctx context.Context, a Application) (Receipt, error) {
	if err := a.check(s.client.now()); err != nil {
		return Receipt{}, err
	}
	d, err := s.client.Destination(ctx, a.Destination)
	if err != nil {
		return Receipt{}, err
	}
	if err := a.checkOffer(d); err != nil {
		return Receipt{}, fmt.Errorf("destination %s: %w", d.ID, err)
	}
	key, err := s.client.destinationKey(ctx, d.ID, d.EncryptionKID, keys.Encryption, s.client.now())
	if err != nil {
		return Receipt{}, err
	}
	p, err := s.client.pack(ctx, a.content(), key)
	if err != nil {
		return Receipt{}, err
	}
	return s.client.deliver(ctx, a.announcement(d.ID), p)
}

func (a Application) announcement(to DestinationID) announcement {
	return announcement{submission, to, "", func(attachments []string) any {
		return wire.AnnounceV2{
			DestinationID: string(to), CaseID: string(a.Case), Region: a.Region, AnnouncedAttachments: attachments,
			PublicService: wire.PublicService{Name: a.ServiceName, Identifier: a.Service},
		}
	}}
}

// Events reads and verifies the event log ([Client.Events]) and makes sure that what it says was submitted is what the receipt
// says was sent. The error is a [*TagError] if it is not.
func (s *Sender) Events(ctx context.Context, receipt Receipt) (Log, error) {
	log, err := s.client.Events(ctx, receipt.Ref)
	if err != nil {
		return nil, err
	}
	return log, log.CheckTags(receipt, receipt.Tags)
}
