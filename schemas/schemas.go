// Package schemas judges JSON documents of the FIT-Connect wire by embedded JSON Schemas: the metadata of a submission
// (FIT-Connect contract section 10) and the claims of a security event token (6.4).
//
// Who needs it: senders before they seal metadata, receivers after they opened them, and everybody who is handed a token.
// The broker itself never sees metadata, only tokens.
//
// Problem: a document comes from a stranger, and the answer has to tell that stranger what to change. Choice: schemas in our
// own words, compiled once by [New]; package strict in front of them (one UTF-8 text, no member twice, bounded depth, size of
// numbers and count of values), since the schema library takes those for granted and a number like 1e9999999 brings it down;
// and a [Violation] that says what was *expected* at which place and never what was found, so that it may be logged: metadata
// are a citizen's data. Rejected: the published schema files (no licence in them, and they are one text per version with
// everything repeated), Go structs with checks by hand (nobody could hold them against the contract), and the library's own
// error texts, which quote the document.
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

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Name is one embedded schema: its family and version, like "metadata/2.1.0".
type Name string

const (
	Metadata100   Name = "metadata/1.0.0"
	Metadata210   Name = "metadata/2.1.0"
	SETPayload100 Name = "set-payload/1.0.0" // also judges 1.0.1
	SETPayload110 Name = "set-payload/1.1.0"
	SETPayload122 Name = "set-payload/1.2.2"
)

var (
	// ErrSyntax says that a document is not strict JSON.
	ErrSyntax = errors.New("not strict JSON")
	// ErrUnsupported says that no schema is embedded for what a document's $schema, or a Name, asks for.
	ErrUnsupported = errors.New("unsupported schema version")
)

//go:embed files
var files embed.FS

// scheme keeps the addresses of embedded documents apart from everything that could be fetched.
const scheme = "embedded:///"

// Registry holds the compiled schemas.
type Registry struct {
	compiled  map[Name]*jsonschema.Schema
	documents map[string]any // address of a schema document to its content
}

// New compiles all embedded schemas. It takes some milliseconds: call it once per process.
func New() (*Registry, error) {
	documents, err := fs.Sub(files, "files")
	if err != nil {
		return nil, fmt.Errorf("open embedded schemas: %w", err)
	}
	return load(documents, Metadata100, Metadata210, SETPayload100, SETPayload110, SETPayload122)
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
