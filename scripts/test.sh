#!/usr/bin/env bash
# `make test`: every ring of tests on both databases. The last line is the sum; any failure makes the exit code 1.
. "$(dirname "$0")/lib.sh"
[ -n "${TEST_POSTGRES_URL-}" ] || exec scripts/with-postgres.sh "$0"
. scripts/toolchain.sh
. scripts/site.sh

WORK=$(mktemp -d)
trap 'name_step; rm -rf "$WORK"' EXIT
touch "$WORK/trouble"
PASSED=0 FAILED=0 SKIPPED=0 AGAIN=0
# What one program of tests may take at most.
PROGRAM_SECONDS=900
# Where it is there already, the clock goes wrong as well; `make chaos` installs it.
CLOCK_LIBRARY=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
export CLOCK_LIBRARY
export CHROMIUM_PATH=${CHROMIUM_PATH:-/usr/bin/chromium}

# Compiles all tests at once, so that every crate is compiled with one set of features, and lists the programs:
# package/kind, target, folder, path.
compile_tests() {
  cargo test --locked --no-run --message-format=json-render-diagnostics "${NATIVE[@]}" \
    | node -e '
      const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
      for (const { executable, profile, target, package_id, manifest_path } of lines) {
        if (!executable || !profile.test) continue;
        // path+file:///folder#name@version, or without the name when the folder has it.
        const [, folderName, name] = /([^/]+)#(?:(.+)@)?/.exec(package_id);
        const folder = manifest_path.replace(/\/Cargo\.toml$/, "");
        console.log([(name ?? folderName) + "/" + target.kind[0], target.name, folder, executable].join("\t"));
      }' >"$WORK/programs"
}

# The two share nothing but the processors, as in run.sh.
compile() {
  local browser
  (site dev) &
  browser=$!
  compile_tests
  wait "$browser"
}

# program NAME FOLDER PATH: runs a compiled test, as cargo would, and says what it said when it is over. Nothing waits for ever: a
# test that hangs is named by the harness after a minute, and ended here.
program() {
  local name=$1 folder=$2 path=$3 out code=0
  out=$(mktemp -p "$WORK")
  echo "$name" >"$out"
  (cd "$folder" && CARGO_MANIFEST_DIR=$folder timeout --kill-after=10 "$PROGRAM_SECONDS" "$path" </dev/null) >>"$out" 2>&1 || code=$?
  [ $code != 124 ] || echo "test $name was ended after $PROGRAM_SECONDS s ... FAILED" >>"$out"
  [ $code = 0 ] || touch "$WORK/broken"
  flock "$WORK" cat "$out"
}

# Begun before the others of their kind: the last of two at a time runs alone.
LONGEST='sync_model|sync_story|lists_story|imap_story'

# programs NUMBER PACKAGE/KIND...: runs these compiled tests, so many at a time.
programs() {
  local number=$1 wanted kind name folder path
  shift
  rm -f "$WORK/broken"
  for wanted in "$@"; do
    while IFS=$'\t' read -r kind name folder path; do
      [ "$kind" = "$wanted" ] || continue
      while [ "$(jobs -pr | wc -l)" -ge "$number" ]; do wait -n || true; done
      program "$kind $name" "$folder" "$path" &
    done < <(grep -P "\t($LONGEST)\t" "$WORK/programs"; grep -vP "\t($LONGEST)\t" "$WORK/programs")
  done
  wait
  [ ! -e "$WORK/broken" ]
}

# The numbers in the closing lines of cargo test, node --test and Playwright: passed, failed, skipped, and those of the passed that
# did so only when they were tried again.
numbers() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^test result: / {
      for (i = 2; i < NF; i++) { if ($(i+1) ~ /^passed/) p += $i; if ($(i+1) ~ /^failed/) f += $i; if ($(i+1) ~ /^ignored/) s += $i }
    }
    /^(#|ℹ) pass [0-9]+$/ { p += $3 }
    /^(#|ℹ) (fail|cancelled) [0-9]+$/ { f += $3 }
    /^(#|ℹ) (skipped|todo) [0-9]+$/ { s += $3 }
    /^ +[0-9]+ (passed|flaky)( \(|$)/ { p += $1 }
    /^ +[0-9]+ flaky/ { again += $1 }
    /^ +[0-9]+ (failed|interrupted|did not run)/ { f += $1 }
    /^ +[0-9]+ skipped/ { s += $1 }
    END { print p + 0, f + 0, s + 0, again + 0 }'
}

# has_room FOLDER: ends the run where a GiB is missing. With less than half of it the product itself warns, pauses and refuses, which
# the tests would report as faults.
has_room() {
  local free
  free=$(df --output=avail -m "$1" | tail -n 1)
  [ "$free" -ge 1024 ] || die "the tests need 1024 MiB free in $1, and $((free)) are"
}

# ring NAME COMMAND...: a ring that breaks, or runs no test, counts as a failure of its own.
ring() {
  local name=$1 start=$SECONDS code=0 passed failed skipped again
  shift
  say "$name"
  "$@" 2>&1 | tee "$WORK/log" || code=$?
  read -r passed failed skipped again < <(numbers "$WORK/log")
  if [ "$failed" = 0 ] && { [ $code != 0 ] || [ "$passed" = 0 ]; }; then failed=1; fi
  # Said again at the end, where one looks: which tests, and what they expected.
  [ "$failed$again" = 00 ] || sed 's/\x1b\[[0-9;]*m//g' "$WORK/log" \
    | grep -E '^test .* (\.\.\. FAILED|has been running for over)|panicked at |^not ok |^ +(✘|[0-9]+\)) |^ +(Error|Locator|Expected|Received|Timeout)\b.*:|^ +> +[0-9]+ \|' \
    | awk '!seen[$0]++' | head -60 | sed "s/^/$name: /" >>"$WORK/trouble" || true
  AGAIN=$((AGAIN + again))
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
  printf '%-34s %5d passed %3d failed %3d skipped %5d s\n' "$name" "$passed" "$failed" "$skipped" $((SECONDS - start)) >>"$WORK/rings"
}

# The helpers of the build, in their own lock file.
tools() { cargo test --locked --manifest-path scripts/wasm-bindgen/Cargo.toml --target-dir "${BINDGEN%/debug}"; }
# Two at a time: much of what they do is waiting.
pure() {
  programs 2 replybook/lib replybook/test replybook-doubles/lib replybook-app/lib replybook-app/test replybook-server/lib replybook-server/bin
}
# Each test has an application and a database of its own, and much of what it does is waiting.
http() { RUST_TEST_THREADS=4 programs 1 replybook-server/test; }
doubles() { npm run --silent --prefix end2end test:doubles; }
browser() { npm run --silent --prefix end2end test; }
# Without what does not depend on the database.
browser_again() { npm run --silent --prefix end2end test:again; }
# With TEST_POSTGRES_URL the two rings above use PostgreSQL.
on_sqlite() { (unset TEST_POSTGRES_URL && "$@"); }

[ -x /usr/sbin/dovecot ] || step "Installing Dovecot" debian dovecot-imapd openssl
[ -x "$CHROMIUM_PATH" ] || step "Installing Chromium" debian chromium
step "Installing the npm parts" npm_parts
step "Compiling the tests and the site" compile
export REPLYBOOK_BIN=$CARGO_TARGET_DIR/debug/replybook LEPTOS_SITE_ROOT=$SITE
# Where tests make files that they delete. In memory, nothing waits for a disk, and no test fails because others have filled it.
TMPDIR=$(roomy_folder)
export TMPDIR
for folder in "$TMPDIR" end2end; do has_room "$folder"; done

ring "Pure tests and store, both databases" pure
ring "Build tools" tools
ring "Doubles" doubles
ring "HTTP on SQLite" on_sqlite http
ring "HTTP on PostgreSQL" http
ring "Browser on SQLite" on_sqlite browser
ring "Browser on PostgreSQL" browser_again

echo
cat "$WORK/trouble" "$WORK/rings"
summary="$PASSED passed, $FAILED failed"
[ $AGAIN = 0 ] || summary+=", $AGAIN of the passed only when tried again"
[ $SKIPPED = 0 ] || summary+=", $SKIPPED skipped"
echo "$summary"
[ $FAILED = 0 ]
