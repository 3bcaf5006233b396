// Package area is the catalogue of the country's areas: Länder, Regierungsbezirke, Kreise, associations and municipalities, with their
// keys, names and seat postcodes, and the search of GET /areas (FIT-Connect contract 5.3). It leads a person from "Neustadt" or 67433
// to the one area whose routes package routing knows.
//
// Problem: one place has up to four rows in the official list (Berlin is a Land, a Kreis, an association and a municipality), and
// more than a dozen places are called Neustadt. A person wants each place once and wants to tell them apart.
//
// Choice: all rows are kept and found by their keys, but [Catalogue.Search] leaves out rows that only repeat a municipality: the Kreis of
// a kreisfreie Stadt and the association of a municipality that belongs to none. [Catalogue.Label] names what lies above. The id of an
// area is its ARS: stable, made of digits as the contract demands, and readable in a log. Matching is a plain scan over words that
// were folded once at the start; sixteen thousand areas take a millisecond or two, in time linear in name and expression.
//
// Ranking: first the names proper (without "an der …", "(Hessen)", titles) that the expressions cover best, then the higher level (a
// city that is its own Kreis before a village of the same name), then the municipality before the Kreis, then the name and the id. Rank by population is not possible here: the
// list that the catalogue reads does not have it. It comes with the full catalogue.
//
// Rejected: a regular expression per request (the contract's pattern nests repetitions, which makes backtracking engines hang; the
// grammar is one loop) and an index of word beginnings (the catalogue is small, and * stands at beginnings too).
//
// A Catalogue never changes and may be used from many goroutines at once.
//
// Data: [Sample] is an extract of the official list. Quelle: Statistisches Bundesamt (Destatis), Gemeindeverzeichnis, Gebietsstand
// 30.11.2025, Daten umgeformt. Postcodes are those of the seat of the municipality's administration, one each; other postcodes of a
// city find nothing.
package area
