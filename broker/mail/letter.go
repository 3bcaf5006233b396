package mail

import (
	"errors"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Template names what a mail tells. Each has a text in texts, in every language.
type Template string

// The templates, with the fields of Fact that they show beside Destination and Name.
const (
	Waiting          Template = "waiting"             // submissions wait for their addressee: ID, Since, Until
	WaitingStill     Template = "waiting-still"       // they do so still: ID, Since, Until
	TimedOut         Template = "timed-out"           // submissions were rejected because nobody fetched or decided them: ID, Since
	KeyExpires       Template = "key-expires"         // the certificate of a key ends: ID (kid), Until
	KeyProposed      Template = "key-proposed"        // another encryption key waits for its release: ID (kid), By
	KeyChanged       Template = "key-changed"         // another encryption key is in force: ID (kid), By
	SigningChanged   Template = "signing-key-changed" // another signing key is in force: ID (kid), By
	KeyRevoked       Template = "key-revoked"         // the certificate of a key was revoked: ID (kid), Since, Why
	SecretEnds       Template = "secret-ends"         // the secret of an API client ends: ID (client), Name (of it, instead of a destination's), Until
	CallbackDisabled Template = "callback-disabled"   // nobody is called back any more: Since, Why

	// Personal letters; see Personal.
	Invitation    Template = "invitation"     // into an organisation: By, Role, Until
	SignUp        Template = "sign-up"        // an account for an address that has none: Until
	PasswordReset Template = "password-reset" // Until
	NewAddress    Template = "new-address"    // of a person: Until
	AccessChanged Template = "access-changed" // the password, a factor or the address, as ID says

	// confirmation asks whoever reads mail at an address to repeat a code. Only this package writes it.
	confirmation Template = "confirmation"
)

// gathered reports whether facts wait a while for others of their kind.
func (t Template) gathered() bool {
	switch t {
	case KeyProposed, KeyChanged, SigningChanged, KeyRevoked, confirmation:
		return false
	}
	return !t.personal()
}

// about submissions that wait, which need no mail once they do not.
func (t Template) aboutWaiting() bool { return t == Waiting || t == WaitingStill }

// MaxFacts is how many facts a mail shows; of the others it tells the number.
const MaxFacts = 20

// Letter is something to tell somebody.
type Letter struct {
	Template Template
	To       string       // mail address, mostly of a destination's contact; to what is none nothing is ever sent, but it can be read in the outbox
	Org      broker.OrgID // in whose outbox it stands
	Fact     Fact
}

// Fact is one thing that a mail tells of. Which fields count is said at the templates.
type Fact struct {
	Destination broker.DestinationID
	Name        string    // of the destination, or of the API client, for people
	ID          string    // of the submission or reply, of the key, or of the API client
	Since       time.Time // submitted, disabled; on the clock of deadlines, if it has one
	Until       time.Time // deadline, end of the certificate
	By          string    // who did it, for people: broker.Caller.Name
	Why         string    // reason, for people
	Role        string    // in which somebody is to belong to an organisation
}

// factRecord is Fact as it is stored.
type factRecord struct {
	Destination broker.DestinationID `json:"destination,omitempty"`
	Name        string               `json:"name,omitempty"`
	ID          string               `json:"id,omitempty"`
	Since       time.Time            `json:"since,omitzero"`
	Until       time.Time            `json:"until,omitzero"`
	By          string               `json:"by,omitempty"`
	Why         string               `json:"why,omitempty"`
	Role        string               `json:"role,omitempty"`
}

// Owe writes, in the transaction of what it tells of, that a letter is owed. now is the wall clock. An address that is bad or not confirmed is no
// error: it must not take back what the letter tells of.
func Owe(tx broker.Tx, now time.Time, l Letter) error {
	if !l.Template.known() {
		return errors.New("mail: there is no template " + string(l.Template))
	}
	if err := introduce(tx, now, l.Org, l.To); err != nil {
		return err
	}
	return owe(tx, now, l)
}

func (t Template) known() bool {
	switch t {
	case Waiting, WaitingStill, TimedOut, KeyExpires, KeyProposed, KeyChanged, SigningChanged, KeyRevoked, SecretEnds, CallbackDisabled:
		return true
	}
	return false
}

// owe writes a letter into the mail that gathers its kind, or into a new one.
func owe(tx broker.Tx, now time.Time, l Letter) error {
	fact := factRecord(l.Fact.bounded())
	open, err := gathering(tx, l)
	if err == nil {
		open.add(now, fact)
		return open.put(tx)
	}
	if !errors.Is(err, broker.ErrNoRow) {
		return err
	}
	m := mailRecord{
		ID: broker.NewID[ID](), Org: l.Org, Template: l.Template, To: l.To, Created: now.UTC(), State: StateOwed,
	}
	m.add(now, fact)
	if err := m.put(tx); err != nil {
		return err
	}
	if l.Template.gathered() {
		if err := broker.WriteEntry(tx, gatheringEntries, gatheringID(l), "", m.ID); err != nil {
			return err
		}
	}
	return m.wait(tx, now)
}

// gathering returns the mail that still takes letters like this one; ErrNoRow.
func gathering(tx broker.Tx, l Letter) (mailRecord, error) {
	if !l.Template.gathered() {
		return mailRecord{}, broker.ErrNoRow
	}
	id, err := broker.ReadEntry[ID](tx, gatheringEntries, gatheringID(l))
	if err != nil {
		return mailRecord{}, err
	}
	return readMail(tx, id)
}

// gatheringID is what letters have in common that become one mail. It is a digest because of its length.
func gatheringID(l Letter) string {
	return broker.Digest(strings.Join([]string{string(l.Template), string(l.Org), addressKey(l.To)}, "\x00"))
}

// maxText bounds texts of strangers, in bytes.
const maxText = 200

// bounded keeps a record small whatever somebody called something.
func (f Fact) bounded() Fact {
	f.Name, f.By, f.Why, f.ID, f.Role = clip(f.Name), clip(f.By), clip(f.Why), clip(f.ID), clip(f.Role)
	f.Since, f.Until = f.Since.UTC(), f.Until.UTC()
	return f
}

// clip cuts a text behind a whole character.
func clip(s string) string {
	if len(s) <= maxText {
		return strings.ToValidUTF8(s, "�")
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}
