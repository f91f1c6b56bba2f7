#!/usr/bin/env bash
# `make chaos`: a server that goes on while everything goes wrong: killed, frozen, cut off, on a full disk, with a wrong clock, with its
# database locked or restarted. ROUNDS on each database, beginning with SEED.
. "$(dirname "$0")/lib.sh"
[ -n "${TEST_POSTGRES_URL-}" ] || exec scripts/with-postgres.sh "$0"
. scripts/toolchain.sh

clock_library
export REPLYBOOK_ROUNDS=${ROUNDS:-50} REPLYBOOK_SEED=${SEED:-1} POSTGRES_RESTART=$TEST_POSTGRES_RESTART
chaos() { cargo test --locked -p replybook-server --test torture whatever_goes_wrong -- --nocapture; }
on_sqlite() { (unset TEST_POSTGRES_URL && "$@"); }

step "Chaos on SQLite" on_sqlite chaos
step "Chaos on PostgreSQL" chaos
