package broker

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/vierkant/vierkant/crypto/seal"
)

// recordLimit is up to which size a body is kept in the Store; larger ones go to Blobs.
const recordLimit = 64 << 10

// intake is a sealed part that was taken in and inspected, and that no record names yet.
type intake struct {
	Sealed
	small []byte // its bytes, if they belong into the Store; else nil
}

// put writes a small body; a large one is in its place already.
func (in *intake) put(tx Tx) (err error) {
	if in.small != nil {
		in.Body.Record, err = tx.AddBody(in.small)
	}
	return err
}

// take reads a sealed part to its end, inspecting it on the way, and keeps it: small ones in memory for the transaction
// to come, large ones in Blobs, where they are durable when it returns.
func (k *core) take(ctx context.Context, r io.Reader, rules seal.Rules, room bound) (intake, error) {
	inspected := &inspectedReader{r: r, inspector: seal.NewInspector(rules, room.most)}
	head, err := k.readHead(inspected)
	if err != nil {
		return intake{}, sealedError(err, room)
	}
	var in intake
	if len(head) <= recordLimit {
		in.small = head
		in.Body.Size = int64(len(head))
	} else {
		blob, size, err := k.Blobs.Put(ctx, io.MultiReader(bytes.NewReader(head), inspected))
		if err != nil {
			return intake{}, sealedError(err, room)
		}
		in.Body = Body{Blob: blob, Size: size}
	}
	info, err := inspected.inspector.Finish()
	if err != nil {
		k.discard(ctx, in.Body)
		return intake{}, sealedError(err, room)
	}
	in.KID, in.Tag = info.Header.KID, info.Tag
	return in, nil
}

// discard deletes large bodies that no record names. That it fails loses nothing but space.
func (k *core) discard(ctx context.Context, bodies ...Body) {
	for _, b := range bodies {
		if b.Blob != "" {
			_ = k.Blobs.Delete(context.WithoutCancel(ctx), b.Blob)
		}
	}
}

// discardIfRefused deletes large bodies after a transaction that was refused by the rules: then it certainly did not happen. After any other
// failure it may have, and a record may name them: an orphan is the smaller evil.
func (k *core) discardIfRefused(ctx context.Context, err error, bodies ...Body) {
	var refused *Error
	if !errors.As(err, &refused) || refused.Kind == Unavailable || refused.Kind == Internal {
		return
	}
	k.discard(ctx, bodies...)
}

// headBuffer decides whether a body is small.
type headBuffer [recordLimit + 1]byte

// readHead reads all of a small body, or the first recordLimit+1 bytes of a large one.
func (k *core) readHead(r io.Reader) ([]byte, error) {
	buffer, lent := k.heads.Get().(*headBuffer)
	if !lent {
		buffer = new(headBuffer)
	}
	defer k.heads.Put(buffer)
	n, err := io.ReadFull(r, buffer[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	return bytes.Clone(buffer[:n]), nil
}

// inspectedReader passes on what it reads only after the inspector saw it.
type inspectedReader struct {
	r         io.Reader
	inspector *seal.Inspector
}

// Read implements io.Reader.
func (i *inspectedReader) Read(p []byte) (int, error) {
	n, err := i.r.Read(p)
	if n > 0 {
		if _, bad := i.inspector.Write(p[:n]); bad != nil {
			return 0, bad
		}
	}
	if err != nil && err != io.EOF {
		err = &brokenBodyError{err}
	}
	return n, err
}

// brokenBodyError is a failure of the sender's side to send, in contrast to one of our disk.
type brokenBodyError struct{ err error }

func (e *brokenBodyError) Error() string { return "request body: " + e.err.Error() }
func (e *brokenBodyError) Unwrap() error { return e.err }

// sealedError gives what can be wrong with a sealed part its kind.
func sealedError(err error, room bound) error {
	var (
		header *seal.HeaderError
		broken *brokenBodyError
		known  *Error
	)
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &header):
		return Unprocessable.Wrap(err, "invalid-jwe-header", "%s", header)
	case errors.Is(err, seal.ErrTooLarge):
		return room.refusal(err)
	case errors.Is(err, seal.ErrSyntax):
		return Invalid.Wrap(err, "invalid-jwe", "%s", err)
	case errors.As(err, &broken):
		return Invalid.Wrap(err, "bad-request", "the request body ended early or could not be read; nothing was kept, send it again")
	}
	return err
}

// inPart says which member of the request an error is about.
func inPart(name string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Detail = name + ": " + e.Detail
	return &named
}
