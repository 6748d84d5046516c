#!/usr/bin/env bash
# `make clean` keeps what a server or a user still needs: a database outlives the checkout's builds, and so do its passwords and the
# keys of its data. Exit codes: 0 it does, 1 it does not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$here/../../Makefile" "$folder"
cd "$folder"
kept=(credentials/connector-rw fleet.env keys/token.pem keys/webhook-key outbox.jsonl roll-out/bulkhead/connector)
removed=(release/v1/tool logs/connector.log test-servers/env demo-servers/env contract-1/app_db.db stress/report)
for name in "${kept[@]}" "${removed[@]}"; do
  mkdir -p ".bulkhead/${name%/*}" .build/debug
  [[ $name == */* ]] || rmdir ".bulkhead/$name"
  echo content >".bulkhead/$name"
done
make clean >/dev/null
left=$(find .bulkhead -type f -printf '%P\n' | sort)
[[ $left == "$(printf '%s\n' "${kept[@]}" | sort)" && ! -e .build ]] || {
  printf 'clean_test: this is left:\n%s\n' "$left" >&2
  exit 1
}
