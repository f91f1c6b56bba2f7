#!/usr/bin/env bash
# `make bench-navigation`: how long moving from page to page takes in Chromium, on the release build.
. "$(dirname "$0")/lib.sh"
scripts/release.sh
export CHROMIUM_PATH=${CHROMIUM_PATH:-/usr/bin/chromium}
[ -x "$CHROMIUM_PATH" ] || step "Installing Chromium" debian chromium
[ -d end2end/node_modules ] || step "Installing Playwright" npm ci --prefix end2end
node scripts/navigation.mjs "$CARGO_TARGET_DIR/release/replybook"
