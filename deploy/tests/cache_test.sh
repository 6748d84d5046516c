#!/usr/bin/env bash
# The composed cache keeps its accounts at a start in the middle of a rotation, takes the password in use alone, and begins anew with a
# password that its accounts do not know. Exit codes: 0 it does, 1 it does not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder"/{secrets,data,bin}
sed "s#/run/secrets#$folder/secrets#g; s#/data#$folder/data#g" "$here/../compose/run/cache.sh" >"$folder/cache.sh"
printf '#!/bin/sh\necho started\n' >"$folder/bin/valkey-server"
# shellcheck disable=SC2016 # The variable is the stub's own.
printf '#!/bin/sh\n[ "$REDISCLI_AUTH" = secret ] && echo PONG\n' >"$folder/bin/valkey-cli"
chmod +x "$folder"/bin/*
readonly accounts=$folder/data/valkey-server.acl

fail() { printf 'cache_test: %s\n' "$*" >&2 && exit 1; }
# Starts the cache with this text as the administrator's file: `start FORMAT`.
start() {
  # shellcheck disable=SC2059 # The format has line ends.
  printf "$1" >"$folder/secrets/cache-admin"
  PATH=$folder/bin:$PATH sh "$folder/cache.sh" cache-admin >/dev/null
}

start secret
[[ $(<"$accounts") == *"user cache-admin on #$(printf secret | sha256sum | cut -d ' ' -f 1) "* ]] || fail "$(<"$accounts")"
echo 'user connector-cache on' >>"$accounts"
for text in secret 'secret\n' 'secret\nnext 2026-01-01T00:00:00Z other\n'; do
  start "$text"
  grep -q connector-cache "$accounts" || fail "the accounts are gone with '$text'"
  PATH=$folder/bin:$PATH sh "$folder/cache.sh" cache-admin ping || fail "no answer with '$text'"
done
start other
! grep -q connector-cache "$accounts" || fail "another password found the accounts"
if start '' 2>/dev/null; then fail "it started without a password"; fi
