#!/usr/bin/env bash
# `make torture`: the long forms of the tests that break things. KILLS and CASES say how many, on each database.
. "$(dirname "$0")/lib.sh"
[ -n "${TEST_POSTGRES_URL-}" ] || exec scripts/with-postgres.sh "$0"
. scripts/toolchain.sh

export REPLYBOOK_KILLS=${KILLS:-200} REPLYBOOK_CASES=${CASES:-500}
torture() { cargo test --locked -p replybook-server --test torture -- --nocapture; }
histories() { cargo test --locked -p replybook --features server --test sync_model whatever_happens -- --nocapture; }
on_sqlite() { (unset TEST_POSTGRES_URL && "$@"); }

step "Killing and racing on SQLite" on_sqlite torture
step "Killing and racing on PostgreSQL" torture
step "Random histories on both" histories
