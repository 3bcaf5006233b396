// Package routing answers which routes serve a service in an area. It is pure and in memory: no clock, no store, no lock.
//
// Problem: every online service asks before every application, and the question needs fallback. A destination may be registered
// for a municipality, its association, its Kreis, its Regierungsbezirk, its Land or the whole country, and the nearest
// registration in force is the one responsible. A thousand services in eleven thousand municipalities are ten million facts, and all
// but a few of the memory accesses that a look-up makes among so many go past the processor's cache: it is their number that counts.
//
// Choice: an immutable [Table]. All facts stand in one hash table with open addressing, a service and a region packed into 12 bytes,
// what stands there into 4; two such places are half a line of the cache and are compared without a branch. So an exact hit touches
// one line, seldom two, and is short enough for the processor to work at several at once. Only a search that leaves the place asked
// for looks at more, and these are small and hot: at which levels the service stands at all, so that the others are not tried; and,
// for the services that stand at many places, what the search through Kreis, Regierungsbezirk, Land and country comes to, worked out
// by [Build] for each of these few hundred regions. A fallback costs one line for the municipality, one for its association if the
// service has any, and then two steps: the service and the Kreis, independent of each other, and the word that the two lead to. An
// entry takes 32 bytes, at most 8 more for the fallback, and nothing for the garbage collector to follow; a further 8 are for each
// municipality, once, to find it by its AGS. Build fills the table with all processors, each its own part. Whoever publishes builds a
// new table and swaps an atomic pointer; readers never wait.
//
// Time: the instant is part of the question, and so a route comes into force and goes out of it without a new table. A route that
// stands alone, online and without a window needs no further look; all others are members of a group, in the order of their priority
// and age, with their ranks beside them.
//
// Rejected: sorted regions of each service and a binary search per level (half the memory, but a dozen lines of the cache for each);
// resolving every municipality of every service as is done for what lies above (a quarter of the memory for services that everybody
// has, but three dependent accesses instead of one, and a second form for all other services); Go maps (slower, and larger); a trie of
// digits (pointers). The last two also make it easy to change what somebody is reading.
//
// Invariants:
//   - A [Region] holds no zero padding: two texts for the same place are equal values (FIT-Connect contract 3.4, 4.2, 5.6).
//   - A route stands at a canonical level only, so that fallback meets it.
//   - Fallback stops at the first region with a route in force, online or not: routes of a Land never mix with those of a municipality
//     in it, and an authority that is offline is not replaced by one that is not responsible.
//   - The answer for a service depends on entries of that service only.
//
// Whether a region exists is not asked here: a well-formed unknown region falls back by its digits. Names, postcodes and the way
// from an AGS to an ARS are in the package area below.
package routing
