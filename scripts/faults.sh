#!/usr/bin/env bash
# The fault battery on the release binary; docs/faults.md explains scenarios and options. Arguments go to the driver:
# scripts/faults.sh nodes --seed 7
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/postgres.sh
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
cargo build --release --locked -p millrace-cli -p millrace-faults
exec target/release/millrace-faults "$@"
