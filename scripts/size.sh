#!/usr/bin/env bash
# `make size`: what a first visit transfers from the release build.
. "$(dirname "$0")/lib.sh"
scripts/release.sh
node scripts/size.mjs "$CARGO_TARGET_DIR/release/replybook"
