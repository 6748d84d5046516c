#!/usr/bin/env bash
# A signal to scripts/service-test.sh, in a checkout whose page has a command that goes on: it names the step, and nothing is left of
# the command or the copy. A later step is refused without a copy. Exit codes: 0 each case holds, 1 one does not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
readonly here work
trap 'rm -rf "$work"' EXIT
mkdir "$work"/{checkout,checkout/scripts,checkout/docs,temporary}
cp "$here/../../scripts/service-test.sh" "$work/checkout/scripts"
export WORK=$work TMPDIR=$work/temporary
# Those of a run of the script that runs this test would name its copy.
unset COPY FROM
# The command has a process of its own, as a build has.
cat >"$work/checkout/docs/new-service.md" <<'PAGE'
## Write it
```
bash -c 'echo $$ >"$WORK/id"; sleep 300; true'
```
PAGE
git -C "$work/checkout" init --quiet

failed=0
not() { echo "interrupt_test: $*" && failed=1; }
for signal in TERM/143 INT/130 HUP/129; do
  rm -f "$work/id"
  # A command in the background ignores INT where it has no process group of its own, and one below nohup ignores HUP.
  set -m
  env --default-signal=TERM,INT,HUP "$work/checkout/scripts/service-test.sh" 2>"$work/lines" &
  script=$!
  set +m
  for _ in {1..300}; do
    [[ ! -s $work/id ]] || break
    sleep 0.1
  done
  kill -s "${signal%/*}" "$script"
  code=0
  wait "$script" || code=$?
  ((code == ${signal#*/})) || not "$signal: exit code $code"
  grep -q 'in step 2 of 8: Write it' "$work/lines" || not "$signal: $(<"$work/lines")"
  ! kill -s KILL "$(<"$work/id")" 2>/dev/null || not "$signal: the command goes on"
  [[ -z $(ls "$TMPDIR") ]] || not "$signal: $(ls "$TMPDIR") is left"
done
# A later step needs the copy of an earlier run.
for FROM in 7 9; do
  export FROM
  ! "$work/checkout/scripts/service-test.sh" 2>"$work/lines" || not "FROM=$FROM runs"
  grep -q "error: FROM" "$work/lines" || not "FROM=$FROM: $(<"$work/lines")"
done
exit "$failed"
