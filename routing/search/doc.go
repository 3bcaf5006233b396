// Package search finds short texts by words, parts of words and codes, as GET /areas demands it (FIT-Connect contract 5.3): names of
// places with their postcodes, titles of services with their keys.
//
// Problem: people spell Münster as MÜNSTER, Muenster or Munster, and a program on the Internet may ask for anything: ten expressions of
// a hundred characters, two letters between stars, which half of all names have. The answer has to be complete, in a stable order, and
// there within two milliseconds.
//
// Choice: words are folded once, when the index is made. ü is written ue, ß is ss, case and accents are gone; so ü and ue find one another. A
// word with an umlaut is also found without (Munster finds Münster), but as a lesser match, behind the town that is called Munster.
// A u or ue that stands in a name is never taken for an umlaut: Neunkirchen does not find Neuenkirchen, nor the other way round. What
// is allowed is that ü finds a ue in the middle of a word (*ün* finds Neuenkirchen); it costs a line in a list, while telling both apart
// would lose Ülzen for Uelzen.
//
// For every pair of neighbouring letters there is a set of documents, one bit each. All pairs of all terms are intersected, some hundred
// words of memory each, and only what is left is compared letter by letter. Many expressions make a search cheaper, not dearer.
//
// Order: first the titles that the terms cover best (see distance), then the order in which the caller gave the documents. So a whole word
// stands before a part of one, and the caller says what is great and what is small.
//
// Rejected: a regular expression per request (the contract's pattern nests repetitions, which makes backtracking engines hang; the
// grammar is one loop); a plain scan (1 to 2 ms for one term, ten times that for ten); an index of word beginnings (* stands there too).
//
// An Index never changes and may be used from many goroutines at once. The zero value finds nothing.
package search
