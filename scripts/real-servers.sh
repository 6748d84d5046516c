# A PostgreSQL and a Redis of our own, for the scripts that source this file; both end with the script, whatever happens.
# shellcheck shell=bash

servers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/servers.sh
readonly servers

# Starts both under the given folder. Afterwards $POSTGRES_* and $REDIS_* say how to reach them (see servers.sh).
start_real_servers() {
  real_servers=$1
  # What an interrupted run left is of no use: its data is thrown away with its servers.
  stop_real_servers
  trap stop_real_servers EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir -p "$real_servers"
  "$servers" start postgresql "$real_servers/postgresql"
  "$servers" start redis "$real_servers/redis"
  # shellcheck source=/dev/null
  source "$real_servers/postgresql/env"
  # shellcheck source=/dev/null
  source "$real_servers/redis/env"
}

stop_real_servers() {
  local server
  for server in postgresql redis; do
    if [[ -f $real_servers/$server/env ]]; then "$servers" stop "$real_servers/$server" || true; fi
  done
  rm -rf "$real_servers"
}

# Creates the database and its administrator as the superuser, then points the environment at that administrator:
# from here on nothing runs as superuser any more.
bootstrap_fleet() {
  local tool=$1
  export CREDENTIALS_DIR=$real_servers/credentials
  export DB_TYPE=postgresql DB_HOST=$POSTGRES_HOST DB_PORT=$POSTGRES_PORT DB_NAME=app_db
  export CACHE_TYPE=redis CACHE_HOST=$REDIS_HOST CACHE_PORT=$REDIS_PORT
  export CACHE_USER=$REDIS_ADMIN CACHE_PASS_FILE=$REDIS_ADMIN_PASSWORD_FILE
  DB_USER=$POSTGRES_SUPERUSER DB_PASS_FILE=$POSTGRES_PASSWORD_FILE "$tool" bootstrap
  export DB_USER=migrate-admin DB_PASS_FILE=$CREDENTIALS_DIR/migrate-admin
}
