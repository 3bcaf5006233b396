// Package manage is the management API: organisations and what they own, administered by programs and by the commands of this program.
//
// # One handler, three ways to it
//
// The same table of routes answers over HTTP, on the operator's socket of a running node, and in the process of a command when the node is
// stopped. What differs is who asks. Over HTTP that is a person with a personal access token, or an API client whose token holds the scope
// to manage; on the socket, and in process, it is the operator, because nobody else can open them. So there is one set of rules, one
// description and one set of commands, and a stopped node is administered like a running one. Rejected: commands that write into the store
// themselves (a second implementation of every rule), and a protocol of its own for the socket (a second description).
//
// # For whom a request acts
//
// What belongs to an organisation has a path below /orgs/{org}: the organisation is in the path and nowhere else, neither in a header nor in
// a body, so that a log line, a right and a mistake are about the same thing. Before a handler runs, the caller becomes one who acts
// for that organisation: the operator for any, a person in the role that it has there, an API client for its own only. Who has nothing to do
// with an organisation is told that there is none.
//
// # A further noun
//
// One file here with its handlers, its lines in the table below, its shapes in api/wire, a file in schemas/files/openapi/manage to which
// manage-v1.json refers, a file in cmd/vierkant. Tests of package api fail for what is routed and not described, described and not
// routed, or described and never seen.
//
// Handlers decode, convert, call a service, convert, encode. What may be done by whom is for the services to say.
package manage
