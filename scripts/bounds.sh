#!/usr/bin/env bash
# `make bounds`: what strangers can make the release build use: memory under logins, disk under refused ones, connections.
. "$(dirname "$0")/lib.sh"
scripts/release.sh
node scripts/bounds.mjs "$CARGO_TARGET_DIR/release/replybook"
