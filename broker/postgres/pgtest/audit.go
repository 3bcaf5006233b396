package pgtest

import (
	"fmt"
	"testing"
)

// rules are what holds in the database of an environment at any moment between two transactions. Each query returns what breaks its rule. They
// are written by the schema alone, not by the code that keeps them.
var rules = []struct{ name, sql string }{
	{"the log of a case has no gaps and its record counts it", `select c.id from cases c left join events e on e.case_id = c.id group by c.id, c.record::text
		having count(e.number) <> coalesce((c.record::text::json->>'events')::int, 0) or coalesce(max(e.number), 0) <> count(e.number)`},
	{"the record of a case ends with the chain of its last event", `select c.id from cases c join events e on e.case_id = c.id
		where e.number = (c.record->>'events')::int and e.record->>'chain' is distinct from c.record->>'chain'`},
	{"every event has its case and its submission", `select e.id from events e left join cases c on c.id = e.case_id left join submissions s on s.id = e.submission
		where c.id is null or s.id is null or s.record->>'case' <> e.case_id`},
	{"the events of a submission are numbered without gaps", `select submission from events group by submission having max(nth) <> count(*) or min(nth) <> 1`},
	{"a state is the one that the log proves", `select s.id || ' is ' || (s.record->>'state') || ' after ' || coalesce(last.type, 'nothing') from submissions s
		left join lateral (select regexp_replace(e.record->>'type', '^.*/', '') as type from events e where e.submission = s.id
			and e.record->>'type' not like '%/notify-submission' order by nth desc limit 1) last on true
		where s.record->>'state' is distinct from case last.type when 'create-submission' then 'incomplete' when 'submit-submission' then 'submitted'
			when 'forward-submission' then 'forwarded' when 'accept-submission' then 'accepted' when 'reject-submission' then 'rejected'
			when 'delete-submission' then 'deleted' end`},
	{"no act is told twice, a notification once for each way", `select submission || ' ' || (record->>'type') from events
		group by submission, record->>'type', substring(convert_from(claims, 'UTF8') from '"notifyType":"([a-z]*)"') having count(*) > 1`},
	{"exactly those wait that were submitted and not decided", `select s.id from submissions s left join waiting w on w.submission = s.id
		and w.inbox = s.inbox and w.place = s.waiting where (s.record->>'state' in ('submitted', 'forwarded')) <> (w.place is not null)
		or (s.waiting is null) <> (w.place is null)`},
	{"nothing waits that is not there", `select w.submission from waiting w left join submissions s on s.id = w.submission and s.waiting = w.place where s.id is null`},
	{"lengths are those of the lists", `select coalesce(t.list, l.list) || ': ' || coalesce(t.n, 0) || ' for ' || coalesce(l.n, 0) from
		(select list, sum(n) as n from tallies group by list) t full join (
			select 'waiting at ' || inbox as list, count(*) as n from waiting group by inbox
			union all select 'unsigned', count(*) from events where token is null
			union all select 'deliveries', count(*) from deliveries where over is null
			union all select 'callbacks to ' || receiver, count(*) from deliveries group by receiver
			union all select 'cases from ' || sender, count(*) from sender_cases group by sender
			union all select 'cases at ' || destination, count(*) from destination_cases group by destination
			union all select 'pending of ' || (record->>'sender'), count(*) from submissions where pending is not null group by record->>'sender'
			union all select 'bytes pending of ' || (record->>'sender'), sum(pending) from submissions group by record->>'sender' having sum(pending) > 0
			union all select 'destinations of ' || org, count(*) from destinations group by org
			union all select 'entries of ' || kind, count(*) from entries group by kind
			union all select 'entries owned ' || kind || ' ' || owner, count(*) from entries group by kind, owner) l using (list)
		where coalesce(t.n, 0) <> coalesce(l.n, 0)`},
	{"every case is in the lists of its parties, and in no other", `select c.id from cases c
		left join sender_cases s on s.case_id = c.id and s.sender = c.record->>'sender'
		left join destination_cases d on d.case_id = c.id and d.destination = c.record->>'dest'
		where s.place is null or d.place is null
		union all select case_id from sender_cases group by case_id having count(*) > 1
		union all select case_id from destination_cases group by case_id having count(*) > 1`},
	{"every submission is in the list of its case", `select s.id from submissions s left join case_submissions l on l.submission = s.id
		and l.case_id = s.record->>'case' and l.kind = coalesce(s.record->>'kind', 'submission') where l.nth is null
		union all select case_id from case_submissions group by case_id, kind having count(*) <> max(nth) or count(distinct submission) <> count(*)`},
	{"what is submitted has its attachments", `select s.id || ' ' || a.id from submissions s, json_array_elements_text(s.record->'announced') as a (id)
		where s.record->>'state' in ('submitted', 'forwarded', 'accepted', 'rejected')
		and not exists (select from attachments where submission = s.id and attachments.id = a.id)`},
	{"every sealed part has its bytes, all of them", `select part.sealed::text from (
			select record->'sealed' as sealed from attachments
			union all select record->'metadata' from submissions where record->>'state' in ('submitted', 'forwarded', 'accepted', 'rejected')
			union all select record->'data' from submissions where record->>'state' in ('submitted', 'forwarded', 'accepted', 'rejected')) part
		left join bodies b on b.id = part.sealed->>'record' left join blobs l on l.id = part.sealed->>'blob'
		where coalesce(octet_length(b.body), (select sum(octet_length(bytes)) from chunks where blob = l.id)) is distinct from (part.sealed->>'size')::bigint`},
	{"no small body lies about that no record names", `select b.id from bodies b where b.id not in (
		select record->'sealed'->>'record' from attachments where record->'sealed'->>'record' is not null
		union select record->'metadata'->>'record' from submissions where record->'metadata'->>'record' is not null
		union select record->'data'->>'record' from submissions where record->'data'->>'record' is not null)`},
	{"a blob is whole", `select l.id from blobs l where l.size <> (select coalesce(sum(octet_length(bytes)), 0) from chunks where blob = l.id)`},
	{"a callback is owed or was made, never both and never neither, while the submission waits", `select s.id || case when d.id is null then ' lacks its callback' else ' is owed one that was made' end
		from submissions s join destinations t on t.id = s.inbox and t.record->>'callback' is not null
		left join deliveries d on d.submission = s.id and d.record->>'type' = 'new-submissions' and d.over is null
		where s.record->>'state' in ('submitted', 'forwarded')
		and (d.id is not null) = exists (select from events e where e.submission = s.id and e.record->>'type' like '%/notify-submission'
			and position('"callback"' in convert_from(e.claims, 'UTF8')) > 0)`},
	{"what can be looked for is what the record says", `select d.id from deliveries d where (d.over is null) <> (d.record->>'over' is null)
		or d.submission <> coalesce(d.record->>'sub', '')
		or d.receiver <> coalesce('sender ' || (d.record->>'sender'), 'destination ' || (d.record->>'dest'))`},
	{"a callback is owed once, and only for what was submitted", `select d.submission from deliveries d left join submissions s on s.id = d.submission
		where d.over is null or d.record->>'type' <> 'new-events' group by d.record->>'type', 1 having count(*) > 1 or bool_or(s.id is null or s.record->>'state' = 'incomplete')`},
}

// Audit walks through the whole database of an environment, whose destinations had their callbacks from the first, and fails if a rule is broken.
func Audit(t testing.TB, dsn string) {
	t.Helper()
	for _, broken := range Broken(t, dsn) {
		t.Error(broken)
	}
}

// Broken tells which rules are broken, and by what.
func Broken(t testing.TB, dsn string) (all []string) {
	t.Helper()
	for _, rule := range rules {
		if by := Values(t, dsn, rule.sql); len(by) > 0 {
			all = append(all, fmt.Sprintf("%s: not so for %.500q", rule.name, by))
		}
	}
	return all
}
