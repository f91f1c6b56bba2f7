#!/usr/bin/env bash
# `make eval-cleaning DATA=FOLDER`: scores the cleaning engine on a labelled set that stays outside the repository.
# FOLDER holds score.py and dev.jsonl; docs/CLEANING.md says what they are.
. "$(dirname "$0")/lib.sh"
[ -f "${1-}/score.py" ] || die "say where the labelled set is: make eval-cleaning DATA=FOLDER (with score.py inside)"
. scripts/toolchain.sh
step "Compiling the server" cargo build --locked -p replybook-server
exec python3 "$1/score.py" --name replybook --cmd "$CARGO_TARGET_DIR/debug/replybook clean" --with-parent
