package broker

// watchNothing lets nobody be told of what nobody asked to be.
func (c *Config) watchNothing() {
	if c.Befell == nil {
		c.Befell = func(Tx, Submission, string, ClientID) error { return nil }
	}
	if c.Taken == nil {
		c.Taken = func(Tx, Delivery) error { return nil }
	}
	if c.Shown == nil {
		c.Shown = func(Caller, []Event) {}
	}
}
