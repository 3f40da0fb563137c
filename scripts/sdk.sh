#!/usr/bin/env bash
# Checks the types of the SDK, and runs its tests, with the compiler that its lock file names.
set -euo pipefail
cd "$(dirname "$0")/../sdk"
npm ci --silent --no-audit --no-fund
npm test --silent
echo "The SDK's types are sound, and its tests pass."
