-- +goose Up

-- The ledgers of a submission (broker.Ledger), by columns of its own that never change. A program of an older schema that still runs is refused to
-- announce, since it does not fill them.

-- created and created_nano are one instant, as due and due_nano of deliveries.
alter table submissions
    add column sender_org   text collate "C",
    add column sender       text collate "C",
    add column office       text collate "C",
    add column destination  text collate "C",
    add column created      timestamptz,
    add column created_nano smallint;

-- What older programs did not write down: whose the destination is, and whether the submission opens its case.
update submissions s set
    sender_org = coalesce(r ->> 'org', ''),
    sender = r ->> 'sender',
    office = coalesce(d.org, ''),
    destination = r ->> 'dest',
    created = regexp_replace(at, '(\.\d{6})\d+', '\1')::timestamptz,
    created_nano = substr(rpad(coalesce(substring(at from '\.(\d+)'), ''), 9, '0'), 7)::smallint,
    record = (left(s.record::text, -1)
        || case when coalesce(d.org, '') = '' then '' else ',"office":' || to_json(d.org)::text end
        || case when c.nth = 1 then ',"opens":true' else '' end || '}')::json
from submissions old
    cross join lateral (select replace(old.record::text, '\u0000', '\u0020')::json as r) as readable
    cross join lateral (select coalesce(r ->> 'created', '0001-01-01T00:00:00Z') as at) as announced
    left join destinations d on d.id = r ->> 'dest'
    left join case_submissions c on c.case_id = r ->> 'case' and c.kind = 'submission' and c.nth = 1 and c.submission = old.id
where s.id = old.id;

alter table submissions
    alter column sender_org set not null,
    alter column sender set not null,
    alter column office set not null,
    alter column destination set not null,
    alter column created set not null,
    alter column created_nano set not null;

create index submissions_of_senders on submissions (sender_org, created, created_nano, id);
create index submissions_of_sender on submissions (sender, created, created_nano, id);
create index submissions_of_office on submissions (office, created, created_nano, id);
create index submissions_of_destination on submissions (destination, created, created_nano, id);
