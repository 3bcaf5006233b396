// Package submission is the Submission API (FIT-Connect contract 3): announce, upload, submit; list and fetch; read and write the event log.
// A handler decodes, converts, calls the broker and encodes; rules are the broker's.
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
// The way out is cheap: a JWE needs no escaping, so a fetched submission is written as JSON around its stored bytes.
package submission
