#!/usr/bin/env bash
# Measures the release binary with our own driver; docs/benchmarks.md explains the rows.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/postgres.sh
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
cargo build --release --locked -p millrace-cli -p millrace-bench
exec target/release/millrace-bench "$@"
