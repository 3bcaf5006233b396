-- +goose Up

-- Names are compared as bytes: text with collation "C". Columns are what is searched for; record is the JSON of package record, kept as
-- it was written (json, not jsonb, which refuses \u0000 and formats anew). A place is drawn from one sequence and orders a list.
-- Primary keys begin with what their table is partitioned by once it is too large for one: destination, case, or an id.

-- lock_names takes the names of a transaction (names.go) in the order given, each shared (s), alone (a), or alone after it was shared (u). The
-- last is not waited for: two that share a name and want it alone would wait for each other. patience is for each name, in milliseconds; what is
-- waited for after that, rows, has the patience that the transaction began with.
-- +goose StatementBegin
create function lock_names(names text[], modes text[], patience text) returns void language plpgsql as $$
declare
    key bigint;
    before text := current_setting('lock_timeout');
begin
    perform set_config('lock_timeout', patience, true);
    for i in 1 .. array_length(names, 1) loop
        key := hashtextextended(names[i], 0);
        case modes[i]
        when 's' then
            perform pg_advisory_xact_lock_shared(key);
        when 'a' then
            perform pg_advisory_xact_lock(key);
        else
            if not pg_try_advisory_xact_lock(key) then
                raise exception 'somebody shares %', names[i] using errcode = 'lock_not_available';
            end if;
        end case;
    end loop;
    perform set_config('lock_timeout', before, true);
end $$;
-- +goose StatementEnd

create sequence places as bigint cache 1;

create table orgs (
    id     text collate "C" primary key,
    record json not null
);

create table clients (
    id     text collate "C" primary key,
    record json not null
);

create table destinations (
    id     text collate "C" primary key,
    org    text collate "C" not null,
    place  bigint not null default nextval('places'),
    record json not null
);
create index destinations_of_org on destinations (org, place);

create table assignments (
    client      text collate "C" not null,
    destination text collate "C" not null references destinations on delete cascade,
    primary key (client, destination)
);
create index assignments_of_destination on assignments (destination);

create table destination_keys (
    destination text collate "C" not null,
    kid         text collate "C" not null,
    place       bigint not null default nextval('places'),
    record      json not null,
    primary key (destination, kid)
);

-- waiting is the place in the list of waiting submissions of the destination; null while it does not wait.
create table submissions (
    id          text collate "C" primary key,
    destination text collate "C" not null,
    waiting     bigint,
    record      json not null
) with (fillfactor = 80);

create table waiting (
    destination text collate "C" not null,
    place       bigint not null,
    submission  text collate "C" not null,
    primary key (destination, place)
);

create table attachments (
    submission text collate "C" not null,
    id         text collate "C" not null,
    record     json not null,
    primary key (submission, id)
);

-- Names of bodies begin with the time at which they were given: what is written together lies together.
create table bodies (
    id   text collate "C" primary key,
    body bytea not null
);
alter table bodies alter column body set storage external; -- sealed: it cannot be compressed

create table cases (
    id     text collate "C" primary key,
    record json not null
) with (fillfactor = 80);

-- nth is the number of the event among those of its submission. That no id is stored twice is also held by the lock on the id.
create table events (
    case_id    text collate "C" not null,
    number     int not null,
    id         text collate "C" not null,
    submission text collate "C" not null,
    nth        int not null,
    place      bigint not null default nextval('places'),
    claims     bytea,
    token      text collate "C",
    record     json not null,
    primary key (case_id, number)
) with (toast_tuple_target = 8160);
alter table events alter column claims set storage external;
alter table events alter column token set storage external;
create unique index events_by_id on events (id);
create index events_of_submission on events (submission, nth);
create index events_unsigned on events (place) where token is null;

-- due and due_nano are one instant: microseconds, and the nanoseconds within.
create table deliveries (
    id       text collate "C" primary key,
    place    bigint not null default nextval('places'),
    due      timestamptz not null,
    due_nano smallint not null,
    record   json not null
) with (fillfactor = 70);
create index deliveries_due on deliveries (due, due_nano, place);
create index deliveries_oldest on deliveries (place);

create table service_keys (
    use    text collate "C" not null,
    kid    text collate "C" not null,
    place  bigint not null default nextval('places'),
    record json not null,
    primary key (use, kid)
);

create table routes (
    id     text collate "C" primary key,
    place  bigint not null default nextval('places'),
    record json not null
);

-- How long a list is: the sum over its shards. A connection counts in a shard of its own.
create table tallies (
    list  text collate "C" not null,
    shard int not null,
    n     bigint not null,
    primary key (list, shard)
) with (fillfactor = 50);

-- A blob is there when its row is: it is written last. All chunks but the last have chunk_size bytes.
create table blobs (
    id         text collate "C" primary key,
    size       bigint not null,
    chunk_size int not null
);
create table chunks (
    blob   text collate "C" not null,
    number int not null,
    bytes  bytea not null,
    primary key (blob, number)
);
alter table chunks alter column bytes set storage external;

-- Chunks that are removed after an instant: of uploads that nobody finished, and of blobs that were deleted, which some may still read.
create table doomed (
    blob  text collate "C" primary key,
    after timestamptz not null
);
create index doomed_after on doomed (after);

-- Unlogged, so that it is empty after a crash of the server, and on a standby that took over.
create unlogged table boots (
    one   boolean primary key default true check (one),
    token text not null
);
