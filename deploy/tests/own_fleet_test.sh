#!/usr/bin/env bash
# The scripts that run a fleet of their own, beside stubs of its programs and its servers: what they leave.
# Then real servers, in a folder whose name has a space. Exit codes: 0 each case holds, 1 one does not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
readonly here work checkout="$work/a checkout"
chmod 755 "$work" # the servers run as another user
trap 'rm -rf "$work"' EXIT
failed=0
not() { echo "own_fleet_test: $*" && failed=1; }

mkdir -p "$checkout"/bin
cp -r "$here/../../scripts" "$checkout"
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
export WORK=$work PATH=$checkout/bin:$PATH
run() { code=0 && "$checkout/scripts/$1" "${@:2}" >"$work/lines" 2>&1 </dev/null || code=$?; }

run demo.sh postgresql
# shellcheck disable=SC2016 # it is no code
grep -qF 'DB_PASS_FILE=/a $(touch "$WORK/escaped") file' "$work/seen" || not "another password file: $(cat "$work/seen" "$work/lines")"
[[ ! -e $work/escaped ]] || not 'a value of an env file was executed'
[[ -z $(find "$checkout/.bulkhead" -path '*-[0-9]*') ]] || not "left: $(find "$checkout/.bulkhead" -path '*-[0-9]*')"

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
