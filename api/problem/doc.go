// Package problem turns errors into problem documents (RFC 9457, FIT-Connect contract 8.1). It is the only place that knows HTTP
// statuses of errors: services return a broker.Error of some kind, handlers return it as it is, and the tables here say the rest.
//
// A status follows from the kind alone. The type of a document follows from the error's code, its title from the type; both are stable,
// since clients compare them. The detail is the service's sentence about what was expected. What is no broker.Error and no error of
// the web framework is our fault: it answers 500 without a detail, and its text goes to the log only.
//
// Rejected: statuses on the errors themselves (the domain would know HTTP), and a type per error value (a table of forty rows
// would repeat what code and kind say already).
package problem
