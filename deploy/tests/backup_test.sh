#!/usr/bin/env bash
# The copy of a MariaDB and the drill that restores it, beside programs that answer from files in a temporary folder: what the drill
# finds missing. The drill of a PostgreSQL reads no row into its own pipes. Exit codes: 0 each case holds, 1 one does not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
readonly here work scripts=$here/../k8s/components/mariadb-backup
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/copies" "$work/scratch"
export PATH=$work/bin:$PATH WORK=$work COPIES=$work/copies SCRATCH=$work/scratch OLDEST_HOURS=30 KEEP=2 \
  DB_HOST=mariadb DB_NAME=app_db DB_USER=root DB_PASS_FILE=$work/password
echo secret >"$work/password"
program() { cat >"$work/bin/$1" && chmod +x "$work/bin/$1"; }
# The file `database` has what both servers have: lines like those of a copy's contents, with ? for rows that cannot be counted.
program mariadb <<'PROGRAM'
#!/bin/sh
case "$*" in
*'max(version)'*) sed -n 's/^version //p' "$WORK/database" ;;
*'SELECT table_schema'*) echo app_db ;;
*'SELECT table_name'*) awk '$1 == "table" { print $2 }' "$WORK/database" ;;
*'count(*) FROM `'*) table=$(echo "$*" | sed 's/.*FROM `\([^`]*\)`.*/\1/') && awk -v t="$table" '$2 == t { if ($3 == "?") exit 1; print $3 }' "$WORK/database" || { echo "no $table" >&2 && exit 1; } ;;
*'SELECT 1'*) ;;
*) cat >/dev/null ;;
esac
PROGRAM
# Where there is a file `later`, services write meanwhile.
program mariadb-dump <<'PROGRAM'
#!/bin/sh
[ ! -f "$WORK/later" ] || mv "$WORK/later" "$WORK/database"
echo "-- Dump completed on 2026-01-01"
PROGRAM
program mariadb-install-db <<<$'#!/bin/sh\n'
program mariadbd <<<$'#!/bin/sh\nexec sleep 60'

# The text of a copy has the rows, unless they are left out.
program pg_restore <<'PROGRAM'
#!/bin/sh
case "$*" in
*--dbname=*) ;;
*--schema-only*) echo 'CREATE POLICY a ON public.b TO c USING (true);' ;;
*) echo "$*" >"$WORK/rows" ;;
esac
PROGRAM
program psql <<'PROGRAM'
#!/bin/sh
case "$*" in *'CREATE ROLE'*) echo "$*" >"$WORK/role" ;; *) echo 41 ;; esac
PROGRAM
for name in initdb pg_ctl createdb; do program "$name" <<<$'#!/bin/sh\n'; done

failed=0
# `drill WORDS`: the drill fails with these words; without any it passes.
drill() {
  local said code=0
  said=$("$scripts/restore-drill.sh" 2>&1) || code=$?
  [[ -z $* ]] && { ((code == 0)) || { echo "backup_test: $said" && failed=1; }; } ||
    { ((code == 1)) && [[ $said == *"$*"* ]]; } || { echo "backup_test: not '$*' but: $said" && failed=1; }
}
database() { printf '%s\n' 'version 41' 'table schema_migrations 41' "${@:-table users 10}" >"$work/database"; }

for of in backup mariadb-backup; do
  copy=$COPIES/2020-01-01T000000Z.$([[ $of == backup ]] && echo dump || echo sql.gz)
  for words in 'there is no copy' 'is older than 30 hours'; do
    said=$("$scripts/../$of/restore-drill.sh" 2>&1) && said="nothing: $said"
    [[ $said == *"$words"* ]] || { echo "backup_test: $of: not '$words' but: $said" && failed=1; }
    touch --date=2020-01-01 "$copy"
  done
  if [[ $of == backup ]]; then
    touch "$copy"
    said=$("$scripts/../backup/restore-drill.sh" 2>&1) || { echo "backup_test: $said" && failed=1; }
    [[ ! -e $work/rows ]] || { echo "backup_test: the drill reads all rows for the accounts: $(<"$work/rows")" && failed=1; }
    [[ $(<"$work/role") == *'CREATE ROLE c' ]] || { echo "backup_test: not the role c but: $(<"$work/role")" && failed=1; }
  fi
  rm "$copy"
done

database
"$scripts/backup.sh" >/dev/null
drill
database 'table users 6'
drill
database 'table users 0'
drill 'restores users with 0 rows, and the database had 10'
database 'table other 10'
drill 'other tables than the database had'
database
sed -i 's/^version 41/version 40/' "$work/database"
drill "restores to version '40', and the database had '41'"
database
rm "$COPIES"/*.contents
drill 'contents is missing'
# The lower number counts, whichever it is.
database 'table users 0' 'table events 10'
mv "$work/database" "$work/later"
database 'table users 10' 'table events 0'
"$scripts/backup.sh" >/dev/null
database 'table users 0' 'table events 0'
drill
# A table that cannot be counted is not one without rows, neither before the copy nor after it nor in what it restores to.
database 'table users ?' 'table events 0'
drill 'no users'
rm "$COPIES"/*
for later in '?' 10; do
  database "table users $later"
  mv "$work/database" "$work/later"
  database "table users $([[ $later == '?' ]] && echo 10 || echo '?')"
  said=$("$scripts/backup.sh" 2>&1) && said="nothing: $said"
  [[ $said == *'no users'* && -z $(ls "$COPIES") ]] || { echo "backup_test: not 'no users' but: $said; $(ls "$COPIES")" && failed=1; }
  rm -f "$work/later"
done
database
touch "$COPIES"/2020-01-0{1,2,3}T000000Z.{sql.gz,contents}
"$scripts/backup.sh" >/dev/null
kept=$(find "$COPIES" -name '2020*' | wc -l)
((kept <= 2)) || { echo "backup_test: $kept files of old copies are left" && failed=1; }
exit "$failed"
