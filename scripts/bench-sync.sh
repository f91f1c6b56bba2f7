#!/usr/bin/env bash
# `make bench-sync`: what syncing a large mailbox costs us, in a release build: processor time, memory, quota units. On SQLite;
# with TEST_POSTGRES_URL (`scripts/with-postgres.sh make bench-sync`) on PostgreSQL. MESSAGES=NUMBER... chooses the sizes.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh

step "Compiling the double" cargo build --locked --release -p replybook-doubles
step "Compiling the bench" cargo bench --locked -p replybook --features server --bench sync --no-run
for messages in ${MESSAGES:-20000 100000}; do
  cargo bench --locked --quiet -p replybook --features server --bench sync -- "$CARGO_TARGET_DIR/release/gmail-double" "$messages"
done
