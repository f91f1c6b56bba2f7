#!/usr/bin/env bash
# `make bench-review`: how quick the review is with 200,000 pairs in six languages, over REST and in Chromium, on the release build; on
# SQLite and PostgreSQL. PAIRS=NUMBER chooses another size.
. "$(dirname "$0")/lib.sh"
scripts/release.sh
export CHROMIUM_PATH=${CHROMIUM_PATH:-/usr/bin/chromium}
[ -x "$CHROMIUM_PATH" ] || step "Installing Chromium" debian chromium
[ -d end2end/node_modules ] || step "Installing Playwright" npm ci --prefix end2end
has psql || debian postgresql-client
code=0
node scripts/review.mjs "$CARGO_TARGET_DIR/release/replybook" "${PAIRS:-200000}" || code=$?
scripts/with-postgres.sh node scripts/review.mjs "$CARGO_TARGET_DIR/release/replybook" "${PAIRS:-200000}" || code=$?
exit "$code"
