#!/usr/bin/env bash
# `make release`: one binary with everything inside.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh
. scripts/site.sh

has node || die "node is needed to compress the site"
site release
export REPLYBOOK_SITE_DIR=$SITE
step "Compiling the server (release)" cargo build --locked -p replybook-server --release --features embed-site
binary=$CARGO_TARGET_DIR/release/replybook
printf '%s: %s bytes\n' "$binary" "$(stat -c %s "$binary")"
