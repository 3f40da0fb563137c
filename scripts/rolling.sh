#!/usr/bin/env bash
# A rolling upgrade and its way back: nodes of the release before and of this one share a PostgreSQL under load.
#   scripts/rolling.sh [--previous REV]     REV: the newest tag, or without tags the commit before this one
# `make rolling`; `make test` does the same with two nodes of one executable.
set -euo pipefail
cd "$(dirname "$0")/.."

previous=
while [ $# -gt 0 ]; do
  case $1 in
    --previous) previous=${2:?--previous needs a revision}; shift 2 ;;
    *) echo "usage: scripts/rolling.sh [--previous REV]" >&2; exit 2 ;;
  esac
done
if [ -z "$previous" ]; then
  previous=$(git describe --tags --abbrev=0 HEAD 2>/dev/null || git rev-parse HEAD~1)
fi
commit=$(git rev-parse --short=12 "$previous^{commit}")

scripts/need.sh cargo cc git
scripts/postgres.sh

# The files alone, without a git worktree that an aborted run would leave behind.
tree=target/previous/$commit
rm -rf "$tree"
mkdir -p "$tree"
git archive "$commit" | tar -x -C "$tree"

echo "== building the release before: $previous ($commit)"
# Dependencies are shared between the revisions, so that only what differs is built.
target=${CARGO_TARGET_DIR:-$PWD/target}
(cd "$tree" && CARGO_TARGET_DIR=$target cargo build --locked -p millrace-cli)
mkdir -p target/previous/bin
cp "$target/debug/millrace" "target/previous/bin/millrace-$commit"

echo "== replacing nodes of $commit by this revision and back, under load"
MILLRACE_PREVIOUS=$PWD/target/previous/bin/millrace-$commit \
  cargo test --locked -p millrace-cli --test it -- --ignored --nocapture upgrade::the_release_before_and_this_one_share_a_database
