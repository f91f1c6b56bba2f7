# What each target does is in scripts/NAME.sh. Compiled code goes to CARGO_TARGET_DIR, by default a folder under ~/.cache.

.PHONY: help run dev test check check-api release archive size fuzz mutate torture chaos bounds bench-sync bench-import bench-pages bench-retrieval bench-navigation bench-review fmt eval-cleaning

help:
	@echo 'make run      build what changed and serve http://127.0.0.1:3000'
	@echo 'make dev      the same, rebuilding and reloading as files change'
	@echo 'make test     every test, on SQLite and PostgreSQL'
	@echo 'make check    layout, lints, licences'
	@echo 'make check-api  the API against its own document with schemathesis, on SQLite and PostgreSQL (EXAMPLES, SEED)'
	@echo 'make fmt      lay out the code'
	@echo 'make release  one self-contained binary'
	@echo 'make archive  that binary as a release offers it: an archive, its SBOM and checksums'
	@echo 'make size     what a first visit to each page transfers from the release build'
	@echo 'make fuzz     fuzz the mail parser, the cleaner and the sanitiser, a quarter of an hour each (FUZZ_SECONDS)'
	@echo 'make mutate   100,000 mutated inputs: the slowest one and the memory they take (INPUTS)'
	@echo 'make torture  kill the sync 200 times on each database, and 500 random histories (KILLS, CASES)'
	@echo 'make chaos    let everything go wrong while a server works, 50 times on each database (ROUNDS, SEED)'
	@echo 'make bounds   what strangers can make the release build use'
	@echo 'make bench-sync  what syncing 20,000 and 100,000 messages costs, in a release build (MESSAGES)'
	@echo 'make bench-import what importing 1,000,000 messages costs, in a release build (MESSAGES)'
	@echo 'make bench-pages what lists and searches take with 400,000 messages, in a release build (MESSAGES)'
	@echo 'make bench-retrieval how well and how fast past cases are found, in a release build (CASES)'
	@echo 'make bench-navigation how long moving from page to page takes, in a release build'
	@echo 'make bench-review how quick the review is with 200,000 pairs, over REST and in a browser (PAIRS)'
	@echo 'make eval-cleaning DATA=folder   score the cleaning engine on a labelled set'

run dev test check check-api release archive size fuzz mutate torture chaos bounds bench-sync bench-import bench-pages bench-retrieval bench-navigation bench-review:
	@scripts/$@.sh

fmt:
	@cargo fmt --all
	@cargo fmt --manifest-path scripts/wasm-bindgen/Cargo.toml
	@cargo fmt --manifest-path fuzz/Cargo.toml

eval-cleaning:
	@scripts/eval-cleaning.sh "$(DATA)"
