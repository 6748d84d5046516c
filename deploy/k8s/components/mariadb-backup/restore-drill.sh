#!/usr/bin/env bash
# Restores the newest copy of $COPIES into a server of its own in $SCRATCH, and fails where that does not give what backup.sh wrote
# beside the copy: the version, the tables, and their rows. Services write between the counts and the copy, so a table has the rows
# if it has at least half of their number. The server listens on a socket alone.
# Settings: COPIES, SCRATCH, OLDEST_HOURS.
set -euo pipefail

say() { echo "restore-drill: $*"; }
fail() { say "error: $*" >&2 && exit 1; }

copy=$(find "$COPIES" -maxdepth 1 -name '*.sql.gz' ! -name '.*' | sort | tail -n 1)
[[ -n $copy ]] || fail "there is no copy in $COPIES"
[[ -n $(find "$copy" -mmin "-$((60 * OLDEST_HOURS))") ]] || fail "the newest copy, ${copy##*/}, is older than $OLDEST_HOURS hours"
# A dump that ended early has no last line.
[[ $(gzip --decompress --stdout "$copy" | tail -n 1) == '-- Dump completed'* ]] || fail "${copy##*/} is not whole"
contents=${copy%.sql.gz}.contents
[[ -s $contents ]] || fail "${contents##*/} is missing: an older backup.sh wrote this copy, and what it must have is unknown"
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
wanted=$(sed -n 's/^version //p' "$contents")
[[ -n $wanted && $version == "$wanted" ]] || fail "${copy##*/} restores to version '$version', and the database had '$wanted'"
lost=$(comm -3 <(sort <<<"$tables") <(awk '$1 == "table" { print $2 }' "$contents" | sort))
[[ -z $lost ]] || fail "${copy##*/} restores to other tables than the database had: $(tr -d '\t' <<<"$lost" | paste -sd ' ')"
rows=0
while read -r _ table had; do
  has=$(query --execute="SELECT count(*) FROM \`$table\`" "$database" </dev/null)
  ((2 * has >= had)) || fail "${copy##*/} restores $table with $has rows, and the database had $had"
  rows=$((rows + has))
done < <(grep '^table ' "$contents")
((rows > 0)) || fail "${copy##*/} restores to no row"
say "${copy##*/}: version $version, $(wc -l <<<"$tables") tables, $rows rows"
