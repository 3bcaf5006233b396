// Package cases is the part of the portal in which people see what became of what they sent and received: lists of submissions and cases, the event
// log of a case with the verdict on each signature, what hangs and whose turn it is; and the cockpit of callbacks. It never shows content: the broker
// cannot read it.
//
// Lists go on by links that name a place and not a number of rows, so that a page costs the same however long the list is; there is a
// link to the beginning and no link back, which the browser has. A filter that finds little in what was looked through says so and offers to look on.
//
// Whose turn it is and who did something is told in absolute words, "the online service" and "the authority's system", since many organisations are on
// both sides.
package cases
