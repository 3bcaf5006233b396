// Package signin finds out whether somebody at a browser is who they say: passwords, one-time codes, passkeys, recovery codes, and the one-time links by
// which people begin, or come back. What follows from being signed in, sessions and rights, is in package account.
//
// # Two packages
//
// Package account answers "what may this person do", with every request, and knows nothing of secrets that people remember. This package answers "is it
// this person", a few times a day, and is the only one that reads passwords, seeds and passkeys. It owes mails, which account
// cannot, since package mail is above it. Rejected: one package for both, of which every reader of a role would see the whole.
//
// # Half is nothing
//
// Who proved a password only has an Attempt: a secret of its own that is good for ten minutes, opens no page, and ends in a session when the second
// factor is proved, or enrolled by somebody who has none. So there is no session with less than two factors, and no check that could be
// forgotten. The session's secret is made at that moment: one that was planted in a browser before is worth nothing. A passkey for which the device asks for
// a PIN or a fingerprint is both factors.
//
// # What is kept
//
//   - Passwords: argon2id, with the parameters in the stored text; when those of the program grew, the next right password is hashed anew. Only a few are
//     hashed at once, since each takes 19 MiB. A wrong address costs as many hashings as a wrong password.
//   - Seeds of one-time codes (RFC 6238): wrapped, since they must be readable. The step of the last code is kept with them, so a code is good once, on whatever
//     node. The thirty lines are our own: the libraries do not say which step a code was of, and that is what it takes.
//   - Recovery codes, attempts, links: 120 bits and more of randomness, by their SHA-256.
//   - Passkeys: public keys. A challenge is a random value with its end and purpose under a MAC, and is kept only once it was answered, so that strangers who
//     ask for challenges write nothing.
//
// # Guessing
//
// Wrong passwords are counted in the store, by a digest of the address cut to 16 bits, before they are hashed: known and unknown addresses alike, on all nodes, of many attempts side
// by side all, and in a bounded number of counters. After five there is a pause, which doubles up to five minutes. A right password takes
// back its own try and no more, since addresses share counters. Whoever makes others' passwords fail all day keeps
// them out of browsers in which they have never signed in: one in which they have is known by a cookie and has a counter of its own. A passkey is not subject to it at all.
// Wrong codes are counted by person; an attempt ends with the fifth.
//
// # Browsers only
//
// Passwords, codes and passkeys are for people at browsers, so no API takes them: a program that could would keep them. By API a person sees factors and
// sessions and ends sessions; taking a factor away, or changing it, needs a proof that a personal token is not.
//
// # Invariants
//
//   - A session begins with two factors, or with a passkey that knows its owner.
//   - A code, a recovery code, a link and a challenge are good once.
//   - A changed password or factor ends all other sessions of the person, and the person is told by mail.
//   - Answers do not tell whether there is an account for an address.
package signin
