# Starts a database and a Redis, and on demand two PgBouncers and a MariaDB, for a script that sources this file. All stop when the
# script ends, also on a signal.
# shellcheck shell=bash

servers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/servers.sh
readonly servers ready_seconds=${READY_SECONDS:-180}
# shellcheck source=scripts/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

# Starts both in a folder for this run: the given path and the process id. Afterwards $POSTGRES_* and $REDIS_* say how to
# reach them (see servers.sh). DATABASE_SERVER=mariadb, galera or mysql starts a MariaDB, a cluster of three, or a MySQL in
# place of PostgreSQL. A folder that $run_memory names is removed with them.
start_real_servers() {
  stop_abandoned_servers "$1"
  real_servers=$1-$$
  trap stop_real_servers EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  mkdir -p "$real_servers"
  "$servers" start "${DATABASE_SERVER:-postgresql}" "$real_servers/database"
  "$servers" start "${CACHE_SERVER:-redis}" "$real_servers/redis"
  local first=$real_servers/database
  # The nodes of a cluster are servers in folders of their own, and have the same accounts.
  if [[ -d $first/1 ]]; then first=$first/1; fi
  read_server "$first/env"
  read_server "$real_servers/redis/env"
}

# Starts a Valkey beside that Redis, where it is installed.
start_valkey() { "$servers" start valkey "$real_servers/valkey"; }

# Starts a MariaDB for the tests of its driver.
start_mariadb() { "$servers" start mariadb "$real_servers/mariadb" --tls; }

# Starts a Galera cluster for the tests of the conformance.
start_galera() { "$servers" start galera "$real_servers/galera"; }

# Starts a PgBouncer for each way of pooling, in front of that PostgreSQL.
start_poolers() {
  "$servers" start pgbouncer "$real_servers/session-pooler" --of "$real_servers/database"
  "$servers" start pgbouncer "$real_servers/transaction-pooler" --of "$real_servers/database" --transaction
}

# Stops the servers of killed runs and removes their data. Servers of a run that is still alive keep running.
stop_abandoned_servers() {
  local folder
  for folder in "$1"-*; do
    if [[ -d $folder && ! -d /proc/${folder##*-} ]]; then stop_servers_in "$folder" || true; fi
  done
}

stop_real_servers() {
  # A second Ctrl-C would leave a server running, so ignore it; each stop has its own deadline.
  trap '' INT TERM HUP
  if stop_servers_in "$real_servers"; then rm -rf ${run_memory:+"$run_memory"}; fi
}

# Stops the servers in a folder and removes it. Where one cannot be stopped, the folder stays: its files say how to stop that one.
stop_servers_in() {
  local server running=''
  for server in session-pooler transaction-pooler mariadb galera database redis valkey; do
    # A start that failed leaves a folder without a server.
    if [[ -f $1/$server/env || -d $1/$server/1 ]]; then
      "$servers" stop "$1/$server" || running+=" $server"
    fi
  done
  if [[ -n $running ]]; then
    printf 'servers: error: %s stays, because these were not stopped:%s\n' "$1" "$running" >&2
    return 1
  fi
  rm -rf "$1"
}

# Prints a free port for the fleet's first service. The fleet takes the ports after it too; one that is taken meanwhile ends the run.
first_free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1] % 20000 + 10000)'
}

# Waits until a command succeeds: `wait_for PROCESS LOG COMMAND...`. Where the process ends before, or READY_SECONDS (180) are over, the
# script ends with the last lines of the log.
wait_for() {
  local process=$1 log=$2 reason='' deadline=$((SECONDS + ready_seconds))
  shift 2
  until "$@"; do
    if ! kill -0 "$process" 2>/dev/null; then
      reason='ended before it was ready'
    elif ((SECONDS >= deadline)); then
      reason="was not ready after $ready_seconds s"
    fi
    if [[ -n $reason ]]; then
      printf 'error: process %s %s. The last lines of %s:\n' "$process" "$reason" "$log" >&2
      tail -n 20 "$log" >&2
      exit 1
    fi
    sleep 0.2
  done
}

# Waits until `bulkhead up` has said that its fleet is ready, and how to stop it: `wait_for_fleet PROCESS OUTPUT`.
wait_for_fleet() { wait_for "$1" "$2" grep -qs '^Stop it:' "$2"; }

# The hosts of the MariaDB, which are the nodes of a cluster.
database_hosts() {
  local node hosts=''
  if [[ ! -d $real_servers/database/1 ]]; then hosts=$MARIADB_HOST; fi
  for node in "$real_servers"/database/[0-9]; do
    if [[ -f $node/env ]]; then
      hosts+=${hosts:+,}$(sed -n 's/^MARIADB_HOST=//p' "$node/env"):$(sed -n 's/^MARIADB_PORT=//p' "$node/env")
    fi
  done
  printf '%s\n' "$hosts"
}

# Creates the database and its administrator as the superuser, then points the environment at that administrator. Nothing
# runs as the superuser afterwards. Settings that the shell has are forgotten, but for those that match: `bootstrap_fleet TOOL [KEPT...]`.
bootstrap_fleet() {
  local tool=$1
  forget_settings "${@:2}"
  export CREDENTIALS_DIR=$real_servers/credentials
  local superuser password_file
  export DB_NAME=app_db
  if [[ ${DATABASE_SERVER:=postgresql} == @(mariadb|galera) ]]; then
    export DB_TYPE=mysql DB_HOST DB_PORT=$MARIADB_PORT
    DB_HOST=$(database_hosts)
    superuser=$MARIADB_SUPERUSER password_file=$MARIADB_PASSWORD_FILE
    # The account of the tests may create accounts, which the proof would report.
    MYSQL_PWD=$(<"$password_file") mariadb --no-defaults --host="$MARIADB_HOST" --port="$MARIADB_PORT" \
      --user="$superuser" --execute "DROP USER '$MARIADB_TEST_OWNER'@'127.0.0.1'"
  elif [[ $DATABASE_SERVER == mysql ]]; then
    export DB_TYPE=mysql DB_HOST=$MYSQL_HOST DB_PORT=$MYSQL_PORT DB_TLS=verify-full DB_CA_FILE=$MYSQL_CA_FILE
    superuser=$MYSQL_SUPERUSER password_file=$MYSQL_PASSWORD_FILE
    MYSQL_PWD=$(<"$password_file") mariadb --no-defaults --ssl-ca="$DB_CA_FILE" --ssl-verify-server-cert \
      --host="$MYSQL_HOST" --port="$MYSQL_PORT" --user="$superuser" \
      --execute "DROP USER '$MYSQL_TEST_OWNER'@'127.0.0.1'"
  else
    export DB_TYPE=postgresql DB_HOST=$POSTGRES_HOST DB_PORT=$POSTGRES_PORT
    superuser=$POSTGRES_SUPERUSER password_file=$POSTGRES_PASSWORD_FILE
  fi
  export CACHE_TYPE=redis CACHE_HOST=$REDIS_HOST CACHE_PORT=$REDIS_PORT
  export CACHE_USER=$REDIS_ADMIN CACHE_PASS_FILE=$REDIS_ADMIN_PASSWORD_FILE
  DB_USER=$superuser DB_PASS_FILE=$password_file "$tool" bootstrap
  export DB_USER=migrate-admin DB_PASS_FILE=$CREDENTIALS_DIR/migrate-admin
}

# Creates tables and rights with the same steps as an operator.
prepare_fleet() {
  bootstrap_fleet "$1"
  "$1" migrate up
  "$1" access credentials
  "$1" access apply
}

# Points the environment at backend-api's accounts.
use_backend_account() {
  export DB_USER=backend-api-rw DB_PASS_FILE=$CREDENTIALS_DIR/backend-api-rw
  export CACHE_USER=backend-api-cache CACHE_PASS_FILE=$CREDENTIALS_DIR/backend-api-cache
}
