// Package publication decides who may publish which routes, and publishes them.
//
// # Whose place is it
//
// A place is a service in a region. The operator gives an organisation territory by a Grant: services (all, if none is named) in a region and all that
// it covers. Where an environment is closed (reference, production), an organisation publishes inside its own grants and nowhere else; where
// it is open (test), anywhere. Grants may lie in each other, a city in its Land: then both may publish in the city, and who is nearer answers.
// So the second rule holds everywhere: a new entry of a route (service, region, window of time, priority) needs the Consent of every other
// organisation that has a route for the service at the same region or one that covers it, in an overlapping window, and a grant there. The operator may consent for
// anybody. A route of an organisation without a grant there, which only an open environment has, protects nothing.
//
// # Why that protects
//
// Claim: no sequence of calls by one organisation changes an answer that another one gives in its granted territory, unless that one or the
// operator consents. Say B answers the question (service, place, instant), standing at region R, in B's territory. A's calls put and take away entries of A
// only. What they take away is no entry of B; it may be an answer beside B's, or one that is hidden anyway, since a nearer region, or a higher priority
// at R, would have answered instead of B. What they put changes the answer only if it stands nearer than R, or at R with at least B's priority: then R is the
// same or a covering region, and B is asked. An entry that A already has is not asked for again, if its window grows nowhere and its priority does not
// rise; by the same argument it could not have been in the way of B's answer. A municipality is also asked for by its AGS, which does not
// tell the association: two regions with one AGS are the same place.
//
// An offline route keeps its place. Whoever publishes at the same region below or beside it knows that it may come back, and needed its owner's
// consent to be there; so coming back asks nobody. The claim is about answers that stand under no offline route of another.
//
// A Consent is needed when an entry is published, not to keep it: otherwise whoever consented could change the other's answers later by taking
// it back. Withdrawing one says no to further entries. For the same reason a grant that still carries routes is not withdrawn, unless these routes go with it, in one
// transaction. When a destination is decommissioned or deleted, its routes go in that transaction, as a revision by whoever did it (Withdraw).
//
// # Change sets
//
// A ChangeSet puts and deletes routes of one organisation, each known by a key that its owner chose. A declarative file is a Desired state, and
// Toward makes the change set that leads there. Plan says what a change set would do, with findings: what forbids it (Severity Refuses), what deserves a
// look, and what it means for the neighbours. It is the same judgement, made again in the transaction that publishes, on what is stored then; a plan
// promises nothing. Addressing information is signed before that transaction (it takes some ten milliseconds a route), over the draft alone,
// so that nothing that happens in between can make it wrong.
//
// Where the rule is four eyes (production), Publish proposes, and a second person releases (package account). The proposal holds what was seen of the routes that
// it changes; Release judges anew, and refuses a proposal whose routes were changed since: it is outdated, for good, and says what came in between. Taking routes
// offline and online again and going back to an earlier Revision happen at once: what they show was released before.
//
// # Drafts in the making
//
// People work on a change set for a while, in a browser that may lose its session. So a change set can be kept as a Sketch, one of each caller for each
// organisation, until it is published or discarded. It holds what was seen of each route when it came in: a Review tells which routes somebody else
// changed since. What is published is what was reviewed, known by a digest over draft, changes, errors and warnings, and the sketch
// goes in the transaction of the revision: who clicks twice publishes once, and who looked at a plan that no longer holds publishes nothing and loses
// nothing. One that nobody changed for 30 days (SketchesLast) is forgotten, since most of what it was made for is others' by then, and since its maker may have left. Rejected: keeping the draft in hidden fields of the form, where the back button brings old ones to life; locking routes while
// somebody drafts.
//
// Every change is a Revision of its organisation, numbered, with each route as it was before and is after. Rollback restores the routes as they were after a
// revision, with their IDs, ages and signatures, under the rules of now. Routes whose destination is gone are left out.
//
// Rejected: protecting by who came first, which rewards whoever captures first; trimming the coverage of others, which signs in their name; a consent per
// route, which would have to be given again for every correction of a text; checking only at the time of the proposal.
package publication
