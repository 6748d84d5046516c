#!/usr/bin/env bash
# Runs the whole fleet on this machine: `demo.sh sqlite|postgresql|mariadb|galera|mysql|valkey [arguments of bulkhead up]`.
#
# SQLite and the memory cache need only the programs. With `postgresql`, the script starts a PostgreSQL 16 and a Redis on
# free loopback ports, and removes them at the end; with `mariadb` or `mysql`, that server in place of PostgreSQL, with
# `galera` three MariaDB servers as one cluster, and with `valkey`, a Valkey in place of Redis. The exit code is that of
# `bulkhead up`. Of the settings that the shell has, only FIRST_PORT, HTTP_* and LOG_* have an effect.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
cd "$checkout"
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh

readonly kept_settings=(FIRST_PORT 'HTTP_*' 'LOG_*')

say() { printf 'demo: %s\n' "$*" >&2; }

engine=${1:-sqlite}
shift || true
bulkhead=$(swift build --configuration "${CONFIGURATION:-debug}" --show-bin-path)/bulkhead
readonly bulkhead

case $engine in
sqlite)
  forget_settings "${kept_settings[@]}"
  # exec: Ctrl-C reaches only the tool, and the script returns the tool's exit code.
  exec "$bulkhead" up "$@"
  ;;
postgresql | mariadb | galera | mysql | valkey)
  if [[ $engine == @(mariadb|galera|mysql) ]]; then export DATABASE_SERVER=$engine; fi
  if [[ $engine == valkey ]]; then export CACHE_SERVER=$engine; fi
  start_real_servers "$checkout/.bulkhead/demo-servers"
  # It is no setting of the fleet, of which the tool would warn.
  unset CACHE_SERVER
  say "creating the database and the administrators of database and cache"
  bootstrap_fleet "$bulkhead" "${kept_settings[@]}"
  code=0
  "$bulkhead" up "$@" || code=$?
  exit "$code"
  ;;
*)
  say "ENGINE is sqlite, postgresql, mariadb, galera, mysql or valkey, not $engine"
  exit 64
  ;;
esac
