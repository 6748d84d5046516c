#!/usr/bin/env bash
# Builds everything once and runs every test against real servers of its own: `test.sh [arguments of swift test]`.
#
# The tests find their servers through TEST_POSTGRES_ENV and TEST_REDIS_ENV (files of NAME=value lines), and a Python
# with the packages they check against through TEST_PYTHON.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
readonly run_seconds=1200
readonly end_seconds=10
cd "$checkout"
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh

say() { printf 'test: %s\n' "$*" >&2; }

# Whatever the tests started carries this run's folder in its environment or its command line, or works in it: Redis
# writes its title over the first two.
left_behind() {
  local process
  for process in /proc/[0-9]*; do
    if grep -qsF "$TMPDIR" "$process/environ" "$process/cmdline" ||
      [[ $(readlink "$process/cwd") == "$TMPDIR"* ]]; then
      printf '%s\n' "${process##*/}"
    fi
  done
}

# Tests end what they start; those that were interrupted could not.
end_left_behind() {
  local signal processes deadline
  for signal in TERM KILL; do
    mapfile -t processes < <(left_behind)
    ((${#processes[@]} > 0)) || return 0
    say "ending what the tests left behind: ${#processes[@]} processes"
    kill -s "$signal" "${processes[@]}" 2>/dev/null || true
    deadline=$((SECONDS + end_seconds))
    while [[ -n $(left_behind) ]] && ((SECONDS < deadline)); do sleep 0.2; done
  done
}

# Thousands of lines may follow a failure: the last ones, which are all that some readers see, say again what failed.
tell_failures() {
  say "what failed, or had not ended:"
  awk '
    /^(◇|✔|✘|➜)/ { failure = / recorded an issue / }
    failure
    /^◇ Test ".*" started/ { running[$0] }
    /^(✔|✘) Test ".*" (with .* )?(passed|failed) after/ {
      sub(/^(✔|✘)/, "◇"); sub(/" (with .* )?(passed|failed) after .*/, "\" started."); delete running[$0]
    }
    END { for (test in running) print test }
  ' "$1" >&2
}

clear_away() {
  trap '' INT TERM HUP
  end_left_behind
  rm -rf "$TMPDIR"
  stop_real_servers
}

say "building (debug, with the tests)"
swift build --build-tests
start_real_servers "$checkout/.bulkhead/test-servers"
export TEST_POSTGRES_ENV=$real_servers/postgresql/env
export TEST_REDIS_ENV=$real_servers/redis/env
export TEST_PYTHON=$checkout/.tools/venv/bin/python
# One folder for all that the tests make, which the user whom root's servers run as can enter.
TMPDIR=$(mktemp -d -t bulkhead-tests-XXXXXX)
export TMPDIR
chmod 0755 "$TMPDIR"
trap clear_away EXIT
say "running the tests"
# A test that hangs must not keep its servers, nor whoever waits for the result, for ever.
# All tests start at once unless they are told not to, and then wait for each other and for two cores.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4
timeout --foreground "$run_seconds" swift test --skip-build --disable-xctest "$@" | tee "$TMPDIR/output" || {
  code=$?
  tell_failures "$TMPDIR/output"
  exit "$code"
}
