#!/usr/bin/env bash
# Restores the newest copy of $COPIES into a server of its own in $SCRATCH, and fails where that does not give the fleet's
# schema with its rows. The server listens on a socket alone.
# Settings: COPIES, SCRATCH, OLDEST_HOURS.
set -euo pipefail

say() { echo "restore-drill: $*"; }
fail() { say "error: $*" >&2 && exit 1; }

copy=$(find "$COPIES" -maxdepth 1 -name '*.sql.gz' ! -name '.*' | sort | tail -n 1)
[[ -n $copy ]] || fail "there is no copy in $COPIES"
[[ -n $(find "$copy" -mmin "-$((60 * OLDEST_HOURS))") ]] || fail "the newest copy, ${copy##*/}, is older than $OLDEST_HOURS hours"
# A dump that ended early has no last line.
[[ $(gzip --decompress --stdout "$copy" | tail -n 1) == '-- Dump completed'* ]] || fail "${copy##*/} is not whole"
readonly data=$SCRATCH/data socket=$SCRATCH/socket
rm -rf "$data"
mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db >"$SCRATCH/log" 2>&1 ||
  { cat "$SCRATCH/log" >&2 && fail 'mariadb-install-db fails'; }
mariadbd --no-defaults --datadir="$data" --socket="$socket" --skip-networking --pid-file="$SCRATCH/pid" \
  --lower-case-table-names=0 >>"$SCRATCH/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null && wait "$server" || true; rm -rf "$data"' EXIT
query() { mariadb --no-defaults --socket="$socket" --user=root --batch --skip-column-names "$@"; }
until query --execute='SELECT 1' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { cat "$SCRATCH/log" >&2 && fail 'the server does not start'; }
  sleep 0.2
done
gzip --decompress --stdout "$copy" | query || fail "${copy##*/} cannot be restored"
readonly ours="table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') AND table_type = 'BASE TABLE'"
database=$(query --execute="SELECT table_schema FROM information_schema.tables WHERE $ours AND table_name = 'schema_migrations'")
[[ -n $database ]] || fail "${copy##*/} has no record of migrations"
version=$(query --execute="SELECT max(version) FROM schema_migrations" "$database")
tables=$(query --execute="SELECT table_name FROM information_schema.tables WHERE $ours")
rows=0
for table in $tables; do rows=$((rows + $(query --execute="SELECT count(*) FROM $table" "$database"))); done
[[ $version -ge 1 && $(wc -l <<<"$tables") -ge 2 ]] || fail "${copy##*/} restores to version '$version' with the tables $tables"
say "${copy##*/}: version $version, $(wc -l <<<"$tables") tables, $rows rows"
