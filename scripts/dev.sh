#!/usr/bin/env bash
# `make dev`: as `make run`, and builds and reloads whenever a file changes.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh
. scripts/site.sh

secret_key
site_tools
leptos watch -- serve
