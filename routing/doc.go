// Package routing answers which routes serve a service in an area. It is pure and in memory: no clock, no store, no lock.
//
// Problem: every online service asks before every application, and the question needs fallback. A destination may be registered
// for a municipality, its association, its Kreis, its Regierungsbezirk, its Land or the whole country, and the nearest
// registration is the one responsible. With fifty services in eleven thousand municipalities that is half a million facts.
//
// Choice: an immutable [Table]. Regions and services are packed words; the regions of a service stand sorted in one piece, and a
// region sorts directly before everything inside it. A lookup is one binary search per level (12, 9, 5, 3, 2 digits, federal),
// each in the part that the one before left over. An entry costs at most 16 bytes and nothing for the garbage collector to follow.
// Whoever publishes builds a new table and swaps an atomic pointer; readers never wait.
//
// Rejected: a Go map per service (nearly three times the memory, pointers for the garbage collector, hashing at each level) and a
// trie of digits (pointers again). Both also make it easy to change what somebody is reading.
//
// Invariants:
//   - A [Region] holds no zero padding: two texts for the same place are equal values (FIT-Connect contract 3.4, 4.2, 5.6).
//   - A route stands at a canonical level only, so that fallback meets it.
//   - Fallback stops at the first level with a route: routes of a Land never mix with those of a municipality in it.
//   - The answer for a service depends on entries of that service only.
//
// Whether a region exists is not asked here: a well-formed unknown region falls back by its digits. Names, postcodes and the way
// from an AGS to an ARS are in the package area below.
package routing
