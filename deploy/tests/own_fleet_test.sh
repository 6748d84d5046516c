#!/usr/bin/env bash
# The scripts that run a fleet of their own, beside stubs of its programs and its servers: what they take from the shell, how long
# they wait, and what they leave. Then real servers, in a folder whose name has a space. Exit codes: 0 each case holds, 1 one does not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
readonly here work checkout="$work/a checkout"
chmod 755 "$work" # the servers run as another user
trap 'rm -rf "$work"' EXIT
failed=0
not() { echo "own_fleet_test: $*" && failed=1; }

names=Shared/Frame/Runtime/Environment/SettingNames.swift
mkdir -p "$checkout"/{bin,.tools/venv/bin,"${names%/*}"}
cp -r "$here/../../scripts" "$checkout"
cp "$here/../../$names" "$checkout/$names"
program() { cat >"$checkout/$1" && chmod +x "$checkout/$1"; }
# What an env file has is no code, and a path in it may have a space.
program scripts/servers.sh <<'PROGRAM'
#!/usr/bin/env bash
[[ $1 != stop ]] || { rm -f "$2/env" && [[ ! -e $WORK/stuck ]] && exit; echo "stuck" >"$2/env"; exit 1; }
mkdir -p "$3"
printf '%s\n' {POSTGRES,REDIS}_{HOST=127.0.0.1,PORT=1,SUPERUSER=root,ADMIN=root} POSTGRES_PSQL=/a/psql \
  'REDIS_ADMIN_PASSWORD_FILE=/a file' 'POSTGRES_PASSWORD_FILE=/a $(touch "$WORK/escaped") file' >"$3/env"
PROGRAM
# The tool of the cases below: `up` does what a file says, and every other command fails where that file is missing.
program bin/bulkhead <<'PROGRAM'
#!/usr/bin/env bash
env | sed -n "s/^\(DB\|CACHE\|DATABASE\|CREDENTIALS\|ACCESS\|MAIL\|LOG\)_/&/p" >"$WORK/seen"
[[ -e $WORK/up ]] || exit 9
[[ $1 != up ]] || source "$WORK/up"
PROGRAM
program bin/swift <<<$'#!/bin/sh\necho "$(dirname "$0")"'
for name in cc curl prometheus promtool; do program "bin/$name" <<<$'#!/bin/sh\n'; done
for name in python go schemathesis; do program ".tools/venv/bin/$name" <<<$'#!/bin/sh\n'; done
export WORK=$work PATH=$checkout/bin:$PATH
run() { code=0 && "$checkout/scripts/$1" "${@:2}" >"$work/lines" 2>&1 </dev/null || code=$?; }

# Settings that the shell has from another fleet: each alone would win over those of the script.
readonly stale=(DATABASE_URL=stale DATABASE_URL_FILE=stale DB_TYPE=stale DB_HOST_FILE=stale DB_PASS=stale DB_TLS=stale CACHE_PASS=stale
  CACHE_HOST_FILE=stale CREDENTIALS_DIR_FILE=stale ACCESS_MANIFEST=stale MAIL_OUTBOX=stale)
for script in 'demo.sh sqlite' 'demo.sh postgresql' 'demo.sh valkey' contract.sh console-test.sh alerts.sh bench.sh stress.sh; do
  rm -f "$work/seen"
  read -ra words <<<"$script"
  (
    export "${stale[@]}" LOG_LEVEL=debug
    run "${words[@]}"
    grep -q 'no effect here:.* DATABASE_URL' "$work/lines" || not "$script: no line names the settings: $(cat "$work/lines")"
    exit "$failed"
  ) || failed=1
  [[ -e $work/seen ]] || not "$script: the tool did not run: $(cat "$work/lines")"
  ! grep -q stale "$work/seen" || not "$script: the tool had $(grep stale "$work/seen" | paste -sd ' ')"
  [[ $script != demo* ]] || grep -q LOG_LEVEL=debug "$work/seen" || not "$script: LOG_LEVEL was lost"
  # shellcheck disable=SC2016 # it is no code
  [[ $script == *sqlite || $script == contract* ]] || grep -qF 'DB_PASS_FILE=/a $(touch "$WORK/escaped") file' "$work/seen" ||
    not "$script: another password file: $(cat "$work/seen" "$work/lines")"
done
[[ ! -e $work/escaped ]] || not 'a value of an env file was executed'
[[ -z $(find "$checkout/.bulkhead" -path '*-[0-9]*') ]] || not "left: $(find "$checkout/.bulkhead" -path '*-[0-9]*')"

# A fleet that does not become ready, or ends.
export READY_SECONDS=5
for script in contract.sh console-test.sh alerts.sh; do
  echo 'echo "a line of the log"; exec sleep 60' >"$work/up"
  run "$script"
  [[ $code == 1 && $(<"$work/lines") == *'was not ready after 5 s'*'a line of the log'* ]] ||
    not "$script: not ready: exit code $code: $(cat "$work/lines")"
  echo 'echo "a line of the log"; exit 3' >"$work/up"
  run "$script"
  [[ $code == 1 && $(<"$work/lines") == *'ended before it was ready'*'a line of the log'* ]] ||
    not "$script: ended: exit code $code: $(cat "$work/lines")"
done
rm "$work/up"

# A server that is not stopped keeps its folder, for the next run too, which then stops it.
touch "$work/stuck"
for _ in 1 2; do
  run demo.sh postgresql
  grep -q 'stays, because these were not stopped: database redis' "$work/lines" || not "no line on the server: $(cat "$work/lines")"
done
left=("$checkout"/.bulkhead/demo-servers-*/database/env)
((${#left[@]} == 2)) || not "of two runs are left: ${left[*]}"
rm "$work/stuck"
run demo.sh postgresql
[[ -z $(find "$checkout/.bulkhead" -name 'demo-servers-*') ]] || not 'the servers of ended runs were not stopped'

# Real ones.
servers=$here/../../scripts/servers.sh
for kind in postgresql redis; do
  [[ $kind == postgresql ]] || command -v redis-server >/dev/null || continue
  "$servers" start "$kind" "$work/a folder/$kind" 2>"$work/lines" || not "$kind: $(cat "$work/lines")"
  process=$(sed -n 's/^SERVER_PID=//p' "$work/a folder/$kind/env")
  "$servers" stop "$work/a folder/$kind" 2>"$work/lines" || not "$kind: $(cat "$work/lines")"
  [[ -z $process || ! -d /proc/$process ]] || { not "$kind still runs: $process" && kill -KILL "$process"; }
done
for name in "it's" 'a"b' 'a\b' 'a#b'; do
  "$servers" start redis "$work/refused/$name" 2>"$work/lines" && not "$name: no folder for a server"
  grep -q 'no server can run in' "$work/lines" || not "$name: $(cat "$work/lines")"
done
[[ ! -e $work/refused ]] || not 'a refused folder was made'
exit "$failed"
