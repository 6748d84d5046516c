#!/usr/bin/env bash
# Implements the parts of the official image's entry point that this project uses: POSTGRES_PASSWORD, POSTGRES_USER,
# POSTGRES_DB and POSTGRES_INITDB_ARGS, each also as NAME_FILE. On the first start it runs the scripts in
# /docker-entrypoint-initdb.d, while the server listens only on its Unix socket.
set -euo pipefail

from_file() {
  local name=$1 file=${1}_FILE
  if [[ -n ${!file:-} ]]; then
    export "$name=$(<"${!file}")"
    unset "$file"
  fi
}

# Arguments alone are the server's, as for the official image.
if [[ ${1:-} == -* ]]; then set -- postgres "$@"; fi

if [[ ${1:-} != postgres ]]; then exec "$@"; fi

if [[ $(id -u) -eq 0 ]]; then
  install -d -m 0700 "$PGDATA"
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "${BASH_SOURCE[0]}" "$@"
fi

if [[ ! -s $PGDATA/PG_VERSION ]]; then
  for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS; do from_file "$name"; done
  : "${POSTGRES_PASSWORD:?the superuser needs a password: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE}"
  user=${POSTGRES_USER:-postgres}
  read -r -a arguments <<<"${POSTGRES_INITDB_ARGS:-}"
  initdb --pgdata="$PGDATA" --username="$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${arguments[@]}"
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  printf "\nlisten_addresses = '*'\n" >>"$PGDATA/postgresql.conf"
  export PGPASSWORD=$POSTGRES_PASSWORD
  pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" --wait start
  sql=(psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --username "$user")
  if [[ ${POSTGRES_DB:-$user} != postgres ]]; then
    "${sql[@]}" --dbname postgres --set db="${POSTGRES_DB:-$user}" <<<'create database :"db";'
  fi
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
    *.sh) bash "$script" ;;
    *.sql) "${sql[@]}" --dbname "${POSTGRES_DB:-$user}" --file "$script" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast --wait stop
  unset PGPASSWORD
fi
unset POSTGRES_PASSWORD
exec "$@"
