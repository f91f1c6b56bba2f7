#!/usr/bin/env bash
# `make run`: installs what is missing, builds what has changed, and serves on SQLite.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh
. scripts/site.sh

# The two share nothing but the processors: one fills the pauses in which the other waits for a single crate.
compile() {
  local server browser
  cargo build --locked -p replybook-server &
  server=$!
  (site dev) &
  browser=$!
  wait "$server"
  wait "$browser"
}
step "Compiling Replybook (the first time takes minutes, later seconds)" compile
secret_key
program=$CARGO_TARGET_DIR/debug/replybook
say "Starting the server after $SECONDS s. Ctrl-C stops it. The command \`replybook\` is $program"
export LEPTOS_SITE_ROOT=$SITE
exec "$program" serve
