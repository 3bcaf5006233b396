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
