#!/usr/bin/env bash
# The fault battery on the release binary; docs/faults.md explains scenarios and options. Arguments go to the driver:
# scripts/faults.sh nodes --seed 7
# Without arguments the rolling upgrade and the full-size races follow.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/postgres.sh
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
cargo build --release --locked -p millrace-cli -p millrace-faults
if [ $# -gt 0 ]; then
  exec target/release/millrace-faults "$@"
fi
# What fails does not keep the rest from being tried.
failed=
took() { echo "== $1: $((SECONDS / 60)) min $((SECONDS % 60)) s"; SECONDS=0; }
SECONDS=0
target/release/millrace-faults || failed="$failed battery"
took "the battery"
scripts/rolling.sh || failed="$failed rolling"
took "the rolling upgrade"
for crate in millrace-engine millrace-cli; do
  cargo test --release --locked -p "$crate" --test it -- --ignored --test-threads=1 --skip p05_an_idle_hour races || failed="$failed races-of-$crate"
done
took "the races in full size"
if [ -n "$failed" ]; then
  echo "failed:$failed" >&2
  exit 1
fi
