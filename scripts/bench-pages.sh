#!/usr/bin/env bash
# `make bench-pages`: what lists, numbers and searches take on a store of 400,000 messages and 200,000 pairs, and on a tenth of it,
# in a release build; on SQLite and PostgreSQL. MESSAGES=NUMBER chooses another size; PROFILE=dev compiles sooner.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh

PROFILE=${PROFILE:-bench}
step "Compiling the bench" cargo bench --locked --profile "$PROFILE" -p replybook --features server --bench pages --no-run
scripts/with-postgres.sh cargo bench --locked --quiet --profile "$PROFILE" -p replybook --features server --bench pages -- "${MESSAGES:-400000}"
