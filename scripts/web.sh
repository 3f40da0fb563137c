#!/usr/bin/env bash
# The web app: `web.sh build` makes web/dist, which the server serves; `web.sh test` checks types, tests and builds it.
set -euo pipefail
cd "$(dirname "$0")/../web"

# Installs what the lock file names, once for each lock file.
install() {
  if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --silent --no-audit --no-fund
    cp package-lock.json node_modules/.installed
  fi
}

case "${1:-build}" in
build)
  install
  npm run --silent build
  ;;
test)
  install
  npm run --silent types
  npm test --silent
  npm run --silent build
  ;;
*)
  echo "usage: scripts/web.sh [build|test]" >&2
  exit 2
  ;;
esac
