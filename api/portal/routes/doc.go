// Package routes is the part of the portal about routes: what is published, drafts of changes, their review and publication, the history, who would
// answer where, what is covered, and whose territory it is.
//
// # From a form to a revision
//
// Nobody changes a published route from a form. Forms and files change the draft (publication.Sketch), which belongs to the person and lies in the store: it
// outlives sessions, and two windows work on the same one. The review plans the draft, tells in plain words what was found, and its form
// names by a digest what the person has seen; only that is published, or proposed where it takes two. If it changed meanwhile, the page
// shows what it is now and asks again. All of these rules are package publication's: a page reads a form, calls it, and shows.
//
// # Names instead of keys
//
// Services and areas may be given as keys or by their names. A name that fits several is not guessed: the message lists them with their keys. Pages show both.
package routes
