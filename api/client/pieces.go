package client

import (
	"context"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// outgoing is an attachment, hashed and cut into the pieces that are uploaded: one, or fragments if it is longer than one may be.
type outgoing struct {
	Attachment
	id     AttachmentID // for the metadata; that of the only piece if it is not in fragments
	hash   Hash
	pieces []*piece
}

// piece is one upload. Its content is known by the running hash of the attachment, before and after it: so one pass over the
// attachment yields the hash of the whole and what each piece is checked against.
type piece struct {
	of           *Attachment
	id           AttachmentID
	offset, size int64 // bytes of plaintext
	last         bool  // nothing comes behind it
	before       hash.Cloner
	after        []byte
	meter        *meter // of the whole attachment
}

// cut reads an attachment once, for its hash and its pieces. The error is [ErrInvalid] if it is too long, else one of reading it.
func (c *Client) cut(ctx context.Context, a Attachment) (outgoing, error) {
	content, err := a.Open()
	if err != nil {
		return outgoing{}, err
	}
	defer content.Close()
	o := outgoing{Attachment: a}
	running, size := sha512.New(), int64(0)
	for {
		one, err := c.cutPiece(running, heeding{ctx, content}, size)
		if err != nil {
			return outgoing{}, err
		}
		if one.size == 0 && size > 0 {
			break // the last one was full, and nothing was left
		}
		one.of = &a
		o.pieces = append(o.pieces, one)
		size += one.size
		if one.size < c.fragment {
			break
		}
		if size > maxSubmission || len(o.pieces) > maxAttachments {
			return outgoing{}, fmt.Errorf("%w: expected at most %d bytes and %d fragments, found more", ErrInvalid, maxSubmission, maxAttachments)
		}
	}
	o.finish([sha512.Size]byte(running.Sum(nil)), newMeter(c.progress, a.Filename, size))
	return o, nil
}

// cutPiece reads the next piece, which is empty at the end.
func (c *Client) cutPiece(running hash.Hash, content io.Reader, offset int64) (*piece, error) {
	before, err := cloneHash(running)
	if err != nil {
		return nil, err
	}
	size, err := io.Copy(running, io.LimitReader(content, c.fragment))
	if err != nil {
		return nil, err
	}
	return &piece{id: newID[AttachmentID](), offset: offset, size: size, before: before, after: running.Sum(nil)}, nil
}

// cloneHash copies the state of a hash. Those of the standard library can all do that.
func cloneHash(running hash.Hash) (hash.Cloner, error) {
	cloner, ok := running.(hash.Cloner)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return cloner.Clone()
}

func (o *outgoing) finish(sum [sha512.Size]byte, m *meter) {
	o.hash = hashOf(sum)
	o.id = o.pieces[0].id
	if len(o.pieces) > 1 {
		o.id = newID[AttachmentID]()
	}
	o.pieces[len(o.pieces)-1].last = true
	m.name(string(o.id))
	for _, one := range o.pieces {
		one.meter = m
	}
}

// info is what the metadata say of the attachment.
func (o *outgoing) info() AttachmentInfo {
	info := AttachmentInfo{
		ID: o.id, Hash: o.hash, Purpose: first(o.Purpose, PurposeAttachment), MIMEType: o.MIMEType, Filename: o.Filename,
		Description: o.Description, Signature: o.Signature,
	}
	if len(o.pieces) == 1 {
		return info // an empty list of fragments would break the schema
	}
	for _, one := range o.pieces {
		info.Fragments = append(info.Fragments, one.id)
	}
	return info
}

func (p *piece) sealedSize(key keys.Public) int64 { return seal.SealedSize(key, p.of.MIMEType, p.size) }
