// Package diagnosis says in plain words where a submission or a reply stands: whose turn it is, since when, what hangs, and what
// happens next and when.
//
// # Design
//
// A report is made of facts that are read in one transaction, by rules that are pure: the same facts give the same report, so that every
// sentence has a test. Nothing is stored for it. Each finding is a code for programs and a sentence for people in German and
// English.
//
// Who may ask is who is a party: the sender's client, a subscriber of the destination, members of their organisations, and operators. For all
// others there is no such submission. A report is made for a side, and a side is told what is its own, and of the other side only what both read in the event log:
//
//	                                   sender   authority   operator
//	state, deadlines, whose turn         x          x          x
//	parts announced and uploaded         x                     x      before it is submitted there is nothing for an authority to know
//	attempts of calls to the sender      x                     x
//	attempts of calls to the authority              x          x      to the sender: only whether it has been told
//	status of the destination            x          x          x      it is public
//	key that it is sealed for            x          x          x      it stands in what was sent
//
// What was sent is not looked at: the broker cannot read it.
//
// Rejected: to derive whose turn it is from the last event. An owed signature or a callback that fails for days is no event, and these are what people ask
// about.
package diagnosis
