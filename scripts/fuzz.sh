#!/usr/bin/env bash
# Feeds mutated input to the code that reads what clients, servers and files have sent: `fuzz.sh [--seconds N]
# [--only TARGET] [--self-test]`.
#
# A build of its own has the fuzzer and AddressSanitizer in it. Findings and the inputs that reached new code stay in
# .bulkhead/fuzz. --self-test plants a crash in each target, and fails where the fuzzer does not find it.
# Exit codes: 0 nothing found, 1 error, 2 a finding (with --self-test: a planted crash that was not found), 64 wrong usage.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
cd "$checkout"

readonly work=$checkout/.bulkhead/fuzz
readonly memory_megabytes=1024 input_seconds=5 input_bytes=4096
seconds='' only='' self_test=''

say() { printf 'fuzz: %s\n' "$*" >&2; }

while (($# > 0)); do
  case $1/$# in
  --seconds/1 | --only/1) set -- --wrong ;;
  --seconds/*)
    seconds=$2
    shift 2
    ;;
  --only/*)
    only=$2
    shift 2
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

# A self-test ends as soon as it finds the crash.
seconds=${seconds:-$([[ -n $self_test ]] && printf 60 || printf 10)}

# SwiftPM would name each sanitizer alone; libFuzzer needs both in one list, and the linker of LLVM.
readonly flags=(--scratch-path .build-fuzz --disable-index-store -Xswiftc "-sanitize=fuzzer,address" -Xswiftc -O -Xswiftc -use-ld=lld)
say "building (optimized, with libFuzzer and AddressSanitizer)"
BULKHEAD_FUZZ=1 swift build "${flags[@]}" --product fuzz
program=$(BULKHEAD_FUZZ=1 swift build --scratch-path .build-fuzz --show-bin-path)/fuzz
readonly program
# The fuzzer reports crashes itself. Swift's own report would come first, and can take minutes.
export SWIFT_BACKTRACE=enable=no
if [[ -n $self_test ]]; then export FUZZ_SELF_TEST=1; fi

# Runs one target; true where the fuzzer found nothing.
run() {
  local target=$1 corpus=$work/$1/corpus seeds=("Fuzz/Seeds/$1")
  if [[ -n $self_test ]]; then
    corpus=$work/$target/self-test
    rm -rf "$corpus"
  elif [[ $target == manifest ]]; then
    seeds+=(deploy)
  fi
  mkdir -p "$corpus"
  FUZZ_TARGET=$target timeout --kill-after=5 $((seconds + 60)) "$program" -max_total_time="$seconds" \
    -rss_limit_mb=$memory_megabytes -timeout=$input_seconds -max_len=$input_bytes -print_final_stats=1 \
    -artifact_prefix="$work/$target/" "$corpus" "${seeds[@]}" >"$work/$target/log" 2>&1
}

figure() { sed -n "s/^stat::$2: *//p" "$work/$1/log"; }

code=0
mapfile -t targets < <(env -u FUZZ_TARGET "$program")
[[ -z $only || " ${targets[*]} " == *" $only "* ]] || { say "no target $only among: ${targets[*]}"; exit 64; }
for target in "${targets[@]}"; do
  [[ -z $only || $only == "$target" ]] || continue
  if run "$target"; then
    if [[ -z $self_test ]]; then
      say "ok      $target: $(figure "$target" number_of_executed_units) inputs, $(figure "$target" peak_rss_mb) MiB"
      continue
    fi
    say "MISSED  $target: the planted crash was not found in $seconds s"
    code=2
  elif [[ -n $self_test ]] && grep -q 'the planted crash' "$work/$target/log"; then
    say "ok      $target: the planted crash was found"
  else
    say "FOUND   $target: the input and the log are in $work/$target"
    grep -m 3 -E 'Fatal error|violated|ERROR:|SUMMARY' "$work/$target/log" >&2 || tail -n 5 "$work/$target/log" >&2
    code=2
  fi
done
exit "$code"
