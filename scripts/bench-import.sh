#!/usr/bin/env bash
# `make bench-import`: what importing a large file costs us, in a release build: processor time and memory, as it goes on. On SQLite;
# with TEST_POSTGRES_URL (`scripts/with-postgres.sh make bench-import`) on PostgreSQL. MESSAGES=NUMBER chooses the size.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh

step "Compiling the bench" cargo bench --locked -p replybook --features server --bench import --no-run
cargo bench --locked --quiet -p replybook --features server --bench import -- "${MESSAGES:-1000000}"
