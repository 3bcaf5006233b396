// Package destinations is the portal's pages about destinations and their keys, and the look-ups of areas and services that forms suggest from.
//
// # Forms
//
// A destination is made on one page, in steps that one sees, and changed on small ones: what belongs together is one form. Lists of
// services are not a form that grows, which takes scripts; each service is a page, and one more is another page.
//
// What one types is checked by a script that sends the form to its address with /check behind it. The answer is the problems by the names of
// fields, and they are the service's, by the same rules that decide when the form is sent. Without the script they are seen then.
//
// # Keys
//
// A private key never comes here. It is made in the browser (static/keys.js) and leaves it as a file under a passphrase, in the form
// that package crypto/keys opens; what is sent is public: a JWK with a certificate that it signed itself where that is enough, a
// request for a certificate where an authority has to sign. Whoever pastes a private key is told, and nothing of it is kept or shown again.
//
// Rejected: a key made by the server and sent to the browser. It would have been in the memory of a machine that must be unable to read.
package destinations
