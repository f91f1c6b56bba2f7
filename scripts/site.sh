# shellcheck shell=bash
# Sourced after toolchain.sh: `site dev` and `site release` build the folder of WASM, CSS and public files.
# SITE says where it is. wasm-bindgen is linked into scripts/site rather than installed as a program: a quarter of the
# crates to compile, and its version is in a lock file.

# Same name and host settings as the server's own profile: so macros and build scripts are compiled once for both.
frontend_dev() {
  CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=false \
    cargo build --locked -p replybook-frontend --target "$WASM"
}

frontend_release() {
  cargo build --locked -p replybook-frontend --target "$WASM" --profile wasm-release
}

site_tool() {
  cargo build -q --locked --manifest-path scripts/site/Cargo.toml --target-dir "$CARGO_TARGET_DIR/site-tool"
}

assemble() {
  "$CARGO_TARGET_DIR/site-tool/debug/replybook-site" "$1" . "$SITE" ${2+"$2"}
  touch "$SITE.built"
}

site() {
  local profile=debug flag=
  SITE=$PWD/target/site
  if [ "$1" = release ]; then profile=wasm-release flag=--compress SITE+=-release; fi
  local wasm=$CARGO_TARGET_DIR/$WASM/$profile/replybook_frontend.wasm
  step "Compiling the tool that builds the site" site_tool
  step "Compiling the frontend ($1)" "frontend_$1"
  if [ -d "$SITE" ] && [ -f "$SITE.built" ] \
    && [ -z "$(find "$wasm" style public scripts/site "$CARGO_TARGET_DIR/site-tool/debug/replybook-site" -newer "$SITE.built" -print -quit)" ]; then
    say "The site is up to date"
  else
    mkdir -p "$PWD/target"
    step "Building the site" assemble "$wasm" ${flag:+"$flag"}
  fi
}
