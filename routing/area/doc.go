// Package area is the catalogue of the country's areas: Länder, Regierungsbezirke, Kreise, associations and municipalities, with their
// keys, names, population and postcodes, and the search of GET /areas (FIT-Connect contract 5.3). It leads a person from "Neustadt" or
// 67433 to the one area whose routes package routing knows, and a key that is long out of use to the area that took its place.
//
// Problem: one place has up to four rows in the official list (Berlin is a Land, a Kreis, an association and a municipality), and
// more than a dozen places are called Neustadt. A person wants each place once and wants to tell them apart. And the list changes every
// month: municipalities merge, and their keys live on in forms and databases.
//
// Choice: all rows are kept and found by their keys, but [Catalogue.Search] leaves out rows that only repeat a municipality: the Kreis of
// a kreisfreie Stadt and the association of a municipality that belongs to none. [Catalogue.Label] names what lies above. The id of an
// area is its ARS: stable, made of digits as the contract demands, and readable in a log.
//
// A catalogue is made in steps, each of which gives a new one:
//
//	next, err := area.Read(file)                   // GV100AD as published, or CSV
//	next, err = next.Succeed(loaded, successors)   // keys of merged municipalities keep resolving
//	next, left, err := next.WithPostcodes(list)    // of a list, or those of the one before
//	fmt.Print(area.Compare(loaded, next))          // look before it is used
//	blob, err := next.MarshalBinary()              // area.Decode reads it
//
// Ranking: first the names proper (without "an der …", "(Hessen)", titles) that the expressions cover best, then where people live before what
// only administers (the town of Hof before the Landkreis Hof), then the greater population, so that Münster in Westfalen stands before the
// villages of that name; of Berlin and Berlin the municipality. Without population the higher level comes first, then the name.
//
// Rejected: ids of our own (they would have to be kept through every import); former areas in the search (people would be offered
// what does not exist); a successor that is guessed from names or maps. Where nobody says what became of an area, its own digits
// lead to the routes above it, and [Former] says so.
//
// A Catalogue never changes and may be used from many goroutines at once.
//
// Data: [Sample] is an extract of the official list. Quelle: Statistisches Bundesamt (Destatis), Gemeindeverzeichnis, Gebietsstand
// 30.11.2025, Daten umgeformt. Its postcodes, as those of GV100AD, are those of the seat of the municipality's administration, one each.
package area
