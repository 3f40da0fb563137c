#!/usr/bin/env bash
# Everything that must pass. One profile and one set of features for all of it, so that nothing is built twice.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cargo cc
scripts/postgres.sh
scripts/peers.sh
scripts/chromium.sh >/dev/null

# With the seconds until then, so that a run shows where its time goes.
step() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }
# More open files than the usual 1,024: tests with many connections.
ulimit -n 8192 2>/dev/null || true

if cargo clippy --version >/dev/null 2>&1; then
  step "lints"
  cargo clippy --locked --workspace --all-targets -- -D warnings
fi

# The targets are a workspace of their own and nobody's dependency: without this they stop compiling unseen. Nothing is linked, so
# the fuzzer's library, which needs a C++ compiler, is not built.
step "fuzz targets compile"
cp Cargo.lock fuzz/Cargo.lock
CUSTOM_LIBFUZZER_PATH=/dev/null CARGO_TARGET_DIR=target cargo check --quiet --manifest-path fuzz/Cargo.toml

step "types of the SDK"
if command -v npm >/dev/null 2>&1; then
  scripts/sdk.sh
else
  echo "Skipped: npm is missing (Node 20 or newer)."
fi

# The program's own stories need the app, so it is no more optional than the peers above.
step "the web app: types, tests, build"
scripts/web.sh test

# With the features that the tests need; the program alone would be built once more, and most of what it depends on.
step "build"
cargo test --locked --workspace --no-run

step "the demonstration, once"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
target/debug/millrace demo --once --data "$scratch/demo"

step "tests"
status=0
cargo test --locked --workspace --no-fail-fast 2>&1 | tee "$scratch/tests.log" || status=$?

step "stories of the web app, in a browser"
stories=0
scripts/stories.sh 2>&1 | tee "$scratch/stories.log" || stories=$?

# One line for people and for what reads this output: the sum over all test programs, and the stories.
awk '/^test result:/ { passed += $4; failed += $6 } /^ +[0-9]+ passed \(/ { passed += $1 } /^ +[0-9]+ failed$/ { failed += $1 }
  END { printf "\n%d passed, %d failed\n", passed, failed }' "$scratch/tests.log" "$scratch/stories.log"
exit $((status > stories ? status : stories))
