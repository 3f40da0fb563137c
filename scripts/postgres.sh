#!/usr/bin/env bash
# Makes sure that PostgreSQL's server programs are there: the tests start servers of their own.
set -euo pipefail

found() {
  [ -n "${MILLRACE_TEST_POSTGRES_BIN:-}" ] && [ -x "$MILLRACE_TEST_POSTGRES_BIN/initdb" ] && return 0
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

found && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Missing: PostgreSQL's server programs (initdb, postgres). Install them and set MILLRACE_TEST_POSTGRES_BIN to their folder." >&2
  exit 1
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "Missing: PostgreSQL's server programs. As root: apt-get install postgresql" >&2; exit 1; }
  sudo=(sudo)
fi
echo "Installing PostgreSQL's server programs for the tests."
# The tests need the programs only: no cluster is made, and no service started.
"${sudo[@]}" mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
found || { echo "Missing: PostgreSQL's server programs; the package postgresql did not bring initdb." >&2; exit 1; }
