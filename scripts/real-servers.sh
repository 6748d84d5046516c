# A PostgreSQL and a Redis of our own, for the scripts that source this file; both end with the script, whatever happens.
# shellcheck shell=bash

servers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/servers.sh
readonly servers

# Starts both in a folder of this run's own that begins with the given path. Afterwards $POSTGRES_* and $REDIS_* say
# how to reach them (see servers.sh).
start_real_servers() {
  stop_abandoned_servers "$1"
  real_servers=$1-$$
  trap stop_real_servers EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  mkdir -p "$real_servers"
  "$servers" start postgresql "$real_servers/postgresql"
  "$servers" start redis "$real_servers/redis"
  # shellcheck source=/dev/null
  source "$real_servers/postgresql/env"
  # shellcheck source=/dev/null
  source "$real_servers/redis/env"
}

# What a killed run left is of no use: its data is thrown away with its servers. A run that still goes keeps its own.
stop_abandoned_servers() {
  local folder
  for folder in "$1"-*; do
    if [[ -d $folder && ! -d /proc/${folder##*-} ]]; then stop_servers_in "$folder"; fi
  done
}

stop_real_servers() {
  # An impatient second Ctrl-C would leave a server behind; each stop has a deadline of its own.
  trap '' INT TERM HUP
  stop_servers_in "$real_servers"
}

stop_servers_in() {
  local server
  for server in postgresql redis; do
    if [[ -f $1/$server/env ]]; then "$servers" stop "$1/$server" || true; fi
  done
  rm -rf "$1"
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
