#!/usr/bin/env bash
# `make bench-retrieval`: how well past cases are found, on the sample mailbox in SQLite and PostgreSQL, and how fast, with 100,000 made
# cases, in a release build. CASES=NUMBER chooses another number; PROFILE=dev compiles sooner.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh

PROFILE=${PROFILE:-bench}
step "Compiling the bench" cargo bench --locked --profile "$PROFILE" -p replybook --features server --bench retrieval --no-run
scripts/with-postgres.sh cargo bench --locked --quiet --profile "$PROFILE" -p replybook --features server --bench retrieval -- "${CASES:-100000}"
