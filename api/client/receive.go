package client

import (
	"cmp"
	"context"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// part is a sealed part that was fetched. Its plaintext is in a file that nobody outside sees before the verdict.
type part struct {
	path     string
	info     seal.Info
	broken   error // why it is no JWE
	unopened error // why a JWE could not be opened
}

// fetchAttachments gets the attachments and opens them on the way. One that is missing is the submission's problem as long as that can be
// fetched itself: if not, it was decided meanwhile. Any other failure to fetch it is not the submission's.
func (s *opener) fetchAttachments(ctx context.Context, e *envelope) error {
	wanted := e.wanted()
	if len(wanted) == 0 {
		return nil
	}
	var err error
	if e.folder, err = os.MkdirTemp(s.client.scratch, "vierkant-"); err != nil { // 0700
		return fmt.Errorf("%s: a place for its attachments: %w", name(e.ref), err)
	}
	parts := make([]*part, len(wanted))
	err = each(ctx, len(wanted), func(ctx context.Context, i int) (err error) {
		parts[i], err = s.receive(ctx, e.ref, wanted[i], filepath.Join(e.folder, strconv.Itoa(i)))
		return err
	})
	if err != nil {
		return err
	}
	if slices.Contains(parts, nil) {
		if _, err := s.download(ctx, e.ref.ID()); err != nil {
			return err
		}
	}
	for i, id := range wanted {
		if parts[i] == nil {
			e.report(MissingAttachment, InAttachment(id), "the attachment cannot be fetched")
			continue
		}
		e.parts[id] = parts[i]
	}
	return nil
}

// wanted lists the uploads that the submit event names, each once: others have no tag to be compared with, and however many the
// service lists, it cannot make the client fetch without end.
func (e *envelope) wanted() []AttachmentID {
	named := byID(e.submitted.Payload.AuthenticationTags.Attachments)
	var list []AttachmentID
	for _, id := range e.uploads {
		if _, ok := named[id]; ok {
			list = append(list, id)
			delete(named, id)
		}
	}
	return list
}

// receive gets one attachment and opens it to a file; nil if the service does not have it. What the sender has done wrong is in the
// part, everything else is an error.
func (s *opener) receive(ctx context.Context, ref Ref, id AttachmentID, path string) (*part, error) {
	body := s.client.transport.download(ctx, call{
		method: http.MethodGet, accept: jose, token: true, large: true, limit: attachmentLimit,
		url: s.client.address(ref) + "/attachments/" + string(id),
	}, newMeter(s.client.progress, string(id), 0))
	defer body.Close()
	in := &inspected{Reader: body, inspector: seal.NewInspector(seal.V1(), attachmentLimit)}
	info, err := seal.OpenFile(path, in, func(header seal.Header) (keys.Private, error) {
		key, err := s.keyFor(ref.DestinationID, header)
		if err == nil {
			in.inspector = nil // from here on the opening inspects
		}
		return key, err
	}, seal.V1(), plainLimit)
	if errors.Is(err, errUnknownKey) {
		info, err = in.rest()
	}
	switch {
	case err == nil:
		return &part{path: path, info: info}, nil
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case !ofContent(err):
		return nil, fmt.Errorf("attachment %s to %s: %w", id, path, err)
	case !body.faithful:
		return nil, &brokenError{body.call.String(), fmt.Errorf("what came may not be what the service holds: %w", err)}
	case errors.Is(err, seal.ErrOpen), errors.Is(err, errUnknownKey):
		return &part{info: info, unopened: err}, nil
	}
	return &part{broken: err}, nil
}

// ofContent reports whether an error says something about the JWE, not about the way it took.
func ofContent(err error) bool {
	var header *seal.HeaderError
	return errors.As(err, &header) || errors.Is(err, seal.ErrSyntax) || errors.Is(err, seal.ErrTooLarge) || errors.Is(err, seal.ErrOpen) ||
		errors.Is(err, errUnknownKey)
}

// inspected is a body whose front is inspected until its key is known: so that one whose key is not known can still be inspected to
// its end, for its tag.
type inspected struct {
	io.Reader
	inspector *seal.Inspector // nil when the key is known
}

func (i *inspected) Read(p []byte) (int, error) {
	n, err := i.Reader.Read(p)
	if i.inspector != nil {
		_, _ = i.inspector.Write(p[:n]) // gives its error again in the end
	}
	return n, err
}

// rest reads the body to its end, without the key. There is always an error: errUnknownKey if it is a JWE.
func (i *inspected) rest() (seal.Info, error) {
	if _, err := io.Copy(io.Discard, i); err != nil {
		return seal.Info{}, err
	}
	info, err := i.inspector.Finish()
	return info, cmp.Or(err, errUnknownKey)
}

// join puts the pieces of an attachment together in the file of the first, and returns hash and length of the whole.
func join(ctx context.Context, paths []string) (sum [sha512.Size]byte, size int64, err error) {
	whole, err := os.OpenFile(paths[0], os.O_RDWR, 0)
	if err != nil {
		return sum, 0, err
	}
	running := sha512.New()
	if size, err = io.Copy(running, heeding{ctx, whole}); err == nil {
		size, err = appendAll(ctx, whole, running, size, paths[1:])
	}
	if closing := whole.Close(); err == nil {
		err = closing
	}
	return [sha512.Size]byte(running.Sum(nil)), size, err
}

// appendAll moves files to the end of whole, one after the other, so that no more than one is there twice.
func appendAll(ctx context.Context, whole io.Writer, running hash.Hash, size int64, paths []string) (int64, error) {
	for _, path := range paths {
		piece, err := os.Open(path)
		if err != nil {
			return size, err
		}
		n, err := io.Copy(io.MultiWriter(whole, running), heeding{ctx, piece})
		_ = piece.Close() // it was only read
		if err != nil {
			return size, err
		}
		if err := os.Remove(path); err != nil {
			return size, err
		}
		size += n
	}
	return size, nil
}
