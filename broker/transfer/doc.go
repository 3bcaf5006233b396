// Package transfer moves one environment from one store to another: from files into a database and back, or from one database to the
// next. It knows what there is to move (Kinds), in which order, and when which side may be served; how things are read and written is
// up to the stores, through the interfaces Store and Blobs.
//
// # What is moved
//
// A kind is a list of rows. A row is one thing as JSON: a record of package record, or one of the rows here for what is no record, like
// a place in a list. Every store reads a kind in the same order and writes a row down in the same bytes, so two stores hold the same
// if and only if their lists are the same bytes, and a digest tells. Names stay, also those of bodies, and what is
// a list keeps its order; numbers by which a store orders things are its own and are given anew. Rejected: copying by the methods of
// broker.Tx. They find things by name, a move has to find what nobody can name; and they would lose the order of several lists.
//
// A new noun is a new Kind, and a line each in movedAs, exports and imports of every store. Tests of the stores fail until each bucket and each
// table is named there, until storetest.OneOfEach puts something into it, and until as much of it arrives as there was.
//
// # Offline, and never two
//
// Nobody else may have either side open; the stores see to it when they are opened to be moved. Each side keeps a Mark, by which "serve" knows
// whether it may run there:
//
//	         source      target
//	begin    moving      arriving     neither is served; the target counts, with every batch, how far it is
//	verify   moving      verified     what both hold was compared
//	retire   moved       verified     from here on there is no way but forward
//	done     moved       arrived      the target is served
//
// A mark is written before what it permits begins, one after the other, so that no crash between two of them lets both
// sides be served, and whatever was written last tells how to go on: running the move again does. Both marks
// have the same random name of the move, so that no third store is mistaken for a side of it. Since the source cannot be served from
// the beginning on, it cannot have changed in between. While it is moving the move can be abandoned: that only frees the source, the target stays
// unusable. Once it has moved the way back is a move in the other direction, into an empty store: the old one has missed what came since.
//
// # Invariants
//
//   - A target without the mark of this move is touched only when it is empty.
//   - How far a kind is stands in the target, written in the transaction of the rows: a move that was killed goes on there.
//   - The target is not served before everything in both stores was read again and compared.
//   - However much there is, memory holds a batch of some MiB and one buffer of a large body.
package transfer
