//go:build !linux

package routing

import "time"

var started = time.Now()

// spent is the time of the wall, for want of a better one.
func spent() time.Duration { return time.Since(started) }
