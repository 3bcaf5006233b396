// Package schemas judges JSON documents of the FIT-Connect wire by embedded JSON Schemas: the metadata of a submission
// (FIT-Connect contract section 10), the claims of a security event token (6.4), destinations as they are read and written
// (3.3, 4.2) with their keys (6.1), and problem documents (8.1).
//
// Who needs it: senders before they seal metadata, receivers after they opened them, everybody who is handed a token or reads
// a destination, managers before they send a draft, and whoever holds a service against the contract. The broker itself never
// sees metadata, and judges drafts by rules of its own, which know what JSON Schema cannot say.
//
// Problem: a document comes from a stranger, and the answer has to tell that stranger what to change. Choice: schemas in our
// own words, compiled once by [New]; package strict in front of them (one UTF-8 text, no member twice, bounded depth, size of
// numbers and count of values), since the schema library takes those for granted and a number like 1e9999999 brings it down;
// and a [Violation] that says what was *expected* at which place and never what was found, so that it may be logged: metadata
// are a citizen's data. Rejected: the published schema files (no licence in them, or one that is not ours, and they are one text
// per version with everything repeated), Go structs with checks by hand (nobody could hold them against the contract), and the library's own
// error texts, which quote the document.
//
// Destinations come in three families. v1 is the Submission API of generation 1, held against its published specification; v2 is
// what is known of its successor; managed is the Destination API, which has a name, asks for no phone and no address, and takes
// merge patches. A key is judged by its shape: whether it may be used is for its policy to say.
//
// Invariants: nothing is ever fetched, a reference to a document that is not embedded fails in New. Formats are asserted
// (date, date-time, email, uri, uuid with dashes). Members that the contract does not know are allowed except where it
// forbids them. A Registry is immutable and may be used by many goroutines. How large a document may be is the caller's
// decision; judging it takes some five times its size, plus what its values need (at most 65,536 of them).
package schemas

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Name is one embedded schema: its family, and what tells it from its siblings, like "metadata/2.1.0".
type Name string

// The embedded schemas.
const (
	Metadata100   Name = "metadata/1.0.0"
	Metadata210   Name = "metadata/2.1.0"
	SETPayload100 Name = "set-payload/1.0.0" // also judges 1.0.1
	SETPayload110 Name = "set-payload/1.1.0"
	SETPayload122 Name = "set-payload/1.2.2"

	DestinationV1Public  Name = "destination/v1/public"  // what every caller reads
	DestinationV1Private Name = "destination/v1/private" // what its manager reads
	DestinationV1Create  Name = "destination/v1/create"
	DestinationV1Update  Name = "destination/v1/update" // the body of PUT
	DestinationV1Patch   Name = "destination/v1/patch"  // whole members only
	DestinationV2Public  Name = "destination/v2/public" // what everybody reads

	DestinationManaged       Name = "destination/managed/view" // what its manager reads, with services or publicServices
	DestinationManagedCreate Name = "destination/managed/create"
	DestinationManagedUpdate Name = "destination/managed/update" // the body of PUT
	DestinationManagedPatch  Name = "destination/managed/patch"  // a merge patch (RFC 7396)

	JWKEncryption Name = "jwk/encryption" // public, of a destination
	JWKSignature  Name = "jwk/signature"  // public, of a destination

	Problem Name = "problem"

	GoLive1 Name = "golive/1" // the report that a portal signs
)

// names lists all embedded schemas.
func names() []Name {
	return []Name{
		Metadata100, Metadata210, SETPayload100, SETPayload110, SETPayload122,
		DestinationV1Public, DestinationV1Private, DestinationV1Create, DestinationV1Update, DestinationV1Patch, DestinationV2Public,
		DestinationManaged, DestinationManagedCreate, DestinationManagedUpdate, DestinationManagedPatch,
		JWKEncryption, JWKSignature, Problem, GoLive1,
	}
}

var (
	// ErrSyntax says that a document is not strict JSON.
	ErrSyntax = errors.New("not strict JSON")
	// ErrUnsupported says that no schema is embedded for what a document's $schema, or a Name, asks for.
	ErrUnsupported = errors.New("unsupported schema version")
)

//go:embed files
var files embed.FS

// Files are the embedded documents, the descriptions of package openapi among them.
func Files() (fs.FS, error) {
	documents, err := fs.Sub(files, "files")
	if err != nil {
		return nil, fmt.Errorf("open embedded schemas: %w", err)
	}
	return documents, nil
}

// scheme keeps the addresses of embedded documents apart from everything that could be fetched.
const scheme = "embedded:///"

// Registry holds the compiled schemas.
type Registry struct {
	compiled  map[Name]*jsonschema.Schema
	documents map[string]any // address of a schema document to its content
}

// New returns the registry of all embedded schemas. They are compiled once per process, when they are needed first, since that takes
// some tens of milliseconds.
func New() (*Registry, error) { return compiled() }

var compiled = sync.OnceValues(compile)

func compile() (*Registry, error) {
	documents, err := Files()
	if err != nil {
		return nil, err
	}
	return load(documents, names()...)
}

// Validate judges document by the schema of that name. Errors: [ErrSyntax], [ErrUnsupported] for a name that is not
// embedded, [*Violation].
func (r *Registry) Validate(name Name, document []byte) error {
	value, err := parse(document)
	if err != nil {
		return err
	}
	return r.judge(name, value)
}

// Metadata judges the metadata of a submission by the schema that their $schema names: all of 1.x by 1.0.0, all of 2.x by
// 2.1.0. Metadata without $schema are taken for 1.0.0, which does not demand it (FIT-Connect contract 10.1). Errors:
// [ErrSyntax], [ErrUnsupported], [*Violation].
func (r *Registry) Metadata(document []byte) error {
	return r.judgeByVersion(document, metadataVersions, Metadata100)
}

// SETPayload judges the claims of a security event token by the schema that their $schema names: 1.0.0 and 1.0.1, all of
// 1.1.x, all of 1.2.x. Claims without $schema are judged by 1.2.2, which allows that only if the event has no payload
// (FIT-Connect contract 6.4). Errors: [ErrSyntax], [ErrUnsupported], [*Violation].
func (r *Registry) SETPayload(document []byte) error {
	return r.judgeByVersion(document, setPayloadVersions, SETPayload122)
}

// Destination judges the view of a destination that everybody may read: that of generation 1 if there is a member services and
// none called publicServices, else that of generation 2 (FIT-Connect contract 3.5). Errors: [ErrSyntax], [*Violation].
func (r *Registry) Destination(document []byte) error {
	value, err := parse(document)
	if err != nil {
		return err
	}
	return r.judge(generation(value), value)
}

// Problem judges a problem document (FIT-Connect contract 8.1). Errors: [ErrSyntax], [*Violation].
func (r *Registry) Problem(document []byte) error { return r.Validate(Problem, document) }

func (r *Registry) judgeByVersion(document []byte, versions []version, otherwise Name) error {
	value, err := parse(document)
	if err != nil {
		return err
	}
	name, err := choose(value, versions, otherwise)
	if err != nil {
		return err
	}
	return r.judge(name, value)
}

func (r *Registry) judge(name Name, value any) error {
	schema, ok := r.compiled[name]
	if !ok {
		return fmt.Errorf("%w: no schema is called %q", ErrUnsupported, string(name))
	}
	err := schema.Validate(value)
	var broken *jsonschema.ValidationError
	if errors.As(err, &broken) {
		return r.violation(name, broken)
	}
	return err
}

// load compiles the schemas of those names from JSON files called like them, resolving references within documents only.
func load(documents fs.FS, names ...Name) (*Registry, error) {
	r := &Registry{compiled: map[Name]*jsonschema.Schema{}, documents: map[string]any{}}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat = true
	compiler.LoadURL = func(address string) (io.ReadCloser, error) { return r.open(documents, address) }
	for _, name := range names {
		schema, err := compiler.Compile(scheme + string(name) + ".json")
		if err != nil {
			return nil, fmt.Errorf("compile schema %s: %w", name, err)
		}
		r.compiled[name] = schema
	}
	return r, nil
}

// open answers the compiler's wish for a document, and remembers its content for the wording of violations.
func (r *Registry) open(documents fs.FS, address string) (io.ReadCloser, error) {
	path, embedded := strings.CutPrefix(address, scheme)
	if !embedded {
		return nil, fmt.Errorf("%s is not embedded, and schemas are never fetched", address)
	}
	content, err := fs.ReadFile(documents, path)
	if err != nil {
		return nil, err
	}
	if r.documents[address], err = parse(content); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return io.NopCloser(strings.NewReader(string(content))), nil
}
