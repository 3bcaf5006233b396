// Package template lets many authorities offer one online service: "one for all".
//
// # Two parts
//
// Who develops an online service describes it once, in a Template: the services, their schemas, the texts that are the same everywhere (legal
// basis, documents to enclose, deadlines, fees, results, processing time, more about it), its languages. An authority adopts it and fills in what only it
// knows: its destination, its regions, its name, addresses and contacts. Each fact has one owner; what could be of both, the addresses of the
// privacy policy and of the declaration of accessibility, is the template's unless the authority has its own.
//
// # An adoption is a route
//
// Going online publishes a route of the authority through package publication, so that territory, consents, checks, four eyes, history and
// rollback hold as for every other route. Whether an adoption is online is read from its route and kept nowhere else: whatever
// happens to the route, by a release, a rollback, the end of its destination, the two cannot disagree. Going offline leaves the
// route where it is and unanswered (broker.Route.Offline), at once also in production, and so does coming back: nothing is shown that
// was not released before. Who leaves a template takes the route away; the adoption stays as a memory, since a rollback
// may bring the route back.
//
// # Shared texts are joined at look-up
//
// The route that is stored has the authority's part alone. Join puts the template's to it when the routes are read into memory, so a new
// version of a template changes one record and is seen by all who ask, for all adopters, at the next look-up. A mark, written
// with each version, tells the other nodes to read anew. Rejected: copying the texts into every route (thousands of writes for a
// comma, each a revision of somebody who changed nothing), and joining in each look-up, which has microseconds. Services, schemas and
// regions are not joined: they are attested in the route's addressing information. That is why the services and schemas of a
// template do not change once it was adopted.
//
// The contract's route has no field for fees and results. They stand in its customParameters, under "fees" and "resultDocuments", each as
// {"description": {language: text}} like the texts that have fields (FIT-Connect contract 5.2). They are not repeated in furtherInformation:
// who knows the names would show them twice, and whose readers know only that can be served by what the template says there itself.
//
// # Who decides
//
// A template is a draft until it is opened; then every organisation sees it and may adopt it, until it is closed, which changes
// nothing for who has adopted it. Where the rule is four eyes, opening a draft and changing what is open or closed is proposed, and
// released by a second person of the owner. An adoption that was complete when it was proposed is looked at again when it is
// released. Closing, opening again and going back to an earlier version happen at once. Every version is kept, with who made and who
// released it.
package template
