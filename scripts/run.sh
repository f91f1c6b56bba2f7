#!/usr/bin/env bash
# `make run`: installs what is missing, builds what has changed, and serves on SQLite.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh
. scripts/site.sh

secret_key() {
  if [ -n "${SECRET_KEY-}" ] || { [ -f .env ] && grep -q '^SECRET_KEY=.' .env; }; then return; fi
  (umask 077 && printf 'SECRET_KEY=%s\n' "$(head -c 32 /dev/urandom | base64)" >>.env)
  say "Wrote a new random SECRET_KEY to .env. Keep it: it opens the mail tokens that are stored with it"
}

site_tools
step "Building Replybook (the first time takes minutes, later seconds)" leptos build
secret_key
say "Starting the server after $SECONDS s. Ctrl-C stops it"
export LEPTOS_SITE_ROOT=$PWD/target/site
exec "$CARGO_TARGET_DIR/debug/replybook" serve
