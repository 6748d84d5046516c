#!/usr/bin/env bash
# Writes a copy of the database into $COPIES, and keeps the $KEEP newest ones. An interrupted run leaves no copy that looks whole.
# Settings: DB_HOST, DB_NAME, DB_USER, DB_PASS_FILE, DB_CA_FILE, DB_PORT; COPIES, KEEP.
set -euo pipefail
umask 077

PGPASSWORD=$(<"$DB_PASS_FILE")
export PGPASSWORD PGHOST=$DB_HOST PGPORT=${DB_PORT:-5432} PGUSER=$DB_USER PGDATABASE=$DB_NAME
export PGSSLMODE=${DB_TLS:-verify-full} PGSSLROOTCERT=${DB_CA_FILE:-}
name=$(date --utc +%Y-%m-%dT%H%M%SZ).dump
draft=$COPIES/.$name
rm -f "$COPIES"/.*.dump
# Without the database's own rights: `access apply` sets them from the manifest, as after every migration.
pg_dump --format=custom --no-owner --no-privileges --file="$draft"
sync "$draft"
mv "$draft" "$COPIES/$name"
echo "backup: wrote $name ($(stat -c %s "$COPIES/$name") bytes)"
find "$COPIES" -maxdepth 1 -name '*.dump' ! -name '.*' | sort --reverse | tail -n "+$((KEEP + 1))" | xargs --no-run-if-empty rm -v
