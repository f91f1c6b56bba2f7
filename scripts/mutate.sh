#!/usr/bin/env bash
# `make mutate`: runs 100,000 mutated inputs (or INPUTS) through the parser and the cleaner, optimised, and prints what the slowest
# took and how much memory. A benchmark: docs/CLEANING.md has a result. Fails when an input panics or is over a limit.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh
has c++ || debian g++

SEEDS=$CACHE/mutate
FUZZ=(--quiet --locked --release --manifest-path fuzz/Cargo.toml --target-dir "$CARGO_TARGET_DIR/fuzz")

rm -rf "$SEEDS"
step "Compiling and writing the inputs" cargo run "${FUZZ[@]}" --example seeds "$SEEDS"
step "Mutating them" cargo run "${FUZZ[@]}" --example mutate "$SEEDS" "${INPUTS:-100000}"
