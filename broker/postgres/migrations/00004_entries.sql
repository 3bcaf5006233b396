-- +goose Up

-- What the administration keeps (broker.Entry).
create table entries (
    kind   text collate "C" not null,
    id     text collate "C" not null,
    owner  text collate "C" not null,
    place  bigint not null default nextval('places'),
    record json not null,
    primary key (kind, id)
);
create index entries_of_kind on entries (kind, place);
create index entries_of_owner on entries (kind, owner, place);

-- Which organisations and clients there are is an entry each (broker.OrgEntries, broker.ClientEntries). Those from before are entered by their age.
with known as (
    select 'org' as kind, id, '' as owner, replace(record::text, '\u0000', '\u0020')::json ->> 'created' as created from orgs
    union all
    select 'client', id, r ->> 'org', r ->> 'created'
    from clients cross join lateral (select replace(record::text, '\u0000', '\u0020')::json as r) as readable
), entered as (
    insert into entries (kind, id, owner, record)
    select kind, id, owner, json_strip_nulls(json_build_object('kind', kind, 'id', id, 'of', nullif(owner, '')))
    from known order by created::timestamptz, id
)
insert into tallies (list, shard, n)
    select 'entries of ' || kind, 0, count(*) from known group by kind
    union all select 'entries owned ' || kind || ' ' || owner, 0, count(*) from known group by kind, owner;
