#!/usr/bin/env bash
# A copy that backup.sh of the component backup or mariadb-backup wrote, restored into a new server with the lines of docs/deploy.md:
# the rows are there, and schema and rights match the manifest. It needs the debug build; MariaDB only where it is installed.
# Exit codes: 0 each case holds, 1 one does not.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
readonly checkout work
chmod 755 "$work" # the servers run as another user
end() {
  local server
  for server in "$work"/*/*/env; do "$checkout/scripts/servers.sh" stop "${server%/env}" 2>/dev/null || true; done
  rm -rf "$work"
}
trap end EXIT
PATH=$PATH:$checkout/.build/debug
cd "$checkout"
# shellcheck source=scripts/settings.sh
source scripts/settings.sh
forget_settings "$@"

fail() {
  printf 'restore_test: %s\n' "$*" >&2
  exit 1
}

# Points the environment at a server of this engine, which it starts: `use ENGINE NAME`.
use() {
  scripts/servers.sh start "$1" "$work/$1/$2" 2>"$work/log" || fail "$(cat "$work/log")"
  read_server "$work/$1/$2/env"
  if [[ $1 == postgresql ]]; then
    DB_HOST=$POSTGRES_HOST DB_PORT=$POSTGRES_PORT superuser=$POSTGRES_SUPERUSER superuser_file=$POSTGRES_PASSWORD_FILE
    PATH=$SERVER_PROGRAMS:$PATH
  else
    DB_HOST=$MARIADB_HOST DB_PORT=$MARIADB_PORT superuser=$MARIADB_SUPERUSER superuser_file=$MARIADB_PASSWORD_FILE
    # The account of other tests may create accounts, which `access apply` would report.
    DB_NAME='' rows "$1" "DROP USER '$MARIADB_TEST_OWNER'@'127.0.0.1'"
  fi
  export DB_HOST DB_PORT
}

# The rows of each table, as the superuser sees them.
rows() {
  local query="SELECT count(*), sum(version) FROM schema_migrations UNION ALL SELECT count(*), max(length(email)) FROM users"
  if [[ $1 == postgresql ]]; then
    PGPASSWORD=$(<"$superuser_file") psql --no-psqlrc --host="$DB_HOST" --port="$DB_PORT" --username="$superuser" --no-align \
      --tuples-only --command="${2:-$query}" "$DB_NAME"
  else
    MYSQL_PWD=$(<"$superuser_file") mariadb --no-defaults --host="$DB_HOST" --port="$DB_PORT" --user="$superuser" --skip-ssl \
      --batch --skip-column-names --execute="${2:-$query}" "$DB_NAME"
  fi
}

# The lines of the page, with what a reader puts into them: `page COPY`. The shell's words are the page's.
page() {
  awk '/^\*\*To restore for good/ { on = 1 } on && /^```/ { fence++; next } fence == 1 { print } fence == 2 { exit }' docs/deploy.md |
    sed -E "s/ *#.*//; s/ (DB_HOST|DB_CA_FILE)=\.\.\.//; s/DB_TLS=[a-z-]+/DB_TLS=disable/; s/DB_TYPE=[a-z]+/DB_TYPE=$DB_TYPE/
      s#\bcredentials\b#$CREDENTIALS_DIR#g; s#\bSUPERUSER_FILE\b#$superuser_file#g; s#\bSUPERUSER\b#$superuser#g; s#COPY#$1#"
}

# Bytes of rows in the database, and the most that the script may read of a copy beside restoring it.
readonly row_bytes=8000000 most_read=1000000

# A pg_restore that counts the bytes that it prints.
count_what_is_read() {
  local program
  program=$(command -v pg_restore)
  mkdir -p "$work/bin"
  printf '%s\n' '#!/usr/bin/env bash' 'set -o pipefail' "'$program' \"\$@\" | tee -a '$work/read'" >"$work/bin/pg_restore"
  chmod +x "$work/bin/pg_restore"
  PATH=$work/bin:$PATH
}

restores() {
  local engine=$1 copy before lines
  local -x DB_TYPE=${2:-$1} DB_NAME=app_db DB_TLS=disable CACHE_TYPE=memory CREDENTIALS_DIR=$work/$1/credentials
  local -x COPIES=$work/$1/copies KEEP=7
  mkdir -p "$COPIES"
  use "$engine" old
  {
    DB_USER=$superuser DB_PASS_FILE=$superuser_file bulkhead bootstrap
    DB_USER=migrate-admin DB_PASS_FILE=$CREDENTIALS_DIR/migrate-admin bulkhead migrate up
    bulkhead access credentials
    DB_USER=migrate-admin DB_PASS_FILE=$CREDENTIALS_DIR/migrate-admin bulkhead access apply
  } >"$work/log" 2>&1 || fail "$engine cannot be prepared: $(cat "$work/log")"
  rows "$engine" "INSERT INTO users (email, password, fs_uniquifier) VALUES ('a@example.org', 'none', 'one')" >/dev/null
  if [[ $engine == postgresql ]]; then
    # Text that does not compress.
    rows "$engine" "INSERT INTO events (type, source, subject, payload) SELECT 'a', 'backend-api', n, \
      (SELECT string_agg(md5(n || '.' || i), '') FROM generate_series(1, 250) i) FROM generate_series(1, $row_bytes / 8000) n" >/dev/null
  fi
  before=$(rows "$engine")
  DB_USER=$superuser DB_PASS_FILE=$superuser_file "deploy/k8s/components/${3:-backup}/backup.sh" >"$work/log"
  copy=$(find "$COPIES" -type f ! -name '*.contents')
  use "$engine" new
  if [[ $engine == postgresql ]]; then count_what_is_read; fi
  lines=$(page "$copy")
  # On MariaDB a view has a definer of its own.
  [[ $engine == postgresql ]] || lines=${lines/scripts\/restore.sh/DB_USER=$superuser DB_PASS_FILE=$superuser_file scripts\/restore.sh}
  bash -euo pipefail -c "$lines" >"$work/log" 2>&1 || fail "$engine: the lines of the page fail: $(cat "$work/log")"
  grep -q 'matches the manifest' "$work/log" || fail "$engine: access verify did not run: $(cat "$work/log")"
  [[ $engine != postgresql || $(stat --format=%s "$work/read") -lt $most_read ]] ||
    fail "$engine: the script reads $(stat --format=%s "$work/read") bytes of a copy with $row_bytes bytes of rows"
  [[ $(rows "$engine") == "$before" ]] || fail "$engine: the new server has $(rows "$engine"), and the old one had $before"
  DB_USER=$superuser DB_PASS_FILE=$superuser_file scripts/restore.sh "$copy" >"$work/log" 2>&1 &&
    fail "$engine: a copy was restored over tables"
  grep -q 'has tables' "$work/log" || fail "$engine: the refusal names no table: $(cat "$work/log")"
}

restores postgresql
if command -v mariadbd >/dev/null && command -v mariadb-dump >/dev/null; then
  restores mariadb mysql mariadb-backup
else
  printf 'restore_test: mariadbd or mariadb-dump is not installed: MariaDB was not tried\n' >&2
fi
