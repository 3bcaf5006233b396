package golive

// Reason says what is missing for a point, or why it does not apply.
type Reason string

// The reasons.
const (
	NoFaults     Reason = "no-faults"
	NoCallback   Reason = "no-callback"
	NoReplies    Reason = "no-replies"
	NotActive    Reason = "not-active"
	Unassigned   Reason = "unassigned"
	NoAddress    Reason = "no-address"
	Unconfirmed  Reason = "unconfirmed"
	NoRoute      Reason = "no-route"
	RouteOffline Reason = "route-offline"
	NoKey        Reason = "no-key"
	KeyUnfit     Reason = "key-unfit"
	KeyRevoked   Reason = "key-revoked"
)

// Why says in English what is missing, or why the point does not apply; "": there is nothing to say.
func (i Item) Why() string {
	text := map[Reason]string{
		NoFaults:     "No faults can be asked for in this environment.",
		NoCallback:   "The destination has no callback: its subscribers poll.",
		NoReplies:    "The destination does not offer replies by this service.",
		NotActive:    "The destination is not active.",
		Unassigned:   "No destination names the client.",
		NoAddress:    "The contact has no mail address.",
		Unconfirmed:  "Whoever reads mail at the address of the contact has not repeated the code that was sent there.",
		NoRoute:      "No route names the destination.",
		RouteOffline: "The route is offline, or not in force.",
		NoKey:        "The destination has no encryption key in force.",
		KeyUnfit:     "A key in force is not good enough.",
		KeyRevoked:   "The certificate of a key in force was revoked.",
	}[i.Reason]
	if i.Detail != "" {
		text += " In detail: " + i.Detail
	}
	return text
}
