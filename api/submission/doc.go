// Package submission is the Submission API (FIT-Connect contract 3): announce, upload, submit; list and fetch; read and write the event log.
// A handler decodes, converts, calls the broker and encodes; rules are the broker's.
//
// Both generations work on the same data with the same handlers. Where they differ in rules, a broker.Generation says so; where they differ in words,
// a dialect does: names of members, the status of a submit. Rejected: handlers for each, which would have to be kept alike by hand.
//
// # Bodies
//
// Attachments pass through as streams in both directions and are never in memory as a whole. A download is handed to http.ServeContent with
// the response's inner writer, so that the kernel copies the file to the socket: echo's own response hides the method that lets it.
//
// The sealed metadata and data of a submit are two strings of one JSON document, up to 64 MiB of text, and have to be there as a whole before
// anything can be said about them. Small documents, which is nearly all of them, use pooled buffers and wait for nobody.
// Large ones take their size out of a common budget first and wait, briefly, until there is room; so many large ones at once cost time, not the
// process. Rejected: one budget for all (a large one would hold up the small), and parsing the JSON as a stream into the blob
// store (a document that is wrong at its end would have been written and synced before it is refused).
//
// Whoever fills a budget shuts the others out. So nothing is taken out of it before the submission is known to be the caller's and to be
// ready for its content, and a client has one large submit at a time. Clients that wait are served in turn, one of each, however many one of
// them sends (see package fair). Large attachments, each of which holds two files open, pass such a gate too, by number. That a turn does
// not come in time is 429 where the client fills its own share and 503 where all do; neither is a fault in the log.
//
// The way out is cheap: a JWE needs no escaping, so a fetched submission is written as JSON around its stored bytes.
package submission
