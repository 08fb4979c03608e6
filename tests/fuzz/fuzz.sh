#!/bin/bash
# Runs the fuzzers that ./run fuzz has built, one after the other. Each begins with its corpus in this folder and with what it found
# before, which stays in build/fuzz/corpus; an input that fails is put into build/fuzz/failures.
#
# usage: tests/fuzz/fuzz.sh [TARGET] [SECONDS]   every target, 600 s each, where nothing else is said; exit 1 if one fails
#        tests/fuzz/fuzz.sh merge [TARGET]       takes what was found into the corpus, as few inputs as reach the same.
#                                                Inputs that were given a name stay.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$here/../.." && pwd)/build/fuzz
readonly here build

targets() {
  local source
  for source in "$here"/*_fuzz.cpp; do basename "$source" _fuzz.cpp; done
}

last_number_after() { grep -aoE "$1 *[0-9]+" "$2" | tail -n 1 | grep -oE '[0-9]+$' || echo 0; }

fuzz_one() {
  local target=$1 seconds=$2 found=$build/corpus/$1 failures=$build/failures/$1 log=$build/$1.log code=0
  local dictionary=$here/dictionaries/$1.dict
  [ -e "$dictionary" ] || dictionary=$here/dictionaries/icalendar.dict
  mkdir -p -- "$found" "$failures"
  "$build/tests/fuzz/${target}_fuzz" "$found" "$here/corpus/$target" -dict="$dictionary" -max_total_time="$seconds" -timeout=20 \
    -artifact_prefix="$failures/" -print_final_stats=1 </dev/null >"$log" 2>&1 || code=$?
  printf '%-13s %10s executions %7s/s   coverage %5s, features %6s   %s\n' "$target" \
    "$(last_number_after 'number_of_executed_units:' "$log")" "$(last_number_after 'average_exec_per_sec:' "$log")" \
    "$(last_number_after 'cov:' "$log")" "$(last_number_after 'ft:' "$log")" \
    "$(if [ $code = 0 ]; then echo 'no failure'; else echo "FAILED: $log"; fi)"
  [ $code = 0 ] || grep -aE 'what\(\):|runtime error:|^SUMMARY:|Test unit written' "$log" | cut -c -300
  return $code
}

merge_one() {
  local target=$1 corpus=$here/corpus/$1 merged
  merged=$(mktemp -d)
  find "$corpus" -type f | grep -vE '/[0-9a-f]{40}$' | xargs -r -d '\n' cp -t "$merged" --
  mkdir -p -- "$build/corpus/$target"
  "$build/tests/fuzz/${target}_fuzz" -set_cover_merge=1 "$merged" "$corpus" "$build/corpus/$target" </dev/null >"$build/$target.merge.log" 2>&1
  find "$corpus" -type f -delete
  cp -- "$merged"/* "$corpus/"
  rm -r -- "$merged"
  echo "$target: $(find "$corpus" -type f | wc -l) inputs, $(du --bytes --summarize "$corpus" | cut -f 1) bytes"
}

mode=fuzz
if [ "${1:-}" = merge ]; then
  mode=merge
  shift
fi
mapfile -t all < <(targets)
chosen=("${all[@]}")
if [ $# -gt 0 ] && [ -z "${1//[0-9]/}" ]; then
  seconds=$1
else
  seconds=${2:-600}
  [ $# -eq 0 ] || chosen=("$1")
fi
code=0
for target in "${chosen[@]}"; do
  [ -x "$build/tests/fuzz/${target}_fuzz" ] || {
    echo "fuzz: there is no target $target; the targets are ${all[*]}" >&2
    exit 2
  }
  if [ $mode = merge ]; then merge_one "$target"; else fuzz_one "$target" "$seconds" || code=1; fi
done
exit $code
