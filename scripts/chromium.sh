#!/usr/bin/env bash
# Makes sure that a Chromium is there: the stories of the web app are played in it. Prints where it is.
set -euo pipefail

found() {
  for each in "${MILLRACE_CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
    [ -n "$each" ] && [ -x "$each" ] && echo "$each" && return 0
  done
  return 1
}

found && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Missing: Chromium. Install it, or name another one in MILLRACE_CHROMIUM." >&2
  exit 1
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "Missing: Chromium. As root: apt-get install chromium" >&2; exit 1; }
  sudo=(sudo)
fi
echo "Installing Chromium for the stories of the web app." >&2
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
found || { echo "Missing: Chromium; the package did not bring it." >&2; exit 1; }
