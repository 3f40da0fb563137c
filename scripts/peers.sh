#!/usr/bin/env bash
# Installs the servers that the tests talk to, as their lock file names them.
set -euo pipefail
cd "$(dirname "$0")/../crates/cli/tests/peers"
command -v npm >/dev/null 2>&1 || { echo "Missing: npm (Node 20 or newer): the tests talk to a real mail server and a real identity provider from the npm registry." >&2; exit 1; }
npm ci --silent --no-audit --no-fund
