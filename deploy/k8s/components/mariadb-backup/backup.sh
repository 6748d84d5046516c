#!/usr/bin/env bash
# Writes a copy of the database into $COPIES, and keeps the $KEEP newest ones. An interrupted run leaves no copy that looks whole.
# Beside a copy, NAME.contents has what the database had: `version NUMBER`, and `table NAME ROWS` for each table, with the lower one
# of the numbers before and after the copy: services write meanwhile. The restore drill compares it with what it restores.
# Settings: DB_HOST, DB_NAME, DB_USER, DB_PASS_FILE, DB_CA_FILE, DB_PORT, DB_TLS; COPIES, KEEP.
set -euo pipefail
umask 077

MYSQL_PWD=$(<"$DB_PASS_FILE")
export MYSQL_PWD
tls=(--ssl-ca="${DB_CA_FILE:-}" --ssl-verify-server-cert)
[[ ${DB_TLS:-verify-full} != disable ]] || tls=(--skip-ssl)
name=$(date --utc +%Y-%m-%dT%H%M%SZ).sql.gz
draft=$COPIES/.$name
contents=${name%.sql.gz}.contents
rm -f "$COPIES"/.*.sql.gz "$COPIES"/.*.contents
query() {
  mariadb --no-defaults --host="$DB_HOST" --port="${DB_PORT:-3306}" --user="$DB_USER" "${tls[@]}" --batch --skip-column-names \
    --execute="$1" "$DB_NAME"
}
version=$(query 'SELECT max(version) FROM schema_migrations')
tables=$(query 'SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_type = "BASE TABLE"')
count_rows() {
  local table rows
  for table in $tables; do
    rows=$(query "SELECT count(*) FROM \`$table\`") || return
    printf '%s %s\n' "$table" "$rows"
  done
}
before=$(count_rows)
# One transaction sees one state of all tables, and no writer waits. The accounts are not in it: `access apply` makes them from
# the manifest, as after every migration.
mariadb-dump --no-defaults --host="$DB_HOST" --port="${DB_PORT:-3306}" --user="$DB_USER" "${tls[@]}" --single-transaction --quick \
  --default-character-set=utf8mb4 --hex-blob --skip-tz-utc --databases "$DB_NAME" | gzip >"$draft"
after=$(count_rows)
{
  printf 'version %s\n' "$version"
  printf '%s\n' "$before" "$after" |
    awk '!($1 in least) || $2 < least[$1] { least[$1] = $2 } END { for (table in least) print "table", table, least[table] }'
} >"$COPIES/.$contents"
sync "$draft" "$COPIES/.$contents"
mv "$COPIES/.$contents" "$COPIES/$contents"
mv "$draft" "$COPIES/$name"
echo "backup: wrote $name ($(stat -c %s "$COPIES/$name") bytes)"
find "$COPIES" -maxdepth 1 -name '*.sql.gz' ! -name '.*' | sort --reverse | tail -n "+$((KEEP + 1))" |
  while read -r old; do rm -fv "$old" "${old%.sql.gz}.contents"; done
