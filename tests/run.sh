#!/bin/bash
# Runs every test of one build and counts test cases, not programs. `./run test` calls it after building.
#
# usage: tests/run.sh PRESET
# Full outputs and JUnit files go to build/PRESET/test-logs; of what fails the telling part is shown.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
readonly build=$top/build/$1 logs=$top/build/$1/test-logs
# Functional tests start this build, whichever it is.
export CALMUX_BINARY=$build/calmux CALMUX_TOOLS=$build/tests CALMUX_PRESET=$1 PYTHONDONTWRITEBYTECODE=1
export LSAN_OPTIONS=suppressions=$top/tests/leaks.supp:print_suppressions=0
# What the caller has set for a real Calmux must not reach the tests.
unset DATABASE_URL CALDAV_URL CALDAV_USERNAME CALDAV_PASSWORD CALDAV_CALENDAR_NAME API_KEY LOG_FILE CALMUX_VAR CALMUX_TEST_DATABASE_URL
rm -rf -- "$logs"
mkdir -p -- "$logs"

wrapper=()
# The thread sanitizer of gcc 12 cannot live with as many random address bits as newer kernels use.
[ "$1" != tsan ] || wrapper=(setarch -R)

# run_one NAME COMMAND…: keeps the output and the exit code under that name.
run_one() {
  local name=$1 code=0 start=$SECONDS
  shift
  timeout --kill-after=30 1500 "${wrapper[@]}" "$@" </dev/null >"$logs/$name.log" 2>&1 || code=$?
  echo "$code" >"$logs/$name.code"
  /usr/bin/python3 tests/count.py "$logs" "$name" $((SECONDS - start))
}

for program in unit_layering unit_mappings unit_connectors unit_middleware fuzz_corpora postgres_tests; do
  [ ! -x "$build/tests/$program" ] || run_one $program "$build/tests/$program" "--gtest_output=xml:$logs/$program.xml"
done

if [ -x "$build/tests/conformance_tests" ]; then
  servers=$(/usr/bin/python3 -c 'import sys; sys.path.insert(0, "tests/support"); import caldav_server_kinds; print(*caldav_server_kinds.KINDS)')
  for server in $servers; do
    run_one "conformance_$server" /usr/bin/python3 tests/support/caldav_servers.py run "$server" -- \
      "$build/tests/conformance_tests" "--gtest_output=xml:$logs/conformance_$server.xml"
  done
fi

if compgen -G 'tests/functional/test_*.py' >/dev/null; then
  run_one functional /usr/bin/python3 -m pytest -p no:cacheprovider -q -rs --junitxml="$logs/functional.xml" tests/functional
fi

/usr/bin/python3 tests/count.py "$logs"
