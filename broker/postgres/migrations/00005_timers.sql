-- +goose Up

-- Timers, callbacks that are kept when they are over, and cases that can be deleted. A program of an older schema that still runs is refused to
-- owe callbacks, since it does not know whom they tell.

-- at and at_nano are one instant, as due and due_nano of deliveries.
create table timers (
    queue   text collate "C" not null,
    id      text collate "C" not null,
    at      timestamptz not null,
    at_nano smallint not null,
    primary key (queue, id)
) with (fillfactor = 70);
create index timers_due on timers (queue, at, at_nano, id);

-- over and over_nano are one instant; null while it is owed.
alter table deliveries
    add column receiver   text collate "C",
    add column submission text collate "C",
    add column over       timestamptz,
    add column over_nano  smallint;

update deliveries set
    receiver = case when coalesce(r ->> 'sender', '') = '' then 'destination ' || (r ->> 'dest') else 'sender ' || (r ->> 'sender') end,
    submission = coalesce(r ->> 'sub', '')
from (select id as of, replace(record::text, '\u0000', '\u0020')::json as r from deliveries) as readable where id = of;

alter table deliveries
    alter column receiver set not null,
    alter column submission set not null;

insert into tallies (list, shard, n) select 'callbacks to ' || receiver, 0, count(*) from deliveries group by receiver;

drop index deliveries_due;
drop index deliveries_oldest;
create index deliveries_due on deliveries (due, due_nano, place) where over is null;
create index deliveries_oldest on deliveries (place) where over is null;
create index deliveries_over on deliveries (over, over_nano, place) where over is not null;
create index deliveries_to on deliveries (receiver, place);
create index deliveries_of on deliveries (submission, place);

-- By which a case that is deleted leaves its lists.
create index sender_cases_by_case on sender_cases (case_id);
create index destination_cases_by_case on destination_cases (case_id);

-- Everything that there is is due at once: the rule finds out what is.
insert into timers (queue, id, at, at_nano)
    select 'deadlines', 'case ' || id, '0001-01-01 00:00:00+00'::timestamptz, 0 from cases
    union all
    select 'deadlines', 'submission ' || id, '0001-01-01 00:00:00+00'::timestamptz, 0 from submissions
    where replace(record::text, '\u0000', '\u0020')::json ->> 'state' <> 'deleted';
