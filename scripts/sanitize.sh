#!/usr/bin/env bash
# Runs tests under AddressSanitizer and then under ThreadSanitizer: `sanitize.sh [--only address|thread] [--filter REGEX]
# [--everything] [--self-test]`.
#
# Each sanitizer has a build of its own, of the wings with threads, sockets or C libraries: Base, Net, Data, the drivers and
# Frame. Their tests run, or those of them that match --filter. --everything builds all tests, so that --filter can name any.
# --self-test plants a fault for each sanitizer, and fails where it is not reported.
# Reports stay in .bulkhead/sanitize. The last lines are one for each sanitizer, and the verdict. Exit codes: 0 nothing found,
# 1 error or a failed test, 2 a report (with --self-test: a planted fault without one), 64 wrong usage.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
cd "$checkout"

readonly work=$checkout/.bulkhead/sanitize
only='' filter='' everything='' self_test=''

say() { printf 'sanitize: %s\n' "$*" >&2; }

while (($# > 0)); do
  case $1/$#/${2-} in
  --only/*/address | --only/*/thread)
    only=$2
    shift 2
    ;;
  --filter/*/?*)
    filter=$2
    shift 2
    ;;
  --everything/*)
    everything=1
    shift
    ;;
  --self-test/*)
    self_test=1
    shift
    ;;
  *)
    sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 64
    ;;
  esac
done

# The test targets of the wings, from their folders.
wings() {
  local folders=(Tests/Base/* Tests/Net/* Tests/Data/* Tests/Frame/* Tests/Engines/*DriverTests Tests/DriverConformanceTests)
  printf '%s\n' "${folders[*]##*/}"
}

wings_filter() {
  local names
  names=$(wings)
  printf '^(%s)\\.' "${names// /|}"
}

# The options of a build, as test.sh reads them.
options() {
  # Reports name lines. Full debug information would make the build and its links slower.
  printf -- '--scratch-path .build-sanitize/%s --sanitize=%s -Xswiftc -gline-tables-only' "$1" "$1"
  case $1 in
  thread) printf ' -Xlinker %s' "$work/order.o" ;;
  # The default linker warns of hundreds of the sanitizer's own names.
  address) printf ' -Xswiftc -use-ld=lld' ;;
  esac
}

# Swift's runtime lives as long as the process, so what it keeps is no leak. A crash handler would come before the report.
export SWIFT_BACKTRACE=enable=no

# Runs the tests with one sanitizer, whose reports go to files of its folder.
run() {
  local kind=$1 code=0
  rm -rf "${work:?}/$kind"
  mkdir -p "$work/$kind"
  if [[ $kind == thread ]]; then
    clang -O1 -fPIC -Wall -Wextra -Werror -c Tests/Sanitizers/order.c -o "$work/order.o"
  fi
  ASAN_OPTIONS="log_path=$work/$kind/report:detect_leaks=0" \
    TSAN_OPTIONS="log_path=$work/$kind/report:suppressions=$checkout/Tests/Sanitizers/thread.supp:exitcode=0" \
    TEST_BUILD_OPTIONS=$(options "$kind") \
    scripts/test.sh --filter "${filter:-$(wings_filter)}" >"$work/$kind/tests.log" 2>&1 || code=$?
  return "$code"
}

# Prints the distinct findings of a sanitizer with their number. Without a report, there is no file.
findings() {
  find "$work/$1" -name 'report.*' -exec sed -n 's/^SUMMARY: //p' {} + | sort | uniq -c | sort -rn
}

# Judges one run: the worst code is kept in $code, and the line for the summary in $summary.
judge() {
  local kind=$1 ended=$2 found tests
  found=$(findings "$kind")
  tests=$(sed -n 's/^test: \([0-9]* tests ended after [0-9]* s\).*/\1/p' "$work/$kind/tests.log")
  tests=${tests:-no test ended}
  if [[ -n $self_test ]]; then
    # AddressSanitizer ends the tests at its report.
    if [[ -n $found && ($kind == address || $ended == 0) ]] && ! grep -qv PlantedFaultTests <<<"$found"; then
      summary+=("ok      $kind: the planted fault was reported, and nothing else")
    else
      summary+=("MISSED  $kind: the planted fault was not reported, or something else was, or a test failed; see $work/$kind")
      code=2
    fi
  elif [[ -n $found ]]; then
    printf '%s\n' "$found" >&2
    summary+=("FOUND   $kind: $(wc -l <<<"$found") distinct reports, in $work/$kind; $tests")
    code=2
  elif ((ended != 0)); then
    # The failures are repeated behind the last line with the number of tests.
    sed -n '/^test: [0-9]* tests ended/,$p' "$work/$kind/tests.log" | sed 61,\$d >&2
    [[ $tests != no* ]] || tail -n 20 "$work/$kind/tests.log" >&2
    summary+=("FAILED  $kind: no report; $tests, with exit code $ended; see $work/$kind/tests.log")
    ((code == 2)) || code=1
  else
    summary+=("ok      $kind: no report; $tests")
  fi
}

if [[ -z $everything ]]; then
  BULKHEAD_TESTS="$(wings) SanitizerTests"
  BULKHEAD_TESTS=${BULKHEAD_TESTS// /,}
  export BULKHEAD_TESTS
fi
code=0 summary=()
for kind in address thread; do
  [[ -z $only || $only == "$kind" ]] || continue
  if [[ -n $self_test ]]; then
    filter=SanitizerTests
    export SANITIZER_SELF_TEST=$kind
  fi
  say "building with the sanitizer, and running the tests: $kind"
  ended=0
  run "$kind" || ended=$?
  judge "$kind" "$ended"
done
for line in "${summary[@]}"; do say "$line"; done
case $code in
0) say 'clean' ;;
1) say 'not clean: tests failed' ;;
*) say 'not clean: see the reports' ;;
esac
exit "$code"
