package broker

// put writes a destination, and tells of its contact if that has another mail address than it had.
func (s *Destinations) put(tx Tx, d Destination, was Contact) error {
	if err := tx.PutDestination(d); err != nil {
		return err
	}
	if s.Contacted == nil || d.Contact.Email == was.Email {
		return nil
	}
	return s.Contacted(tx, d)
}
