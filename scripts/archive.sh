#!/usr/bin/env bash
# `make archive`: what a release offers for this machine's kind: the binary with its papers in an archive, what it is made of as a
# CycloneDX document (SBOM), and the checksums of both. The same commit gives the same names, times and owners.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh

VERSION=$(sed -n '/^\[workspace\.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
TARGET=$(rustc -vV | sed -n 's/^host: //p')
NAME=replybook-$VERSION-$TARGET
OUT=$PWD/target/archive

# Debug, as in check.sh: it runs for seconds.
cyclonedx() {
  [ "$("$TOOLS/bin/cargo-cyclonedx" cyclonedx --version 2>/dev/null)" != "cargo-cyclonedx-cyclonedx $CARGO_CYCLONEDX_VERSION" ] || return 0
  CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --locked --debug --root "$TOOLS" --target-dir "$TOOLS/target" \
    --version "$CARGO_CYCLONEDX_VERSION" cargo-cyclonedx
  rm -rf "$TOOLS/target"
}

# parts FOLDER: every crate in the program; those in the WASM are among them. In a copy of the sources, because it writes beside each
# Cargo.toml, and without the place of that copy, which is another one each time.
parts() {
  mkdir "$1/source"
  git archive HEAD | tar -xC "$1/source"
  "$TOOLS/bin/cargo-cyclonedx" cyclonedx --quiet --manifest-path "$1/source/server/Cargo.toml" --target "$TARGET" --features embed-site \
    --no-build-deps --format json --spec-version 1.5 --override-filename parts
  sed "s#file://$1/source#file:///replybook#g" "$1/source/server/parts.json" >"$OUT/$NAME.cdx.json"
}

# pack FOLDER: what somebody unpacks, with what the README and the unit speak of.
pack() {
  local folder=$1/$NAME
  install -d -m 0755 "$folder" "$folder/deploy" "$folder/docs"
  install -m 0755 "$CARGO_TARGET_DIR/release/replybook" "$folder"
  install -m 0644 .env.example CHANGELOG.md LICENSE-APACHE LICENSE-MIT README.md "$folder"
  install -m 0644 deploy/replybook.service "$folder/deploy"
  install -m 0644 docs/*.md "$folder/docs"
  tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf - "$NAME" | gzip -9n >"$OUT/$NAME.tar.gz"
}

scripts/release.sh
# Archives and lists of parts bear it instead of the time of day.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
WORK=$(mktemp -d)
trap 'name_step; rm -rf "$WORK"' EXIT
rm -rf "$OUT"
mkdir -p "$OUT"
step "Looking for cargo-cyclonedx $CARGO_CYCLONEDX_VERSION" cyclonedx
step "Listing what it is made of" parts "$WORK"
step "Packing" pack "$WORK"
cd "$OUT"
for file in *; do sha256sum "$file" >"$file.sha256"; done
printf '%s\n' "$OUT"/*
