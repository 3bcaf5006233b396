package routing

import (
	"syscall"
	"time"
)

// spent is the processor time of this thread, which does not grow while somebody else has the processor.
func spent() time.Duration {
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
