package bolt

// bucket names one bucket of the file.
type bucket int

// Keys are written as in keys.go: num is eight bytes, time twelve, text a length and bytes.
const (
	meta bucket = iota // "format" → formatRecord; "move" → transfer.Mark

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
	waiting           // text(inbox) num in order of submitting → num of the submission; a list
	submissionsOfCase // num of the case, text(kind) 1 … → num of the submission; a list
	ledgers           // text(ledger) time announced, submission id → num of the submission
	pending           // author's client id → pendingRecord
	attachments       // num of the submission, attachment id → record
	bodies            // num, or the 16 bytes of a name that another store gave → bytes

	caseNumbers        // case id → num
	cases              // num → record
	casesOfSender      // text(client id) place → num of the case; a list
	casesAtDestination // text(destination id) place → num of the case; a list
	events             // num of the case, event number → record; a list
	eventIDs           // jti → num of the case, event number
	eventsOfSubmission // num of the submission, 1 … → num of the case, event number; a list
	unsigned           // num in order of recording → num of the case, event number; a list

	deliveryNumbers // delivery id → num
	deliveries      // num → record
	owed            // num → num; a list of those that are
	due             // time of next attempt, num → num; of those that are owed
	over            // time since when, num → num; of those that are over
	deliveriesTo    // text(receiver) num → num; a list
	deliveriesOf    // num of the submission, num → num; a list

	timers    // text(queue) id → record
	timersDue // text(queue) time id → key in timers

	receiptNumbers // text(client id) key → num
	receipts       // num → record
	receiptsByAge  // time made, num → num

	serviceKeyNumbers // text(use) kid → num
	serviceKeys       // text(use) num → record

	routeNumbers // route id → num
	routes       // num → record

	entryNumbers   // text(kind) id → num
	entries        // text(kind) num → record; a list
	entriesOfOwner // text(kind, a space, and the owner) num → num; a list

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
	submissionsOfCase: {name: "submissions_of_case"},
	ledgers:           {name: "ledgers"},
	pending:           {name: "pending"},
	attachments:       {name: "attachments"},
	bodies:            {name: "bodies", sequential: true},

	caseNumbers:        {name: "case_numbers"},
	cases:              {name: "cases", sequential: true},
	casesOfSender:      {name: "cases_of_sender"},
	casesAtDestination: {name: "cases_at_destination"},
	events:             {name: "events"},
	eventIDs:           {name: "event_ids"},
	eventsOfSubmission: {name: "events_of_submission"},
	unsigned:           {name: "unsigned", sequential: true},

	deliveryNumbers: {name: "delivery_numbers"},
	deliveries:      {name: "deliveries", sequential: true},
	owed:            {name: "owed", sequential: true},
	due:             {name: "due", sequential: true},
	over:            {name: "over", sequential: true},
	deliveriesTo:    {name: "deliveries_to"},
	deliveriesOf:    {name: "deliveries_of"},

	timers:    {name: "timers"},
	timersDue: {name: "timers_due"},

	receiptNumbers: {name: "receipt_numbers"},
	receipts:       {name: "receipts", sequential: true},
	receiptsByAge:  {name: "receipts_by_age", sequential: true},

	serviceKeyNumbers: {name: "service_key_numbers"},
	serviceKeys:       {name: "service_keys"},

	routeNumbers: {name: "route_numbers"},
	routes:       {name: "routes"},

	entryNumbers:   {name: "entry_numbers"},
	entries:        {name: "entries"},
	entriesOfOwner: {name: "entries_of_owner"},
}
