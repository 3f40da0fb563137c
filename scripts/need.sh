#!/usr/bin/env bash
# Says in one line what is missing to build.
set -euo pipefail
missing=()
for program in "$@"; do
  command -v "$program" >/dev/null 2>&1 || missing+=("$program")
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "Missing: ${missing[*]}. Rust comes from https://rustup.rs, a C compiler from your distribution (Debian, Ubuntu: apt-get install build-essential)." >&2
  exit 1
fi
