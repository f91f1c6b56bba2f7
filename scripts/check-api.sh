#!/usr/bin/env bash
# `make check-api`: holds the server against its OpenAPI document with schemathesis, on SQLite and on PostgreSQL. Whatever is sent: no
# 5xx, no status or body that is not in the document, nothing refused that fits it, nothing taken that does not. EXAMPLES and SEED
# choose another run; scripts/schemathesis.toml says which checks are off, and why.
. "$(dirname "$0")/lib.sh"
[ -n "${TEST_POSTGRES_URL-}" ] || exec scripts/with-postgres.sh "$0"
. scripts/toolchain.sh

EXAMPLES=${EXAMPLES:-10}
SEED=${SEED:-1}
VENV=$TOOLS/schemathesis
PROGRAM=$CARGO_TARGET_DIR/debug/replybook
CONFIG=$PWD/scripts/schemathesis.toml
IDS=$PWD/scripts/api-ids.mjs
SAMPLE=$PWD/sample/mailbox.mbox
# What the server is given; nothing of the environment or of a .env in the clone gets in its way.
export SECRET_KEY=only-for-checking-0123456789abcdef LISTEN_ADDR=127.0.0.1:0 RUST_LOG=error
export GMAIL_CLIENT_ID=client GMAIL_CLIENT_SECRET=secret
EMAIL=admin@fernhill.example PASSWORD='only for checking'

schemathesis() {
  if [ "$("$VENV/bin/schemathesis" --version 2>/dev/null)" != "schemathesis, version $SCHEMATHESIS_VERSION" ]; then
    python3 -c 'import ensurepip' 2>/dev/null || debian python3-venv
    rm -rf "$VENV"
    python3 -m venv "$VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS_VERSION"
  fi
}

WORK=$(mktemp -d)
SERVER=
end_server() {
  [ -z "$SERVER" ] || { kill "$SERVER" 2>/dev/null && wait "$SERVER"; } || true
  SERVER=
}
trap 'name_step; end_server; rm -rf "$WORK"' EXIT

# check DATABASE_URL: a server with mail in it, and everything that the document allows and forbids.
check() {
  local url token
  export DATABASE_URL=$1
  cd "$(mktemp -d -p "$WORK")"
  "$PROGRAM" user create --admin "$EMAIL" <<<"$PASSWORD" >/dev/null
  "$PROGRAM" import "$SAMPLE" --as support@fernhill.example >/dev/null
  : >out
  "$PROGRAM" serve >>out 2>log &
  SERVER=$!
  for _ in {1..300}; do
    url=$(sed -n 's/^listening on //p' out)
    [ -z "$url" ] || break
    kill -0 "$SERVER" 2>/dev/null || break
    sleep 0.1
  done
  [ -n "$url" ] || { cat log >&2; die "the server does not start"; }
  token=$(node "$IDS" "$url" "$EMAIL" "$PASSWORD")
  # Beside it lie the ids that it names.
  cp "$CONFIG" schemathesis.toml
  # Signing out everywhere would end the token that all else is asked with.
  "$VENV/bin/schemathesis" run "$url/api/openapi.json" -H "Authorization: Bearer $token" \
    --max-examples "$EXAMPLES" --seed "$SEED" --exclude-operation-id signOutEverywhere || {
    cat log >&2
    return 1
  }
  end_server
}

step "Installing schemathesis $SCHEMATHESIS_VERSION" schemathesis
step "Compiling the server" cargo build --locked -p replybook-server
step "Checking the API on SQLite" check "sqlite://replybook.db"
step "Checking the API on PostgreSQL" check "$TEST_POSTGRES_URL"
