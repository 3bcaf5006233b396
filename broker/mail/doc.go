// Package mail sends the mails that committed transactions owe.
//
// # Owed, not sent
//
// Who has something to tell writes a Letter in the transaction of what it tells of (Owe), so that a mail is owed if and only if that happened.
// A Letter names a template and facts, never a text: what is written is decided when it is sent, in the language that the organisation
// chose. Run sends what is due, on lease: among many nodes each mail is sent once, as far as SMTP allows. A node that dies
// after the server took a mail and before that was noted makes the mail come twice, with the same Message-ID; none is lost.
//
// # One mail for many facts
//
// Facts of one template for one address of an organisation are gathered into one mail: for a while (Config.Gather) after the first one, and on for as
// long as that mail could not be sent. It tells how many there are, and of the first MaxFacts what they are: ids and times, never content. So neither a
// week without a node, nor one without a mail server, nor 5,000 destinations with one contact make a storm. What has been taken care of meanwhile
// is left out when the mail is written, and a mail of which nothing remains is not sent. Letters about keys are not gathered: somebody may have to act at once.
//
// # Verified addresses only
//
// Anybody who manages a destination can enter any address. So nothing but a request for confirmation goes to an address before whoever reads mail there
// has repeated the code from it; at most one such request a day for an address, whoever enters it and how often, and after MaxAsked without an answer only
// if somebody asks for it. Other letters are kept in the outbox meanwhile, where the owner organisation and operators read them, and are sent if the address is confirmed within
// Config.GiveUp. The same holds where no mail server is configured. A code is made when the mail with it leaves, and kept as a digest: it is in no
// outbox and in no backup. It has 125 random bits, so that it can be looked up by its digest, and nobody has to be kept from guessing by
// locking an address, which would be a way to keep its owner out. Rejected: a confirmation per organisation and address, which would send an IT provider that serves
// hundreds of them hundreds of requests, and says nothing more about who reads the mail.
//
// Letters to one person, like an invitation, are the exception (Personal): opening their link is what shows who reads mail there. They are few, bounded
// by who owes them, and name no contact. Their link is a secret that cannot be made anew when the mail leaves, since what it opens is there already; so it is kept, wrapped,
// until the mail is over.
//
// # Records
//
// Mails and addresses are entries of the store. A mail that is owed stands in one more list, by what it waits for, whose totals are what an
// operator watches: the queue itself, a mail server, or an address; what ends the wait moves a list on in small transactions. When it is due is said by a timer of
// the queue Timers, by the wall clock. What is over stays readable for Config.Keep.
//
// # Invariants
//
//   - A mail is in the state StateOwed if and only if it has an entry of kind owed.
//   - Whoever lost the lease of a mail has nothing more to say about it.
//   - Logs name a mail by its id and never an address, a text or a code.
//   - Whatever stands in a name, a mail has the headers and the structure that this package gave it: values are one line without control and
//     direction characters, headers are encoded, HTML is escaped.
package mail
