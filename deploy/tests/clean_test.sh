#!/usr/bin/env bash
# `make clean` keeps what a server, a run or a user still needs: a database outlives the checkout's builds, and so do its passwords and
# the keys of its data. It stops the servers of runs that were killed. Exit codes: 0 it does, 1 it does not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/scripts"
cp "$here/../../Makefile" "$folder"
cp "$here"/../../scripts/{clean,real-servers,settings}.sh "$folder/scripts"
cd "$folder"
cat >scripts/servers.sh <<'PROGRAM'
#!/bin/sh
echo "$*" >>stopped
case $2 in *stuck*) exit 1 ;; esac
PROGRAM
chmod +x scripts/servers.sh
touch stopped
# The number of a process that has ended.
true &
readonly ended=$!
wait "$ended"
kept=(credentials/connector-rw fleet.env keys/token.pem keys/webhook-key outbox.jsonl roll-out/bulkhead/connector "test-servers-$$/redis/env"
  "contract-$$/fleet" "compliance-$$.txt" alerts-servers/notes "stuck-servers-$ended/database/env")
removed=(release/v1/tool logs/connector.log "test-servers-$ended/redis/env" "demo-servers-$ended/database/env" "alerts-$ended/redis.log"
  "contract-$ended/app_db.db" "compliance-$ended.txt" "compliance-$ended.txt.log" stress/report)
for name in "${kept[@]}" "${removed[@]}"; do
  mkdir -p ".bulkhead/$(dirname "$name")" .build/debug
  echo content >".bulkhead/$name"
done
code=0
make clean >/dev/null 2>lines || code=$?
left=$(find .bulkhead -type f -printf '%P\n' | sort)
stopped=$(sort stopped | paste -sd ' ')
[[ $left == "$(printf '%s\n' "${kept[@]}" | sort)" && ! -e .build ]] || {
  printf 'clean_test: this is left:\n%s\n' "$left" >&2
  exit 1
}
[[ $code != 0 && $(<lines) == *"stuck-servers-$ended stays"* && $stopped == \
"stop .bulkhead/demo-servers-$ended/database stop .bulkhead/stuck-servers-$ended/database stop .bulkhead/test-servers-$ended/redis" ]] || {
  printf 'clean_test: exit code %s, stopped: %s\n' "$code" "$stopped" >&2
  cat lines >&2
  exit 1
}
rm -r ".bulkhead/stuck-servers-$ended"
make clean >/dev/null || { echo 'clean_test: it fails with nothing to stop' >&2 && exit 1; }
