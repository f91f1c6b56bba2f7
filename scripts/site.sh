# shellcheck shell=bash
# Sourced after toolchain.sh. `site dev` and `site release` build the folder that browsers load from: WASM and its script, the style
# sheet, the public files. SITE says where it is.

BINDGEN=$CARGO_TARGET_DIR/wasm-bindgen/debug

# The published wasm-bindgen program brings four times the crates: ours links its library, pinned by a lock file.
bindgen() {
  cargo build -q --locked --manifest-path scripts/wasm-bindgen/Cargo.toml --target-dir "${BINDGEN%/debug}"
}

# styles FILE: the style sheets, in the order of their names, as one. A file that says the same already is left alone.
styles() {
  local file
  mkdir -p "$(dirname "$1")"
  for file in style/*.css; do cat "$file"; done >"$1.new"
  if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

# frontend FOLDER WASM OPTION...: the script and the WASM that a browser loads, unless they are newer than what they are made of.
frontend() {
  local pkg=$1/pkg built=$2
  shift 2
  if [ "$pkg/replybook.wasm" -nt "$built" ] && [ "$pkg/replybook.wasm" -nt "$BINDGEN/wasm-bindgen" ]; then return; fi
  "$BINDGEN/wasm-bindgen" "$@" --target=web --out-name=replybook --out-dir="$pkg" "$built"
  # The pages name it so, as cargo-leptos does.
  mv "$pkg/replybook_bg.wasm" "$pkg/replybook.wasm"
}

frontend_dev() {
  cargo build --locked "${BROWSER[@]}" --profile wasm-dev
  frontend "$SITE" "$CARGO_TARGET_DIR/$WASM/wasm-dev/replybook_frontend.wasm"
}

# wasm-opt is not used: after fat LTO at opt-level z it saves nothing that brotli does not (the transfer grows by 1 %).
frontend_release() {
  cargo build --locked "${BROWSER[@]}" --profile wasm-release
  frontend "$SITE" "$CARGO_TARGET_DIR/$WASM/wasm-release/replybook_frontend.wasm" --small
}

SITE=$PWD/target/site
site() {
  if [ "$1" = release ]; then
    SITE+=-release
    rm -rf "$SITE"
  fi
  mkdir -p "$SITE/pkg"
  step "Compiling wasm-bindgen" bindgen
  step "Building the site ($1)" "frontend_$1"
  styles "$SITE/pkg/replybook.css"
  cp -Ru --preserve=timestamps public/. "$SITE"
  [ "$1" != release ] || step "Compressing the site" node scripts/compress.mjs "$SITE"
}
