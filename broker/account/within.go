package account

import "github.com/vierkant/vierkant/broker"

// What package signin needs of people inside its transactions. Rights are for it to have checked.

// Find returns a person; NotFound.
func Find(tx broker.Tx, id broker.PersonID) (Person, error) { return readPerson(tx, id) }

// FindByEmail returns the person of an address; broker.ErrNoRow.
func FindByEmail(tx broker.Tx, email string) (Person, error) { return byEmail(tx, email) }

// Create makes a person who proved that the address is theirs. Conflict if it is somebody's already.
func (a *Accounts) Create(tx broker.Tx, who broker.Caller, n NewPerson) (Person, error) {
	if err := n.Check(); err != nil {
		return Person{}, err
	}
	return a.create(tx, who, n)
}

// Readdress gives a person the address that they proved to be theirs. Conflict if it is somebody else's by now.
func (a *Accounts) Readdress(tx broker.Tx, who broker.Caller, id broker.PersonID, email string) (was Person, err error) {
	if was, err = readPerson(tx, id); err != nil {
		return was, err
	}
	if err := was.move(tx, email); err != nil {
		return was, err
	}
	now := was
	now.Email = email
	if err := now.put(tx); err != nil {
		return was, err
	}
	return was, a.note(tx, who, "", "person.address-changed", string(id), "")
}
