// Package exchange holds what went over the wire against the descriptions of package openapi. It is for tests: the black-box suite hands
// every request and its answer to a [Judge] and asks it at the end what was described and never seen.
//
// An answer must have a described status, media type and body, every header that is required, and no header, member or problem code that
// is not described. A request that was taken must be one that is described: known parameters with allowed values, a listed media type, a
// body that keeps its schema. Whether a request that breaks the description is refused is for the suite itself to ask, with a case per rule.
//
// Schemas allow members that they do not name, since clients have to; here every member must be described all the same, because what we
// answer and do not describe would be found by clients and relied upon.
package exchange
