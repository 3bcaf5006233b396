// Package catalogues keeps the catalogues of areas and of services that this installation works with: it imports them, stores them, and
// has them at hand.
//
// Problem: a catalogue is megabytes that every look-up needs at once, that is replaced as a whole a few times a year, while requests run
// and on all nodes. A half-written one must never answer, whenever a node is killed.
//
// Choice: a catalogue is one large body under a random name, and an entry that says which. An import makes the new catalogue complete in
// memory, writes its bytes durably, and only then replaces the entry, together with the line of the audit log; the old bytes are deleted
// after that. So a crash leaves the old catalogue or the new one, and at most a body that nobody names. Every node holds the catalogues
// decoded behind atomic pointers, and reads what is new when it hears that entries changed.
//
// Importing compares with what is in force and keeps things of it (keys of former areas, postcodes, services of earlier deliveries), so the
// entry is replaced only if it still is the one that was compared with: of two imports at the same time one is refused.
//
// As long as nothing was imported the samples are in force, which are part of the program. They are never mixed with what is imported.
//
// Rejected: a row per area or service (a transaction of sixteen thousand writes, or a catalogue that is half new), files in a folder of each
// node (nodes would differ), and bytes within the entry (large values stay out of the store).
//
// A stored catalogue that cannot be read is an error of Reload that wraps ErrBroken. The catalogue in force stays; an import mends it.
package catalogues
