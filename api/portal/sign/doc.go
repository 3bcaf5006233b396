// Package sign is the pages on which people sign up, sign in, and look after what they sign in with. What is right and what is not is for package signin
// to say; what is decided here is which page comes next.
//
// # The way in
//
// Address and password lead to the second step, or, for somebody who has no second factor yet, to the page on which one is enrolled; there is no third way. Between the
// steps the browser keeps the secret of an attempt, which no other page takes. All pages of the way hand on where the visitor wanted to go.
//
// # Guesses
//
// What is tried for one account is counted by package signin, in the store. Here is counted what comes from one network, whatever the accounts: passwords, codes and links
// that were wrong, and mails that were asked for. That is in the memory of a node, as all that protects the node itself (package fair).
//
// # Scripts
//
// Passkeys need one, static/passkey.js: it asks for a challenge, has the browser answer, and sends an ordinary form. Without scripts the forms of passkeys do not
// show, and everything else works.
package sign
