package figures

import "github.com/vierkant/vierkant/broker"

// Subject is what is counted for.
type Subject string

// The subjects.
const Installation Subject = "all"

// Sent is what clients of an organisation send, and are told of it.
func Sent(org broker.OrgID) Subject { return Subject("sent " + org) }

// Received is what destinations of an organisation receive, and are told of it.
func Received(org broker.OrgID) Subject { return Subject("received " + org) }

// At is what one destination receives, and is told of it.
func At(d broker.DestinationID) Subject { return Subject("destination " + d) }

// By is what one client sends, and is told of it.
func By(c broker.ClientID) Subject { return Subject("client " + c) }
