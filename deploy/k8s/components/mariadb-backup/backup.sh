#!/usr/bin/env bash
# Writes a copy of the database into $COPIES, and keeps the $KEEP newest ones. An interrupted run leaves no copy that looks whole.
# Settings: DB_HOST, DB_NAME, DB_USER, DB_PASS_FILE, DB_CA_FILE, DB_PORT, DB_TLS; COPIES, KEEP.
set -euo pipefail
umask 077

MYSQL_PWD=$(<"$DB_PASS_FILE")
export MYSQL_PWD
tls=(--ssl-ca="${DB_CA_FILE:-}" --ssl-verify-server-cert)
[[ ${DB_TLS:-verify-full} != disable ]] || tls=(--skip-ssl)
name=$(date --utc +%Y-%m-%dT%H%M%SZ).sql.gz
draft=$COPIES/.$name
rm -f "$COPIES"/.*.sql.gz
# One transaction sees one state of all tables, and no writer waits. The accounts are not in it: `access apply` makes them from
# the manifest, as after every migration.
mariadb-dump --no-defaults --host="$DB_HOST" --port="${DB_PORT:-3306}" --user="$DB_USER" "${tls[@]}" --single-transaction --quick \
  --default-character-set=utf8mb4 --hex-blob --skip-tz-utc --databases "$DB_NAME" | gzip >"$draft"
sync "$draft"
mv "$draft" "$COPIES/$name"
echo "backup: wrote $name ($(stat -c %s "$COPIES/$name") bytes)"
find "$COPIES" -maxdepth 1 -name '*.sql.gz' ! -name '.*' | sort --reverse | tail -n "+$((KEEP + 1))" | xargs --no-run-if-empty rm -v
