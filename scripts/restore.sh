#!/usr/bin/env bash
# Restores a copy that the component backup or mariadb-backup wrote into a new database, and then brings schema and rights to this
# checkout's release.
#
#   restore.sh COPY       a file .dump (PostgreSQL) or .sql.gz (MariaDB); prints what is next
#   restore.sh COPY ENV   the same, and runs scripts/migrate.sh ENV, which migrates, sets the rights and verifies them
#
# The database exists (`bulkhead bootstrap`) and has no table: where it has one, nothing is restored. On PostgreSQL the account is
# migrate-admin, which then owns the tables, and all is restored in one transaction. Rules of rows name accounts, and a new server has
# none: the script creates those as roles that cannot log in, and `access apply` gives them their logins. On MariaDB the account is
# the superuser, because views have a definer of their own.
# Settings: DB_HOST, DB_NAME, DB_USER, DB_PASS_FILE, DB_CA_FILE; DB_PORT, DB_TLS (default verify-full); those of scripts/migrate.sh.
# Exit codes: 0 done, 1 error, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

# `needs PACKAGE PROGRAM ...`
needs() {
  local name
  for name in "${@:2}"; do command -v "$name" >/dev/null || fail "$name is not installed: the package $1 has it"; done
}

refuse_tables() { [[ -z $1 ]] || fail "the database $DB_NAME has tables ($(paste -sd ' ' <<<"$1")): restore into a new one"; }

restore_postgresql() {
  local tables policies role
  needs postgresql-client psql pg_restore
  PGPASSWORD=$(<"$DB_PASS_FILE")
  export PGPASSWORD PGHOST=$DB_HOST PGPORT=${DB_PORT:-5432} PGUSER=$DB_USER PGDATABASE=$DB_NAME
  export PGSSLMODE=${DB_TLS:-verify-full} PGSSLROOTCERT=${DB_CA_FILE:-}
  local -r query=(psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1)
  # Not the rows, which may be larger than this machine's memory.
  policies=$(pg_restore --schema-only --file=- "$copy" | { grep -E '^CREATE POLICY ' || (($? == 1)); }) ||
    fail "pg_restore cannot read $copy"
  tables=$("${query[@]}" --command="SELECT tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema$)'") ||
    fail "cannot query $DB_NAME on $DB_HOST as $DB_USER"
  refuse_tables "$tables"
  while read -r role; do
    if [[ -z $role || $role == PUBLIC ]]; then continue; fi
    # An identifier, with its quotes where it needs some. The text becomes a part of statements.
    [[ $role =~ ^([a-z_][a-z0-9_]*|\"[A-Za-z0-9_. -]+\")$ ]] || fail "$copy has a rule of rows for '$role', which is no name of an account"
    "${query[@]}" >/dev/null <<SQL || fail "cannot create the role $role on $DB_HOST"
SELECT 'CREATE ROLE $role NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE quote_ident(rolname) = '$role') \gexec
SQL
  done < <(sed -E 's/.* TO ([^;]*).*/\1/; s/ (USING|WITH) .*//; s/, /\n/g' <<<"$policies" | sort -u)
  pg_restore --dbname="$DB_NAME" --no-owner --no-privileges --single-transaction "$copy" ||
    fail "$copy was not restored: $DB_NAME is empty as before"
}

restore_mariadb() {
  local tables
  local -a tls=(--ssl-ca="${DB_CA_FILE:-}" --ssl-verify-server-cert)
  needs mariadb-client mariadb
  MYSQL_PWD=$(<"$DB_PASS_FILE")
  export MYSQL_PWD
  [[ ${DB_TLS:-verify-full} != disable ]] || tls=(--skip-ssl)
  local -r client=(mariadb --no-defaults --host="$DB_HOST" --port="${DB_PORT:-3306}" --user="$DB_USER" "${tls[@]}")
  # A copy that ended early has no last line.
  [[ $(gzip --decompress --stdout "$copy" | tail -n 1) == '-- Dump completed'* ]] || fail "$copy is not whole"
  # It names its database, and would drop the tables there.
  [[ $(gzip --decompress --stdout "$copy" | sed -n 's/^USE .\(.*\).;$/\1/p' | sort -u) == "$DB_NAME" ]] ||
    fail "$copy is not of the database $DB_NAME"
  tables=$("${client[@]}" --batch --skip-column-names \
    --execute="SELECT table_name FROM information_schema.tables WHERE table_schema = '$DB_NAME'") ||
    fail "cannot query $DB_HOST as $DB_USER"
  refuse_tables "$tables"
  gzip --decompress --stdout "$copy" | "${client[@]}" || fail "$copy was restored in part: drop the database $DB_NAME, and begin anew"
}

[[ $# -eq 1 || $# -eq 2 ]] || usage
readonly copy=$1
[[ -s $copy ]] || fail "there is no copy $copy"
[[ $# -eq 1 || $2 == local ]] || overlay_of "$2" >/dev/null
for name in DB_HOST DB_NAME DB_USER DB_PASS_FILE; do [[ -n ${!name:-} ]] || fail "$name is not set"; done
[[ $DB_NAME =~ ^[A-Za-z0-9_-]+$ ]] || fail "DB_NAME '$DB_NAME' has other characters than a-z, 0-9, _ and -"
case $copy in
*.dump) restore_postgresql ;;
*.sql.gz) restore_mariadb ;;
*) fail "$copy is neither a .dump of PostgreSQL nor a .sql.gz of MariaDB" ;;
esac
say "$copy is restored into $DB_NAME; it does not know which sessions ended after it: replace the signing key (docs/deploy.md)"
[[ $# -eq 1 ]] || exec "$checkout/scripts/migrate.sh" "$2"
say "as migrate-admin, next: bulkhead migrate up, access apply and access verify (or scripts/migrate.sh ENV)"
