#!/usr/bin/env bash
# Sends tens of thousands of generated requests to a server of its own and holds every answer against the API document:
#   scripts/schemathesis.sh [--binary PATH] [--databases sqlite,postgres] [--roles owner,viewer] [--examples N] [--only REGEX] …
# Without --binary the release executable is built first. --help lists the rest; docs/testing.md explains it.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v python3 >/dev/null 2>&1 || { echo "Missing: python3 (3.10 or newer) with venv (Debian, Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
case " $* " in *" --databases sqlite "* | *" --databases=sqlite "*) ;; *) scripts/postgres.sh ;; esac

binary=()
case " $* " in
  *" --binary "* | *" --binary="* | *" --help "*) ;;
  *)
    scripts/need.sh cargo cc
    cargo build --release --locked -p millrace-cli
    binary=(--binary "${CARGO_TARGET_DIR:-target}/release/millrace")
    ;;
esac

# A virtual environment that is made anew when the list of packages changes; each package is held against its hash.
packages=scripts/schemathesis/requirements.txt
venv=target/schemathesis/venv-$(sha256sum "$packages" | cut -c 1-12)
if [ ! -x "$venv/bin/st" ]; then
  rm -rf target/schemathesis/venv-*
  mkdir -p target/schemathesis
  python3 -m venv "$venv"
  # Without the program at its place, a run that was cut off here begins again.
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$packages" || { rm -rf "$venv"; exit 1; }
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" scripts/schemathesis/run.py "${binary[@]}" "$@"
