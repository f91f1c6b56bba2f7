#!/usr/bin/env bash
# `make run`: installs what is missing, builds what has changed, and serves on SQLite.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh
. scripts/site.sh

site_tools
step "Building Replybook (the first time takes minutes, later seconds)" leptos build
secret_key
say "Starting the server after $SECONDS s. Ctrl-C stops it"
export LEPTOS_SITE_ROOT=$PWD/target/site
exec "$CARGO_TARGET_DIR/debug/replybook" serve
