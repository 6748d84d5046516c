#!/usr/bin/env bash
# Restores the newest copy of $COPIES into a server of its own in $SCRATCH, and fails where that does not give the fleet's
# schema with its rows. The server listens on a socket alone.
# Settings: COPIES, SCRATCH, OLDEST_HOURS.
set -euo pipefail

say() { echo "restore-drill: $*"; }
fail() { say "error: $*" >&2 && exit 1; }

copy=$(find "$COPIES" -maxdepth 1 -name '*.dump' ! -name '.*' | sort | tail -n 1)
[[ -n $copy ]] || fail "there is no copy in $COPIES"
[[ -n $(find "$copy" -mmin "-$((60 * OLDEST_HOURS))") ]] || fail "the newest copy, ${copy##*/}, is older than $OLDEST_HOURS hours"
export PGHOST=$SCRATCH PGUSER=drill PGDATABASE=drill
rm -rf "$SCRATCH/data"
initdb --pgdata="$SCRATCH/data" --username=drill --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
trap 'pg_ctl --pgdata="$SCRATCH/data" --mode=immediate stop >/dev/null || true; rm -rf "$SCRATCH/data"' EXIT
pg_ctl --pgdata="$SCRATCH/data" --log="$SCRATCH/log" --wait --options="-c listen_addresses= -c unix_socket_directories=$SCRATCH" \
  start >/dev/null || { cat "$SCRATCH/log" >&2 && fail 'the server does not start'; }
createdb drill
# Rules of rows name the accounts. The drill's server has them as roles that cannot sign in.
pg_restore --schema-only --file=- "$copy" | grep -oE '^CREATE POLICY .* TO [^;]*' | sed -E 's/.* TO ([^;]*).*/\1/; s/ (USING|WITH) .*//; s/, /\n/g' |
  sort -u | while read -r role; do [[ $role == PUBLIC ]] || psql --quiet --command="CREATE ROLE $role"; done
pg_restore --dbname=drill --no-owner --no-privileges --exit-on-error "$copy"
version=$(psql --no-align --tuples-only --command='SELECT max(version) FROM schema_migrations')
tables=$(psql --no-align --tuples-only --command="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
[[ $version -ge 1 && $tables -ge 2 ]] || fail "${copy##*/} restores to version '$version' with $tables tables"
psql --quiet --command='ANALYZE'
rows=$(psql --no-align --tuples-only --command="SELECT sum(greatest(reltuples, 0))::bigint FROM pg_class c JOIN pg_namespace n ON \
n.oid = c.relnamespace WHERE nspname = 'public' AND relkind = 'r'")
say "${copy##*/}: version $version, $tables tables, $rows rows"
