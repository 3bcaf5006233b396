package bolt

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"
)

// bucket names one bucket of the file.
type bucket int

// Keys are written as in keys.go: num is eight bytes, time twelve, text a length and bytes.
const (
	meta bucket = iota // "format" → formatRecord

	orgs    // org id → record
	clients // client id → record

	destinationNumbers    // destination id → num
	destinations          // num → record
	destinationsOfOrg     // text(org) num → num; a list
	destinationsOfClient  // text(client) num → num; a list
	destinationKeyNumbers // text(destination id) kid → num
	destinationKeys       // text(destination id) num → record

	submissionNumbers // submission id → num
	submissions       // num → record
	waiting           // text(destination id) num in order of submitting → num of the submission; a list
	attachments       // num of the submission, attachment id → record
	bodies            // num → bytes

	caseNumbers        // case id → num
	cases              // num → record
	events             // num of the case, event number → record; a list
	eventIDs           // jti → num of the case, event number
	eventsOfSubmission // num of the submission, 1 … → num of the case, event number; a list
	unsigned           // num in order of recording → num of the case, event number; a list

	deliveryNumbers // delivery id → num
	deliveries      // num → record; a list
	due             // time of next attempt, num → num

	serviceKeyNumbers // text(use) kid → num
	serviceKeys       // text(use) num → record

	routeNumbers // route id → num
	routes       // num → record

	bucketCount
)

// layout tells each bucket's name in the file, and whether its entries come in ascending order and then stay as they are.
var layout = [bucketCount]struct {
	name       string
	sequential bool
}{
	meta: {name: "meta"},

	orgs:    {name: "orgs"},
	clients: {name: "clients"},

	destinationNumbers:    {name: "destination_numbers"},
	destinations:          {name: "destinations"},
	destinationsOfOrg:     {name: "destinations_of_org"},
	destinationsOfClient:  {name: "destinations_of_client"},
	destinationKeyNumbers: {name: "destination_key_numbers"},
	destinationKeys:       {name: "destination_keys"},

	submissionNumbers: {name: "submission_numbers"},
	submissions:       {name: "submissions"},
	waiting:           {name: "waiting"},
	attachments:       {name: "attachments"},
	bodies:            {name: "bodies", sequential: true},

	caseNumbers:        {name: "case_numbers"},
	cases:              {name: "cases", sequential: true},
	events:             {name: "events"},
	eventIDs:           {name: "event_ids"},
	eventsOfSubmission: {name: "events_of_submission"},
	unsigned:           {name: "unsigned", sequential: true},

	deliveryNumbers: {name: "delivery_numbers"},
	deliveries:      {name: "deliveries", sequential: true},
	due:             {name: "due", sequential: true},

	serviceKeyNumbers: {name: "service_key_numbers"},
	serviceKeys:       {name: "service_keys"},

	routeNumbers: {name: "route_numbers"},
	routes:       {name: "routes"},
}

// format is the format of the file that this program writes. A change of format comes with a step in migrate that takes the file
// forward; there is no way back.
const format = 1

// formatRecord is the record "format" in meta.
type formatRecord struct {
	Format int `json:"format"`
}

// migrate refuses a file that is not ours or of a newer format, and makes the buckets of a fresh one.
func (s *Store) migrate() error {
	current := false
	err := s.db.View(func(b *bbolt.Tx) (err error) {
		current, err = isCurrent(b)
		return err
	})
	if err != nil || current {
		return err
	}
	return s.db.Update(create)
}

func isCurrent(b *bbolt.Tx) (bool, error) {
	if first, _ := b.Cursor().First(); first == nil {
		return false, nil // fresh
	}
	m := b.Bucket([]byte(layout[meta].name))
	if m == nil {
		return false, fmt.Errorf("this is a bbolt file, but not a store of vierkant")
	}
	var r formatRecord
	if err := json.Unmarshal(m.Get([]byte("format")), &r); err != nil {
		return false, fmt.Errorf("this is a bbolt file, but its format record cannot be read: %w", err)
	}
	if r.Format > format {
		return false, fmt.Errorf("this file is of format %d, written by a newer vierkant; this one knows formats up to %d: use the newer program, or a backup from before", r.Format, format)
	}
	return true, nil
}

func create(b *bbolt.Tx) error {
	for k := range bucketCount {
		if _, err := b.CreateBucket([]byte(layout[k].name)); err != nil {
			return fmt.Errorf("%s: %w", layout[k].name, err)
		}
	}
	return (&tx{b: b}).save(meta, []byte("format"), formatRecord{format})
}
