#!/usr/bin/env bash
# `make release`: one binary with everything inside.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh
. scripts/site.sh

has node || die "node is needed to compress the site"
site release
# The binary unpacks what a client wants that takes no brotli: twice there it would be a megabyte more.
find "$SITE" -name '*.br' -exec sh -c 'for twin; do rm "${twin%.br}"; done' _ {} +
export REPLYBOOK_SITE_DIR=$SITE
step "Compiling the server (release)" cargo build --locked -p replybook-server --release --features embed-site
binary=$CARGO_TARGET_DIR/release/replybook
printf '%s: %s bytes\n' "$binary" "$(stat -c %s "$binary")"
