#!/usr/bin/env bash
# `make fuzz`: runs each fuzz target of fuzz/ (or those named in TARGETS) for FUZZ_SECONDS, beginning with our own fixtures.
# Needs a nightly Rust (FUZZ_TOOLCHAIN, by default `nightly`) and a C++ compiler. What is found stays in fuzz/artifacts/.
. "$(dirname "$0")/lib.sh"

FUZZ_SECONDS=${FUZZ_SECONDS:-900}
FUZZ_TOOLCHAIN=${FUZZ_TOOLCHAIN:-nightly}
TARGETS=${TARGETS:-rfc822 tnef gmail mbox clean html}
CORPUS=$CACHE/fuzz

has rustup || die "fuzzing needs a nightly Rust, which rustup brings: https://rustup.rs"
rustup run "$FUZZ_TOOLCHAIN" rustc --version >/dev/null 2>&1 \
  || die "there is no toolchain '$FUZZ_TOOLCHAIN'; run 'rustup toolchain install nightly' or name another in FUZZ_TOOLCHAIN"
has c++ || debian g++
export RUSTUP_TOOLCHAIN=$FUZZ_TOOLCHAIN

cargo_fuzz() {
  local program=$TOOLS/bin/cargo-fuzz
  if [ "$("$program" --version 2>/dev/null)" != "cargo-fuzz $CARGO_FUZZ_VERSION" ]; then
    CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --locked --debug --root "$TOOLS" --target-dir "$TOOLS/target" \
      --version "$CARGO_FUZZ_VERSION" cargo-fuzz
    rm -rf "$TOOLS/target"
  fi
}

compile() {
  cargo run --quiet --locked --manifest-path fuzz/Cargo.toml --target-dir "$CARGO_TARGET_DIR/fuzz" --example seeds "$CORPUS/seeds"
  CARGO_TARGET_DIR=$CARGO_TARGET_DIR/fuzz "$TOOLS/bin/cargo-fuzz" build
}

# target NAME: what a run before found worth keeping is where this one begins, beside the fixtures. The target itself stops at an
# input that takes 100 ms of CPU time; -timeout is for one that would never end.
target() {
  mkdir -p "$CORPUS/found/$1"
  CARGO_TARGET_DIR=$CARGO_TARGET_DIR/fuzz "$TOOLS/bin/cargo-fuzz" run "$1" "$CORPUS/found/$1" "$CORPUS/seeds/$1" -- \
    -dict="fuzz/dictionaries/$1.dict" -max_total_time="$FUZZ_SECONDS" -max_len=65536 -timeout=5 -rss_limit_mb=1024 \
    -malloc_limit_mb=256 -print_final_stats=1
}

step "Installing cargo-fuzz $CARGO_FUZZ_VERSION" cargo_fuzz
step "Compiling the fuzz targets" compile
for name in $TARGETS; do step "Fuzzing $name for $FUZZ_SECONDS s" target "$name"; done
say "No finding in $TARGETS"
