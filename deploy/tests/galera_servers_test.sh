#!/usr/bin/env bash
# The composed Galera beside real servers: deploy/compose/run/galera.sh starts three MariaDB, each on an address of its own in one
# network namespace, as the containers' user. It needs root, MariaDB, Galera and rsync (scripts/install.sh test), and takes two
# minutes. Exit codes: 0 each case holds, 1 one does not.
# shellcheck disable=SC2016,SC2153,SC2317 # `eval` expands; the inner run has WORK; `holds` and `eventually` call what looks unreachable
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
patience=90
say() { printf 'galera_servers_test: %s\n' "$*" >&2; }

if [[ ${1:-} != inside ]]; then
  PATH=$PATH:/usr/sbin
  for program in unshare setpriv ip mariadb mariadbd mariadb-install-db rsync wsrep_sst_rsync wsrep_sst_common; do
    command -v "$program" >/dev/null || { say "error: $program is missing (scripts/install.sh test)" && exit 1; }
  done
  unshare --mount --net --pid --fork true || { say 'error: this user may not unshare namespaces' && exit 1; }
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  chmod 0755 "$work"
  mkdir "$work"/{bin,1,2,3,tmp-1,tmp-2,tmp-3}
  # The user may not be able to enter the checkout.
  cp "${BASH_SOURCE[0]}" "$here/../compose/run/galera.sh" "$work/bin"
  for script in wsrep_sst_rsync wsrep_sst_common; do cp "$(command -v "$script")" "$work/bin"; done
  printf '127.0.0.1 localhost\n192.0.2.1 galera-1.cluster\n192.0.2.2 galera-2.cluster\n192.0.2.3 galera-3.cluster\n' >"$work/hosts"
  printf 'a password of no worth' >"$work/password"
  chown -R 999:999 "$work"
  # The processes end with the namespace, and it ends with this script.
  WORK=$work setpriv --pdeathsig=KILL unshare --mount --net --pid --fork --kill-child --mount-proc bash -euc 'ip link set lo up
    for number in 1 2 3; do ip address add "192.0.2.$number/24" dev lo; done
    mount --bind "$WORK/hosts" /etc/hosts
    exec setpriv --reuid=999 --regid=999 --clear-groups --pdeathsig=KILL bash "$WORK/bin/galera_servers_test.sh" inside'
  exit
fi

readonly nodes=gcomm://galera-1.cluster,galera-2.cluster,galera-3.cluster
export PATH=$WORK/bin:$PATH:/usr/sbin HOME=$WORK
cd "$WORK"
# What MariaDB's image does before it starts its server: where there is no data, the system tables and the password, by the
# installation and a server with all options of the real one, but outside of the cluster.
cat >bin/docker-entrypoint.sh <<'SCRIPT'
#!/usr/bin/env bash
set -euo pipefail
data=$(printf '%s\n' "$@" | sed -n 's/^--datadir=//p')
"$@" --verbose --help >/dev/null 2>&1 || { echo 'entry point: wrong options' && exit 1; }
if [[ ! -d $data/mysql ]]; then
  mariadb-install-db --rpm --auth-root-authentication-method=normal "${@:2}" --skip-test-db --default-time-zone=SYSTEM \
    --enforce-storage-engine= --skip-log-bin --expire-logs-days=0 >/dev/null
  "$@" --skip-networking --default-time-zone=SYSTEM --wsrep_on=OFF --expire-logs-days=0 &
  until mariadb --socket="$data/socket" --user=root --execute='SELECT 1' >/dev/null 2>&1; do sleep 0.2; done
  mariadb --socket="$data/socket" --user=root --execute="ALTER USER root@localhost IDENTIFIED BY '$(<"$MARIADB_ROOT_PASSWORD_FILE")'"
  kill $!
  wait $! || true
fi
exec "$@"
SCRIPT
chmod +x bin/docker-entrypoint.sh
export MARIADB_ROOT_PASSWORD_FILE=$WORK/password

pids=()
start() {
  local node
  for node in "$@"; do
    # Servers that share this folder remove each other's files.
    TMPDIR=$WORK/tmp-$node HOSTNAME=galera-$node bash bin/galera.sh --wsrep-cluster-address="$nodes" --max-connections=50 --innodb-buffer-pool-size=32M \
      --innodb-log-file-size=8M --skip-name-resolve --local-infile=OFF --datadir="$WORK/$node" --socket="$WORK/$node/socket" \
      --pid-file="$WORK/$node/pid" --bind-address="192.0.2.$node" >"log-$node" 2>&1 &
    pids[node]=$!
  done
}
# end SIGNAL NODE ...: one after another.
end() {
  local node
  for node in "${@:2}"; do
    kill -s "$1" "${pids[node]}"
    wait "${pids[node]}" 2>/dev/null || true
  done
}
sql() { MYSQL_PWD=$(<password) mariadb --socket="$WORK/$1/socket" --user=root --batch --skip-column-names --execute="$2" 2>/dev/null; }
eventually() {
  local deadline=$((SECONDS + patience))
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.3
  done
}
holds() {
  "${@:2}" && say "holds: $1 (after $SECONDS s)" && return
  say "DOES NOT HOLD: $1"
  tail -n 15 log-* >&2
  exit 1
}
has() { [[ $(sql "$1" 'SELECT count(*) FROM test.rows') == "$2" ]] && [[ $(sql "$1" "SHOW STATUS LIKE 'wsrep_cluster_size'") == *$'\t'3 ]]; }
all_have() { eventually has 1 "$1" && eventually has 2 "$1" && eventually has 3 "$1"; }
write() { sql "$1" 'INSERT INTO test.rows VALUES (NULL)'; }
waits() { eventually grep -q 'waiting for a node' "log-$1" && sleep 3 && [[ $(<"/proc/${pids[$1]}/comm") == bash ]]; }
begins() { eventually grep -q "galera-$1 begins a new cluster" "log-$1"; }
joins() { eventually grep -q 'accepts connections: joining' "log-$1"; }
# sees NODE NUMBER: it is in a component of this many nodes, which is no cluster.
sees() { eventually component "$@"; }
component() { [[ $(grep 'New COMPONENT' "log-$1" | tail -n 1) == *'primary = no'*"memb_num = $2" ]]; }
is_closed() { component "$1" 3 && [[ $(MYSQL_PWD=$(<password) mariadb --socket="$WORK/$1/socket" --user=root 2>&1) == 'ERROR 2002 '* ]]; }
position() { TMPDIR=$WORK/tmp-$1 bash bin/galera.sh position --datadir="$WORK/$1"; }

start 1 2 3
holds 'no node begins without the mark' eval 'waits 1 && waits 2 && waits 3'
end TERM 1
bash bin/galera.sh begin --datadir="$WORK/1"
start 1
holds 'the marked node begins, and those that waited join it' eval 'begins 1 && joins 2 && joins 3'
eventually sql 1 'CREATE DATABASE test; CREATE TABLE test.rows (id INT AUTO_INCREMENT PRIMARY KEY)'
write 1
holds 'all have its data and its password, and the mark is gone' eval 'all_have 1 && eventually test ! -e 1/bulkhead-begin'

end TERM 1
write 2
end TERM 2
write 3
end TERM 3
start 1 2 3
holds 'the last node to stop begins, and the others take what they missed' eval 'begins 3 && joins 1 && joins 2 && all_have 3'

end KILL 1 2 3
start 1 2 3
holds 'nodes that were killed together come together' all_have 3

end KILL 2
rm -rf 2/*
write 1
start 2
holds 'a node whose volume was lost is filled from the others' eval 'joins 2 && all_have 4'

end TERM 2 1 3
rm -rf 1/*
start 1
holds 'the first node without its volume waits and empties nothing' waits 1
start 2 3
holds 'it is filled from the last one' eval 'begins 3 && joins 1 && all_have 4'

# Galera finds them together only where they remember the same members. The first one to fall remembers all three, and the others
# two, which must not meet without it: they would begin.
end KILL 2
write 1
end KILL 1 3
start 2
holds 'the first node to fall waits for the members that it remembers' sees 2 1
start 1
holds 'it forms no cluster with one of the others' eval 'sees 2 2 && sees 1 2'
start 3
holds 'three nodes that remember different members see each other and form no cluster' eval 'sees 1 3 && sees 2 3 && sees 3 3'
# A server opens its socket only in a cluster.
holds 'none of them accepts a connection' eval 'is_closed 1 && is_closed 2 && is_closed 3'
# One that waits for its cluster ignores TERM; the engine kills it after the time of grace.
end KILL 1 2 3
bash bin/galera.sh begin --datadir="$WORK/1"
start 1 2 3
holds 'a person begins with one that fell later, and the first one takes what it missed' eval 'begins 1 && all_have 5'

# They remember no members, as after a crash in the middle of their stop.
end TERM 3
write 1
end KILL 1 2
rm 1/gvwstate.dat 2/gvwstate.dat
start 1 2 3
holds 'all wait where no node may begin' eval 'waits 1 && waits 2 && waits 3'
end TERM 1 2 3
first=$(position 1) second=$(position 2) third=$(position 3)
say "positions: $first $second $third"
holds 'the positions are of one cluster, and the nodes that were killed have the highest' eval \
  '[[ $first == "$second" && ${third%:*} == "${first%:*}" ]] && ((${third##*:} < ${first##*:}))'
bash bin/galera.sh begin --datadir="$WORK/2"
start 1 2 3
holds 'the node that a person chose begins with all its data' eval 'begins 2 && all_have 6'
end TERM 1 2 3
