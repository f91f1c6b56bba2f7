#!/usr/bin/env bash
# `make check`: layout, lints, licences and sources, without running a test.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh

BINDGEN=(--manifest-path scripts/wasm-bindgen/Cargo.toml)
FUZZ=(--manifest-path fuzz/Cargo.toml)

layout() { cargo fmt --all --check && cargo fmt "${BINDGEN[@]}" --check && cargo fmt "${FUZZ[@]}" --check; }
lint_server() {
  cargo clippy --locked --all-targets "${NATIVE[@]}" -- -D warnings
}
lint_frontend() {
  cargo clippy --locked -p replybook -p replybook-app "${BROWSER[@]}" -- -D warnings
}
lint_bindgen() {
  cargo clippy --locked --all-targets "${BINDGEN[@]}" --target-dir "$CARGO_TARGET_DIR/wasm-bindgen" -- -D warnings
}
lint_fuzz() {
  has c++ || debian g++
  cargo clippy --locked --all-targets "${FUZZ[@]}" --target-dir "$CARGO_TARGET_DIR/fuzz" -- -D warnings
}

# Settings are read in one place; what else looked into the environment would not know of .env.
environment() {
  local readers
  readers=$(grep -rnE '\benv::(var|vars|var_os|set_var)\b|env *= *"' --include='*.rs' src server/src app/src frontend/src | grep -v '^src/settings\.rs:' || true)
  [ -z "$readers" ] || die "only src/settings.rs reads the environment:
$readers"
}

# Every setting stands in .env.example, below a line that explains it and commented out, and in the README's table. What compose.yaml
# asks for besides stands in .env.example alone. The test in src/settings.rs compares the values with the defaults.
settings() {
  local known example table compose bare
  known=$(grep -oE '"[A-Z][A-Z0-9_]+"' src/settings/reader.rs | tr -d '"' | sort -u)
  compose=$(sed -nE 's/.*[$][{]([A-Z][A-Z0-9_]+).*/\1/p' compose.yaml | sort -u)
  example=$(grep -oE '^#[A-Z][A-Z0-9_]+=' .env.example | tr -d '#=' | sort)
  table=$(sed -n '/^## Settings$/,/^## /s/^| \([^|]*\) |.*/\1/p' README.md | grep -oE '[A-Z][A-Z0-9_]+' | sort)
  diff -u --label 'settings read by src/settings/reader.rs and compose.yaml' --label .env.example \
    <(printf '%s\n' "$known" "$compose" | sort -u) <(printf '%s\n' "$example") || die ".env.example does not name the settings that there are"
  diff -u --label 'settings read by src/settings/reader.rs' --label 'table of README.md' \
    <(printf '%s\n' "$known") <(printf '%s\n' "$table") || die "the table of the README does not name the settings that there are"
  bare=$(awk '(/^#[A-Z]/ && last !~ /^# ./) || /^[^#]/ { print FNR ": " $0 } { last = $0 }' .env.example)
  [ -z "$bare" ] || die "in .env.example these lines have no explanation above, or are not commented out:
$bare"
}

# The generator of the JavaScript must be of the very version that the frontend was compiled with.
same_bindgen() {
  local ours theirs
  ours=$(grep -A1 '^name = "wasm-bindgen"$' Cargo.lock | tail -n 1)
  theirs=$(grep -A1 '^name = "wasm-bindgen-cli-support"$' scripts/wasm-bindgen/Cargo.lock | tail -n 1)
  [ "$ours" = "$theirs" ] || die "wasm-bindgen: $ours in Cargo.lock, $theirs in scripts/wasm-bindgen/Cargo.lock"
}

# What images and releases are compiled with is what rustup would install here.
rust_of_images() {
  grep -qxF "ARG RUST_VERSION=$RUST_VERSION" Dockerfile || die "the Dockerfile has another Rust than scripts/versions.sh: $RUST_VERSION"
  grep -qxF "    container: rust:$RUST_VERSION-bookworm" .github/workflows/release.yml \
    || die "the release workflow has another Rust than scripts/versions.sh: $RUST_VERSION"
}

# cargo-deny asks this of other people's crates alone.
license_of_ours() {
  local file
  for file in Cargo.toml */Cargo.toml scripts/*/Cargo.toml; do
    grep -qE '^license(\.workspace = true| = "MIT OR Apache-2\.0")$' "$file" || die "$file names no license: MIT OR Apache-2.0"
  done
}

dependencies() {
  local deny=$TOOLS/bin/cargo-deny
  if [ "$("$deny" --version 2>/dev/null)" != "cargo-deny $CARGO_DENY_VERSION" ]; then
    CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --locked --debug --no-default-features --root "$TOOLS" \
      --target-dir "$TOOLS/target" --version "$CARGO_DENY_VERSION" cargo-deny
    rm -rf "$TOOLS/target"
  fi
  "$deny" --locked check bans licenses sources
  "$deny" --locked "${BINDGEN[@]}" --config deny.toml check bans licenses sources
  "$deny" --locked "${FUZZ[@]}" --config deny.toml check bans licenses sources
}

scripts() {
  has shellcheck || debian shellcheck
  # Those that can be run, and with them those that they source.
  find scripts .ci -type f -perm -u+x -exec shellcheck -x -a -P SCRIPTDIR {} +
}

# Pages, REST and the command line know the verbs of the domain, and never the store; sessions and health are the host's own.
faces() {
  local past
  # `.store(` is an atomic's.
  past=$(grep -rnE '\.store([^([:alnum:]_]|$)' --include='*.rs' app/src server/src | grep -vE '^server/src/(session|health)\.rs:' || true)
  [ -z "$past" ] || die "a face reaches past the domain into the store:
$past"
}

# Each address stands once: a form posts where the server function says, or `app/src/paths.rs`.
addresses() {
  local written
  written=$(grep -rn '"/api/ui/' --include='*.rs' app/src/pages app/src/ui || true)
  [ -z "$written" ] || die "an address is written down a second time: use the function's own url(), or paths.rs:
$written"
}

# With an optional condition in the statement no database uses an index: the statement has only the conditions that are set.
conditions() {
  local optional
  optional=$(grep -rnE '\$[0-9]+ IS NULL OR' --include='*.rs' src || true)
  [ -z "$optional" ] || die "a statement has a condition that may not be set: build it from those that are:
$optional"
}

# The exposure of the service, times ten, by systemd's own measure.
unit() {
  if ! has systemd-analyze; then
    say "There is no systemd on this machine: deploy/replybook.service is not checked"
    return
  fi
  systemd-analyze security --no-pager --offline=yes --threshold=20 deploy/replybook.service >/dev/null \
    || die "deploy/replybook.service is more exposed than 2.0: see \`systemd-analyze security --offline=yes deploy/replybook.service\`"
}

style() {
  node scripts/css.mjs style/main.css app/src server/src public >/dev/null
}

# Read back with other parsers than ours, and built again from its threads.
sample_mailbox() {
  local said
  has python3 || debian python3
  said=$(python3 sample/verify.py 2>&1) || die "the sample mailbox is not what its threads say:
$said"
}

types() {
  npm_parts
  npm run --silent --prefix end2end typecheck
}

step "Layout" layout
step "Faces over the domain" faces
step "Addresses of forms" addresses
step "Conditions of statements" conditions
step "Shell scripts" scripts
step "Who reads the environment" environment
step "Settings in .env.example and the README" settings
step "wasm-bindgen versions" same_bindgen
step "Rust of images and releases" rust_of_images
step "License of our own crates" license_of_ours
step "Dependencies: bans, licences, sources" dependencies
step "The systemd unit" unit
step "Classes of the style sheet" style
step "The sample mailbox" sample_mailbox
step "Types of the browser tests" types
step "Clippy, server" lint_server
step "Clippy, frontend" lint_frontend
step "Clippy, wasm-bindgen" lint_bindgen
step "Clippy, fuzz targets" lint_fuzz
say "All checks passed in $SECONDS s"
