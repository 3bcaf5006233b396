-- +goose Up

-- Inboxes, lists of cases and of what is in them, pending work, receipts. A program of an older schema that still runs is refused its writes,
-- since columns have other names: what it would write would be in no list. Tables are filled from the records, for which \u0000 in them, which
-- PostgreSQL refuses to look at, is read as a space.

-- The inbox of a submission has the name of its destination; so what waits already is in the right one.
alter table submissions rename column destination to inbox;
alter table waiting rename column destination to inbox;

-- pending is how many bytes were uploaded; null when it is not incomplete any more.
alter table submissions add column pending bigint;

-- nth is the number of the submission among those of its kind in its case.
create table case_submissions (
    case_id    text collate "C" not null,
    kind       text collate "C" not null,
    nth        int not null,
    submission text collate "C" not null,
    primary key (case_id, kind, nth)
);

create table sender_cases (
    sender  text collate "C" not null,
    place   bigint not null default nextval('places'),
    case_id text collate "C" not null,
    primary key (sender, place) include (case_id)
);

create table destination_cases (
    destination text collate "C" not null,
    place       bigint not null default nextval('places'),
    case_id     text collate "C" not null,
    primary key (destination, place) include (case_id)
);

-- made and made_nano are one instant, as due and due_nano of deliveries.
create table receipts (
    client    text collate "C" not null,
    key       text collate "C" not null,
    place     bigint not null default nextval('places'),
    made      timestamptz not null,
    made_nano smallint not null,
    record    json not null,
    primary key (client, key)
);
create index receipts_by_age on receipts (made, made_nano, place);

-- Cases were opened in the order of their first events.
with opened as materialized (
    select id, sender, destination, coalesce(place, nextval('places')) as place from (
        select c.id, r ->> 'sender' as sender, r ->> 'dest' as destination, e.place
        from cases c cross join lateral (select replace(c.record::text, '\u0000', '\u0020')::json as r) as readable
        left join events e on e.case_id = c.id and e.number = 1
        order by e.place nulls last, (r ->> 'created')::timestamptz, c.id
    ) as in_order
), sent as (
    insert into sender_cases (sender, place, case_id) select sender, place, id from opened order by place
), arrived as (
    insert into destination_cases (destination, place, case_id) select destination, place, id from opened order by place
)
insert into tallies (list, shard, n)
    select 'cases from ' || sender, 0, count(*) from opened group by sender
    union all select 'cases at ' || destination, 0, count(*) from opened group by destination;

insert into case_submissions (case_id, kind, nth, submission)
select r ->> 'case', 'submission', row_number() over (partition by r ->> 'case' order by e.place nulls last, (r ->> 'created')::timestamptz, s.id), s.id
from submissions s cross join lateral (select replace(s.record::text, '\u0000', '\u0020')::json as r) as readable
left join events e on e.submission = s.id and e.nth = 1;

-- Before this version nobody summed up what was uploaded. Of what is not incomplete nobody asks.
with incomplete as (
    select s.id, r ->> 'sender' as author, coalesce(sum((replace(a.record::text, '\u0000', '\u0020')::json -> 'sealed' ->> 'size')::bigint), 0)::bigint as bytes
    from submissions s cross join lateral (select replace(s.record::text, '\u0000', '\u0020')::json as r) as readable
    left join attachments a on a.submission = s.id
    where r ->> 'state' = 'incomplete' group by s.id, author
), noted as (
    update submissions s set pending = bytes, record = case bytes
        when 0 then record
        else (left(record::text, -1) || ',"uploaded":' || bytes || '}')::json
    end from incomplete i where i.id = s.id
)
insert into tallies (list, shard, n)
    select 'pending of ' || author, 0, count(*) from incomplete group by author
    union all select 'bytes pending of ' || author, 0, sum(bytes) from incomplete group by author;
