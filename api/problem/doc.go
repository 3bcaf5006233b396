// Package problem turns errors into problem documents (RFC 9457, FIT-Connect contract 8.1). It is the only place that knows HTTP
// statuses of errors: services return a broker.Error of some kind, handlers return it as it is, and the tables here say the rest.
//
// A status follows from the kind alone. The type of a document follows from the error's code, its title from the type; both are stable,
// since clients compare them. The detail is the service's sentence about what was expected. What is no broker.Error and no error of
// the web framework is our fault: it answers 500 without a detail, and its text goes to the log only.
//
// Where a type comes from. The names that the contract has, or leaves to us to choose in its terms (one per HTTP status, and the nouns of
// 8.1), stay under its prefix: clients compare them, and that prefix leads nowhere, since the place is not ours. Codes that only this broker has
// are addresses of its own pages, so that whoever opens one reads what it means and what to do. That makes them differ from one
// environment to the next; so what a client may rely upon is their last part, as it is with all types of the contract. Every problem, whosever its
// type, names its page in the header Link (rel="help", RFC 8288). Rejected: our codes under the contract's prefix (addresses in somebody else's house that
// nobody serves), a host of our own for all installations (a broker must not depend on one), relative types (RFC 9457 3.1.1 advises
// against them, and clients compare the text), about:blank (it says no more than the status), and a member of our own for the page (a header
// leaves the document as the contract has it).
//
// Rejected: statuses on the errors themselves (the domain would know HTTP), and a type per error value (a table of forty rows
// would repeat what code and kind say already).
package problem
