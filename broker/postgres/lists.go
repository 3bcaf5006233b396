package postgres

import (
	"fmt"

	"github.com/vierkant/vierkant/broker"
)

// lists are lists of a kind, in one table: of each inbox, of each sender. Things join a list at a place and may leave it.
type lists struct {
	kind   string // of the names under which a list is locked, and its length is kept
	table  string // with the column place, by which a list is ordered
	key    string // column: which list
	member string // column: the id of what is in it
	things string // table of what is in it, by id, with the column record
}

// The lists of places. Of other ones the places are in the table of the things themselves.
var (
	inboxes          = lists{waitingAt, "waiting", "inbox", "submission", "submissions"}
	senderLists      = lists{casesFrom, "sender_cases", "sender", "case_id", "cases"}
	destinationLists = lists{casesAt, "destination_cases", "destination", "case_id", "cases"}
)

// tally is the name under which the length of a list is kept.
func (l lists) tally(key string) string { return l.kind + " " + key }

// page reads a page of several lists, one after the other, and how long they are together.
func page[R stored[D], D any](t *tx, l lists, keys []string, p broker.Page) (all []D, total int, err error) {
	var (
		locks   []lock
		tallies []string
	)
	for _, key := range keys {
		locks, tallies = append(locks, alone(l.kind, key)), append(tallies, l.tally(key))
	}
	lengths, err := t.totals(locks, tallies)
	if err != nil {
		return nil, 0, err
	}
	parts, total := l.cut(keys, lengths, p)
	if len(parts.keys) == 0 {
		return nil, total, nil
	}
	all, err = fetchAll[R](t, nil, l.query(), parts.keys, parts.skips, parts.mosts, parts.back)
	return all, total, err
}

// parts are parts of lists, which make up a page.
type parts struct {
	keys  []string
	skips []int64 // from the beginning, or the end
	mosts []int64
	back  []bool // it is counted from the end, which is nearer
}

// cut cuts a page out of lists of these lengths.
func (l lists) cut(keys []string, lengths map[string]int, p broker.Page) (cut parts, total int) {
	skip, left := p.Offset, p.Limit
	for _, key := range keys {
		n := lengths[l.tally(key)]
		total += n
		if take := min(n-skip, left); take > 0 {
			cut.add(key, skip, take, n-skip-take)
			left -= take
		}
		skip = max(0, skip-n)
	}
	return cut, total
}

func (p *parts) add(key string, before, take, behind int) {
	p.keys = append(p.keys, key)
	p.skips = append(p.skips, int64(min(before, behind)))
	p.mosts = append(p.mosts, int64(take))
	p.back = append(p.back, behind < before)
}

// query is the SQL that reads parts. What is skipped is skipped in the index. Things are looked up one by one: with a join the planner, which
// does not know how few they are, may read the whole table instead.
func (l lists) query() string {
	const from = "(select place, %[3]s as id from %[1]s where %[4]s and %[2]s = part.list order by place %[5]s offset skip limit most)"
	ahead := fmt.Sprintf(from, l.table, l.key, l.member, "not back", "")
	back := fmt.Sprintf(from, l.table, l.key, l.member, "back", "desc")
	return `select thing.record from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bool[]) with ordinality as part (list, skip, most, back, nth)
		cross join lateral (` + ahead + " union all " + back + `) as found
		cross join lateral (select record from ` + l.things + ` where id = found.id limit 1) as thing order by nth, place`
}

func texts[T ~string](ids []T) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = string(id)
	}
	return all
}

// presence is how much a thing adds to the length of a list that it is in or not.
func presence(in bool) int64 {
	if in {
		return 1
	}
	return 0
}
