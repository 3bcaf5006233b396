// Package guard makes the clients of all calls that leave (callbacks, revocation lists and the like).
//
// The addresses of such calls come from strangers: from whoever sets a callback, or out of a certificate. A stranger who may choose where the
// broker connects to may reach what only the broker can reach, such as the metadata service of a cloud or a database without a
// password. So the rule of the environment is held at the one place that cannot be outwitted: the address that is actually connected
// to, after name resolution and right before the connection. Rejected: to look the name up and judge it before the call, since the second
// answer of the DNS may be another; and a list of forbidden names, since there is always one more.
//
// The rest keeps strangers from costing much: no redirects, no proxies, bounds on headers, body and time.
package guard
