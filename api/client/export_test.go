package client

import "time"

// Impatient makes a client give transfers up that stand still for so long.
func Impatient(c *Client, limit time.Duration) { c.transport.idle = limit }
