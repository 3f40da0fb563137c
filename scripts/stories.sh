#!/usr/bin/env bash
# Plays the stories of the web app in a real browser against the real server, on the embedded database. Needs the program
# (target/debug/millrace, or MILLRACE_BIN) and web/dist. Arguments go to Playwright: scripts/stories.sh -g invite
set -euo pipefail
cd "$(dirname "$0")/.."
MILLRACE_CHROMIUM=$(scripts/chromium.sh)
export MILLRACE_CHROMIUM
[ -f web/dist/index.html ] || scripts/web.sh build
cd web
npm run --silent stories -- "$@"
