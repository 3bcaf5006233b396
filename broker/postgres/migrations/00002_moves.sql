-- +goose Up

-- What is noted about the last move of which this database was a side (package transfer). No row: none.
create table moves (
    one  boolean primary key default true check (one),
    mark json not null
);
