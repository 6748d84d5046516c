#!/usr/bin/env bash
# Builds everything once and runs every test against its own real servers: `test.sh [arguments of swift test]`.
#
# TEST_POSTGRES_ENV, TEST_REDIS_ENV, TEST_VALKEY_ENV, TEST_MARIADB_ENV, TEST_GALERA_ENV_1 to _3,
# TEST_SESSION_POOLER_ENV and TEST_TRANSACTION_POOLER_ENV name files of NAME=value lines that say how to reach the servers. TEST_PYTHON names a Python with the packages that the tests compare
# with. TEST_BUILD_OPTIONS has further options of the build, for sanitize.sh. With DATABASE_SERVER=mysql there is a MySQL in
# place of all these databases, and TEST_MYSQL_ENV names its file: the tests that run on every engine then run on MySQL alone.
# The servers' data is in memory, in a folder of this run in /dev/shm, where there is room. SERVER_MEMORY names another
# folder than /dev/shm; set and empty (SERVER_MEMORY= make test), it keeps the data on the disk.
# A run without any test is an error. One that has reported nothing for TEST_SILENT_SECONDS (600) hangs: it ends, and names the
# tests that were running.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
readonly run_seconds=5400
readonly silent_seconds=${TEST_SILENT_SECONDS:-600}
readonly end_seconds=10
readonly shown_tests=10
# The tests run in lanes at once: `NAME WIDTH TARGETS`, and the last one has the targets that no other names. The tests of a
# lane wait for each other in one queue, and a suite whose tests take turns joins it anew for each test. Behind thousands of
# short tests, such suites would begin when all others have ended. Most of them are in the targets named here, whose tests
# start whole servers or fleets and spend much of their time waiting for them. Without a width all tests of a lane would start
# at once, and then wait for each other and for the cores. Six tests at once keep two cores busy; ten did too, with 15 to 25
# runnable processes, and then a request now and then took longer than any limit of time.
readonly lanes=('fleets 3 EndToEndTests|MariaDBAdministrationTests' 'access 1 AccessProofTests' 'rest 2 ')
cd "$checkout"
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh
# shellcheck source=scripts/server-memory.sh
source scripts/server-memory.sh

say() { printf 'test: %s\n' "$*" >&2; }

[[ $silent_seconds =~ ^[1-9][0-9]{0,5}$ ]] || {
  say "TEST_SILENT_SECONDS must be a number of seconds, not '$silent_seconds'"
  exit 64
}

# Finds the processes that were started with one of these folders: they have it in their environment or command line, or as
# working folder. Redis overwrites its environment and command line with its title, so the working folder identifies it.
left_behind() {
  local process folder
  for process in /proc/[0-9]*; do
    for folder in "$@"; do
      if grep -qsF "$folder" "$process/environ" "$process/cmdline" ||
        [[ $(readlink "$process/cwd") == "$folder"* ]]; then
        printf '%s\n' "${process##*/}"
        break
      fi
    done
  done
}

# Ends them. Tests end the processes that they start, but an interrupted test cannot.
end_left_behind() {
  local signal processes deadline
  for signal in TERM KILL; do
    mapfile -t processes < <(left_behind "$@")
    ((${#processes[@]} > 0)) || return 0
    say "ending ${#processes[@]} processes that the tests left behind"
    kill -s "$signal" "${processes[@]}" 2>/dev/null || true
    deadline=$((SECONDS + end_seconds))
    while [[ -n $(left_behind "$@") ]] && ((SECONDS < deadline)); do sleep 0.2; done
  done
}

# Repeats the failures at the end, because thousands of lines may follow a failure and some readers see only the last lines.
report_failures() {
  local failures
  failures=$(awk '/^(◇|✔|✘|➜)/ { failure = / recorded an issue / } failure' "$@")
  if [[ -n $failures ]]; then say "what failed:"$'\n'"$failures"; fi
}

# Names the tests of each lane that did not end, in the order in which they joined its queue: the first ones were running, and a
# hung one is among them. The lines of the output cannot show it, because other output may cut them. The events name a case of
# a test when it begins, but only of a test with several cases; one of these that has no case under way waits for its next turn.
report_running() {
  local lane running
  for lane in "$@"; do
    running=$(awk -F '"testID":"' -v shown="$shown_tests" '
      !/"kind":"test(Case)?(Started|Ended)"/ { next }
      { split($2, parts, /",|"}/); test = parts[1]; gsub(/\\\//, "/", test) }
      /"kind":"testStarted"/ && test ~ /[.]swift:[0-9]+:[0-9]+$/ { order[++count] = test; open[test] }
      /"kind":"testEnded"/ { delete open[test] }
      /"kind":"testCaseStarted"/ { cases[test]++ }
      /"kind":"testCaseEnded"/ { cases[test]-- }
      END {
        for (i = 1; i <= count; i++) {
          if (!(order[i] in open)) continue
          if ((!(order[i] in cases) || cases[order[i]] > 0) && shown-- > 0) print order[i]; else waiting++
        }
        if (waiting) print "and " waiting " that waited behind them"
      }
    ' "$lane")
    if [[ -n $running ]]; then say "tests that did not end (${lane##*-}):"$'\n'"$running"; fi
  done
}

# A test that did not run must not read as one that passed.
report_skipped() {
  local count what
  sed -n 's/^.* \(Test\|Suite\) .* skipped\(: "\(.*\)"\)\{0,1\}[.]\{0,1\}$/\3/p' "$@" | sort | uniq -c |
    while read -r count what; do say "$count tests or suites did not run: ${what:-for no given reason}"; done
}

# Runs one lane: `run_lane NAME WIDTH TARGETS ARGUMENTS`. Its lines arrive whole. With the lock of the build folder, one lane
# would wait for the others; everything is built by now.
run_lane() {
  local named='' lane skipped
  if [[ -n $3 ]]; then
    skipped="^(?!($3)[.])"
  else
    for lane in "${lanes[@]}"; do
      read -r _ _ lane <<<"$lane"
      if [[ -n $lane ]]; then named+=${named:+|}$lane; fi
    done
    skipped="^($named)[.]"
  fi
  SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$2 \
    swift test --ignore-lock --skip-build --disable-xctest --event-stream-output-path "$TMPDIR/events-$1" \
    --event-stream-version 0 "${build_options[@]}" --skip "$skipped" "${@:4}" |
    grep -a --line-buffered '' | tee "$TMPDIR/output-$1"
}

# Leaves the code of the lane in a file: bash forgets the code of a process that has ended when a later process gets its number,
# and a lane can end an hour before the last one.
start_lane() {
  local code=0
  run_lane "$@" || code=$?
  printf '%s\n' "$code" >"$TMPDIR/code-$1"
}

# Ends a run that hangs, with its servers, and returns 0: one whose lanes report nothing for long must not take its whole time.
end_hung_lanes() {
  local newest
  newest=$(stat --format=%Y "$TMPDIR"/{output,events}-* | sort -n | tail -n 1)
  if (($(date +%s) - newest >= silent_seconds)); then
    say "no test has reported anything for $silent_seconds s"
  elif ((SECONDS - begun >= run_seconds)); then
    say "the tests take more than $run_seconds s"
  else
    return 1
  fi
  end_left_behind "$TMPDIR" ${run_memory:+"$run_memory/tests"}
}

# Runs the lanes with the arguments, and returns the code of one that failed.
run_lanes() {
  local lane name width targets ended code=0
  local -a waiting=("${lanes[@]}") started=()
  for lane in "${lanes[@]}"; do touch "$TMPDIR"/{output,events}-"${lane%% *}"; done
  while ((${#waiting[@]} > 0)) || [[ -n $(jobs -rp) ]]; do
    # Each lane opens the database of the build at its start, and one that finds it locked would run no test.
    if ((${#waiting[@]} > 0)) && { ((${#started[@]} == 0)) || grep -qs 'Test run started' "$TMPDIR/output-$name" ||
      ! kill -0 "${started[-1]}" 2>/dev/null; }; then
      read -r name width targets <<<"${waiting[0]}"
      waiting=("${waiting[@]:1}")
      start_lane "$name" "$width" "$targets" "$@" &
      started+=($!)
    fi
    sleep 0.5
    if end_hung_lanes; then return 1; fi
  done
  for lane in "${lanes[@]}"; do
    read -r ended <"$TMPDIR/code-${lane%% *}" || ended=1
    ((ended == 0)) || code=$ended
  done
  return "$code"
}

clear_away() {
  trap '' INT TERM HUP
  end_left_behind "$TMPDIR" ${run_memory:+"$run_memory/tests"}
  rm -rf "$TMPDIR"
  stop_real_servers
}

read -ra build_options <<<"${TEST_BUILD_OPTIONS-}"
say "building, with the tests"
swift build --build-tests "${build_options[@]}"
memory_parent=${SERVER_MEMORY-/dev/shm}
# The servers start elsewhere, so a relative name would be another folder there.
if [[ -n $memory_parent ]]; then memory_parent=$(realpath -m "$memory_parent"); fi
stop_abandoned_servers "$checkout/.bulkhead/test-servers"
clear_abandoned_memory "$memory_parent"
run_memory=$(folder_in_memory "$memory_parent")
export SERVER_MEMORY=${run_memory:+$run_memory/run}
start_real_servers "$checkout/.bulkhead/test-servers"
export TEST_REDIS_ENV=$real_servers/redis/env
if [[ ${DATABASE_SERVER:-} == mysql ]]; then
  export TEST_MYSQL_ENV=$real_servers/database/env
else
  export TEST_POSTGRES_ENV=$real_servers/database/env
  if start_valkey; then export TEST_VALKEY_ENV=$real_servers/valkey/env; fi
  start_mariadb
  export TEST_MARIADB_ENV=$real_servers/mariadb/env
  start_galera
  for node in 1 2 3; do export "TEST_GALERA_ENV_$node=$real_servers/galera/$node/env"; done
  start_poolers
  export TEST_SESSION_POOLER_ENV=$real_servers/session-pooler/env
  export TEST_TRANSACTION_POOLER_ENV=$real_servers/transaction-pooler/env
fi
# The servers of the tests have a folder of their own, so that those which remain can be told from the run's.
export SERVER_MEMORY=${run_memory:+$run_memory/tests}
export TEST_PYTHON=$checkout/.tools/venv/bin/python
# One folder for all files of the tests. The unprivileged user of root's servers can enter it.
TMPDIR=$(mktemp -d -t bulkhead-tests-XXXXXX)
export TMPDIR
chmod 0755 "$TMPDIR"
trap clear_away EXIT
say "running the tests"
begun=$SECONDS code=0
run_lanes "$@" || code=$?
# A suite ends too, and its name has no line of a file.
count=$(cat "$TMPDIR"/events-* | grep -c '"kind":"testEnded".*[.]swift:[0-9]*:[0-9]*"') || true
say "$count tests ended after $((SECONDS - begun)) s"
report_skipped "$TMPDIR"/output-*
if ((code != 0)); then
  report_failures "$TMPDIR"/output-*
  report_running "$TMPDIR"/events-*
  exit "$code"
fi
if ((count == 0)); then
  say "no test has run: is there one whose name fits the arguments ($*)?"
  exit 1
fi
