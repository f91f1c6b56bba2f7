# shellcheck shell=bash
# What the scripts beside this one share. Sourced; afterwards the working directory is the repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/versions.sh
. scripts/versions.sh

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/replybook
TOOLS=$CACHE/tools
# Outside the clone: a second clone, or CI's fresh one, finds the compiled dependencies.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target}
mkdir -p "$CARGO_TARGET_DIR" "$TOOLS"
CARGO_TARGET_DIR=$(cd "$CARGO_TARGET_DIR" && pwd)

# Leptos is compiled with it: the name of what the pages load.
export LEPTOS_OUTPUT_NAME=replybook

# What is compiled for whom and with which features; said here alone, so that every script compiles the same.
WASM=wasm32-unknown-unknown
# shellcheck disable=SC2034
NATIVE=(-p replybook -p replybook-doubles -p replybook-app -p replybook-server --features replybook/server --features replybook-app/ssr)
# shellcheck disable=SC2034
BROWSER=(--target "$WASM" -p replybook-frontend --features replybook-app/hydrate)

has() { command -v "$1" >/dev/null 2>&1; }
say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# step TEXT COMMAND...: says what begins, runs it, says how long it took. A failure ends the script and names the step.
step() {
  local start=$SECONDS
  STEP=$1
  shift
  say "$STEP"
  "$@"
  say "$STEP: done in $((SECONDS - start)) s"
  STEP=
}
STEP=
name_step() { [ "$?" = 0 ] || [ -z "$STEP" ] || printf 'error: failed: %s\n' "$STEP" >&2; }
trap name_step EXIT

# The library that tells a process another time, for the tests that need one.
clock_library() {
  debian faketime
  CLOCK_LIBRARY=$(find /usr/lib -name libfaketimeMT.so.1 | head -n 1)
  [ -n "$CLOCK_LIBRARY" ] || die "libfaketimeMT.so.1 is not where Debian's package faketime puts it"
  export CLOCK_LIBRARY
}

# debian PACKAGE...: installs those that are missing.
debian() {
  local missing=() package sudo=
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  has apt-get || die "these are needed, and there is no apt-get to install them: ${missing[*]}"
  [ "$(id -u)" = 0 ] || sudo=sudo
  say "apt-get install ${missing[*]}"
  $sudo apt-get update -qq >/dev/null
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# roomy_folder: where files that nobody keeps are made: in memory where 6 GiB of it are free, otherwise where TMPDIR says.
roomy_folder() {
  local shared memory
  shared=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1) || shared=0
  memory=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  if [ -w /dev/shm ] && [ "${shared:-0}" -gt 6291456 ] && [ "${memory:-0}" -gt 6291456 ]; then echo /dev/shm; else echo "${TMPDIR:-/tmp}"; fi
}

# free_port: a TCP port of 127.0.0.1 that nobody uses, from below those that Linux gives to whoever asks for any
# (net.ipv4.ip_local_port_range): it stays free until it is taken, also while a server starts again.
free_port() {
  node -e '
    const attempt = (left) => {
      const server = require("net").createServer();
      server.on("error", (error) => { if (left === 0) throw error; attempt(left - 1); });
      const port = 10000 + Math.floor(Math.random() * 22000);
      server.listen(port, "127.0.0.1", () => { console.log(port); server.close(); });
    };
    attempt(100);'
}

# npm_parts: what end2end/package-lock.json names, installed once.
npm_parts() {
  if [ ! end2end/node_modules/.package-lock.json -nt end2end/package-lock.json ]; then
    npm ci --prefix end2end --no-audit --no-fund >&2
  fi
}

# secret_key: makes the first start need nothing.
secret_key() {
  if [ -n "${SECRET_KEY-}" ] || { [ -f .env ] && grep -q '^SECRET_KEY=.' .env; }; then return; fi
  (umask 077 && printf 'SECRET_KEY=%s\n' "$(head -c 32 /dev/urandom | base64)" >>.env)
  say "Wrote a new random SECRET_KEY to .env. Keep it: it opens the mail tokens that are stored with it"
}
