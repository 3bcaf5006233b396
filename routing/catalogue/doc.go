// Package catalogue is the catalogue of public services: what a service is called that destinations and routes name only by its key, and
// the search that leads from "Gewerbe anmelden" to 99050012104000.
//
// Problem: keys of services have fourteen digits, nobody knows them by heart, and the catalogue that explains them (LeiKa, FIM) changes
// every week, has ten thousand services, and comes as XML from one publisher and as a table from the next.
//
// Choice: a [Catalogue] is an immutable value, read as a whole from CSV or from XZuFi ([Read]) or not at all. It knows
// names and a description per language and nothing else: what a route needs of a service is its key, the rest is there for people who
// look for one. A service that has no key goes by its URN.
//
// The catalogue explains, it does not decide: whether a key may be routed is asked of its pattern alone (FIT-Connect contract 5.2), so an
// old catalogue never keeps a new service from being published.
//
// Rejected: the whole description of XZuFi (deadlines, fees, documents, authorities), which is the business of those who describe
// services, and which a route carries in its own words; a list of valid digit groups within keys, for the same reason that a service is
// not asked for in the catalogue.
//
// Searching is that of package search, where a service is a document in each of its languages. People know parts of the long words that
// services are called by, so every word of a query also finds what has it inside.
//
// One byte form ([Catalogue.MarshalBinary], [Decode]) belongs to each catalogue, so that catalogues are equal if and only if the digests of it are.
//
// The sample is made for this program: the keys are facts, names and descriptions are our own words and not those of LeiKa.
package catalogue
