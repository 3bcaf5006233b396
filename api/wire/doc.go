// Package wire is the JSON of the wire: the shapes that handlers write and clients read, and the strict reading of what a stranger
// sends. It imports nothing of ours but that strictness, so that the broker's side and the Go client share it and neither pulls in the other.
//
// # Shapes
//
// Every document of the FIT-Connect contract is one plain struct with explicit tags. Where the generations differ there are two structs
// (services and publicServices), never a switch inside one. Conversions to the domain live with the handlers: a change of the wire then
// cannot change the domain by accident. Lists are never null; a handler that has nothing makes an empty one.
//
// # Reading strictly
//
// What a stranger sends is judged by package strict before it fills a struct; an [Error] says in a sentence what is wrong, and names the
// member. Unknown members are tolerated, as the contract has it (1.5, 16). Rejected: a JSON Schema per body, which would say each rule of
// the domain a second time.
//
// A submit is up to 64 MiB of two strings. [ScanSubmit] finds them in the text and copies nothing.
package wire
