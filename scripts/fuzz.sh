#!/usr/bin/env bash
# Runs the fuzz targets one after another, each for some seconds: scripts/fuzz.sh [seconds] [target…]
#
# Works with the ordinary compiler: the flags that fuzzing needs are let through by RUSTC_BOOTSTRAP, and no sanitizer is used,
# as that would need a standard library of its own. What a run finds stays in fuzz/artifacts/<target>/; run it again with
# `fuzz/target/<triple>/release/<target> FILE`. New inputs gather in fuzz/work/<target>; fuzz/corpus is what is kept.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cargo cc c++

seconds=60
if [[ "${1:-}" =~ ^[0-9]+$ ]]; then
  seconds=$1
  shift
fi
if [ "$#" -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(sed -n 's/^name = "\([a-z]*\)"$/\1/p' fuzz/Cargo.toml); fi

export RUSTC_BOOTSTRAP=1
unset CARGO_TARGET_DIR
if ! command -v cargo-fuzz >/dev/null 2>&1; then
  cargo install cargo-fuzz --locked --version 0.13.2
fi
# The versions of the product itself: what is fuzzed is what runs.
cp Cargo.lock fuzz/Cargo.lock
build=(cargo fuzz build --sanitizer none)
triple=$(rustc -vV | sed -n 's/^host: //p')

failed=()
for target in "${targets[@]}"; do
  "${build[@]}" "$target"
  mkdir -p "fuzz/work/$target" "fuzz/artifacts/$target"
  places=("fuzz/work/$target" "fuzz/corpus/$target")
  limits=(-timeout=10 -rss_limit_mb=3072 -max_len=4096)
  case $target in
    connector) places+=(connectors); limits+=(-max_len=16384) ;;
    bundle) places+=(examples) ;;
  esac
  printf '\n== %s for %s s\n' "$target" "$seconds"
  "fuzz/target/$triple/release/$target" "${places[@]}" -max_total_time="$seconds" -print_final_stats=1 \
    -artifact_prefix="fuzz/artifacts/$target/" "${limits[@]}" >"fuzz/work/$target.log" 2>&1 || failed+=("$target")
  grep -E '^(stat::number_of_executed_units|stat::average_exec|stat::peak_rss)|DONE|cov:.*DONE' "fuzz/work/$target.log" | tail -n 4 || true
done

if [ "${#failed[@]}" -gt 0 ]; then
  for target in "${failed[@]}"; do
    printf '\n%s found something:\n' "$target"
    grep -vE '^#[0-9]+' "fuzz/work/$target.log" | tail -n 40
  done
  exit 1
fi
printf '\nNothing found.\n'
