// Package account keeps who may act for whom: organisations, the people who belong to them, the tokens by which people are known, and what one
// person proposes and another releases.
//
// # People and organisations
//
// A person is one e-mail address and may belong to several organisations, in each with a role of package broker: owner, developer, operator or
// reader. A membership is an entry of the organisation; the person's record lists the organisations, so that both ways are short. An
// organisation that has an owner keeps one who can act: the last one neither leaves nor becomes something else, until there is another.
// An owner invites people to their e-mail addresses; whoever opens the link that was sent there decides. By API an owner can also add people without
// asking them; who is not known yet becomes a person by that.
//
// Operators of the platform are people too, appointed by the operator of the machine (broker.Operator: the socket in the data folder,
// the wiring) or by each other. They act for every organisation. What makes somebody who they are, their name, e-mail address and tokens, is
// changed by themselves or at the machine, and by nobody else, not even by operators of the platform or owners: whoever could issue a token for
// a colleague would be two persons.
//
// # Tokens
//
// A personal token is "vkp_" and 256 random bits. Kept is its SHA-256, by which it is found: nothing that is stored lets anybody in, and a slow hash
// would protect nothing that can be guessed. A token says who asks, not for which organisation or in which role; both are
// read with every request, so a person who is disabled, or whose role is taken, is out at once. Rejected: scopes in tokens, which would be a second place
// where rights are kept; and the time of last use, which would make every read a write.
//
// # Four eyes
//
// What takes two persons is proposed by one caller and released by another. A proposal is the JSON of what would be done, with its digest; who
// releases repeats the digest of what was looked at, so that nobody releases something else than what they saw. The one who releases is a
// person, never an API client or the operator of the machine; in a role that releases; and not the one who proposed, whatever organisation or
// role they come in. Behind a client's proposal stand all who were ever shown a secret of the client: they could have made it, so they
// do not release it either. A proposal is closed once. It
// waits for a time that is shown with it; afterwards it is not released any more, and nobody has decided. Propose and Release work inside a transaction of the one who does what was
// proposed, so that something is done if and only if its proposal was released.
//
// What this cannot know is whether two persons are two human beings, or whether whoever rules the machine plays by the rules.
//
// # Invariants
//
//   - Every deed here stands in the audit log, written in its transaction.
//   - Who is of one organisation learns nothing of another: NotFound, as if there were none.
//   - Of the code of an invitation only the digest is kept; it is good once, for one address, and for InvitationsLast.
//   - An address belongs to one person, however it is capitalised.
package account
