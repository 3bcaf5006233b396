// Package node is one running environment: its configuration, the wiring of all parts, start and stop. The program uses it, and so
// do tests, so that what is tested is what runs.
//
// # An environment is a value
//
// Test, reference and production differ in an Environment value (rules for keys, where callbacks may go, what the operator may do), never
// in a code path. This package is the only place that knows the three by name.
//
// # The data folder
//
//	vierkant.db     records and bodies up to 64 KiB (bbolt)
//	blobs/          larger bodies, a file each
//	key             32 random bytes that wrap every secret and private key at rest (0600). Back it up apart from the rest:
//	                without it nothing can be signed and no callback authenticated.
//	admin.sock      the operator's socket of the running node (0600); bbolt's lock shuts a second process out, so what an
//	                operator does to a running node goes through here
//	demo            present in data made by "vierkant up"; "vierkant serve" refuses such data, and "up" refuses other data
//
// Move brings an environment's data from one place to another (package transfer); nothing of it runs meanwhile, and where it was is not
// served afterwards.
//
// # Order
//
// Open: key file, store, keyring, services; it binds nothing. Start: bind the addresses, attest anew the routes that name another public
// URL than today's, publish them, start signer and outbox, answer. Stop: no new requests; let running ones end, or cut them off when
// the time is over and wait until they noticed; stop the workers, close the store. A callback that was being made is owed again after
// its lease; an event that was being signed is signed after the next start.
//
// A node that cannot go on says so by Failed: a listener broke, or the store stopped after a commit of unknown outcome. Whoever runs
// it ends it then, for a supervisor to start again, instead of answering 503 for ever.
package node
