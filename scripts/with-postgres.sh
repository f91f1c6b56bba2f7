#!/usr/bin/env bash
# with-postgres.sh COMMAND...: runs COMMAND with TEST_POSTGRES_URL naming a PostgreSQL of its own, gone afterwards. Its locale knows
# the letters of all alphabets, as that of a real installation; POSTGRES_LOCALE chooses another one.
. "$(dirname "$0")/lib.sh"

find_bin() { find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname; }
BIN=$(find_bin)
if [ -z "$BIN" ]; then
  debian postgresql
  BIN=$(find_bin)
fi

# In memory where there is room: each test has a database of hundreds of files, and ext4 searches long for inodes after many files were
# deleted. Four fifths of what PostgreSQL cost the tests was that.
DIR=$(mktemp -d -p "$(roomy_folder)")
# PostgreSQL refuses to run as root.
as_owner=()
if [ "$(id -u)" = 0 ]; then
  as_owner=(runuser -u postgres --)
  chown postgres "$DIR"
fi
cleanup() {
  (cd / && "${as_owner[@]}" "$BIN/pg_ctl" stop -D "$DIR/data" -m immediate -w >/dev/null 2>&1) || true
  rm -rf "$DIR"
}
trap cleanup EXIT

PASSWORD=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
PORT=$(free_port)
printf '%s' "$PASSWORD" | (cd / && "${as_owner[@]}" tee "$DIR/password" >/dev/null)
# Nothing here survives the tests, so nothing waits for the disk, and nothing is vacuumed. The password comes in clear: a debug build takes
# longer to sign in by SCRAM than most tests to do their work.
cat >"$DIR/settings" <<SETTINGS
listen_addresses = '127.0.0.1'
port = $PORT
unix_socket_directories = '$DIR'
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
SETTINGS
(
  cd /
  "${as_owner[@]}" "$BIN/initdb" -D "$DIR/data" -U replybook -A password --pwfile "$DIR/password" -E UTF8 --locale "${POSTGRES_LOCALE:-C.UTF-8}" --no-sync
  "${as_owner[@]}" tee -a "$DIR/data/postgresql.conf" <"$DIR/settings"
  "${as_owner[@]}" "$BIN/pg_ctl" start -D "$DIR/data" -l "$DIR/log" -w
) >"$DIR/setup" 2>&1 || { cat "$DIR/setup" "$DIR/log" >&2; die "PostgreSQL does not start"; }

# For the tests that restart it. What it has written it keeps.
cat >"$DIR/restart" <<RESTART
#!/bin/sh
cd / && exec ${as_owner[*]} "$BIN/pg_ctl" restart -D "$DIR/data" -l "$DIR/log" -m fast -w
RESTART
chmod +x "$DIR/restart"
export TEST_POSTGRES_RESTART=$DIR/restart
export TEST_POSTGRES_URL=postgres://replybook:$PASSWORD@127.0.0.1:$PORT/postgres
"$@"
