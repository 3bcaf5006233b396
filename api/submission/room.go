package submission

import (
	"errors"
	"time"
)

// Room is how much may arrive at once. Zero fields mean the defaults.
type Room struct {
	Memory        int64         // bytes of all large submits together; default 128 MiB, and never less than one of MaxSubmit
	Uploads       int           // large attachments at once; default 1000
	ClientUploads int           // of them of one client; default 16
	Patience      time.Duration // how long a large body waits for its turn; default 10 seconds

	Refused func(what string) // is told when a turn did not come: of a "submit" or an "upload"; may be nil
}

func (r Room) withDefaults() (Room, error) {
	if r.Memory < 0 || r.Uploads < 0 || r.ClientUploads < 0 || r.Patience < 0 {
		return r, errors.New("submission: no limit can be negative")
	}
	if r.Memory == 0 {
		r.Memory = 128 << 20
	}
	if r.Uploads == 0 {
		r.Uploads = 1000
	}
	if r.ClientUploads == 0 {
		r.ClientUploads = 16
	}
	if r.Patience == 0 {
		r.Patience = 10 * time.Second
	}
	if r.Refused == nil {
		r.Refused = func(string) {}
	}
	return r, nil
}
