#!/usr/bin/env bash
# Runs a node of a Galera cluster in MariaDB's image: `galera.sh --wsrep-cluster-address=gcomm://NODE,NODE,... OPTION ...`. The
# first label of a node's name is its host name. The first node of the list begins a cluster,
# and the others join it. The nodes exchange their data on the address of that name alone.
#
# The first node begins a new cluster only where none can be found: no other node accepts connections, and its own data is
# missing, or marked as what the last node to stop had. A node that was killed has no such mark. After a loss of all nodes at
# once, Galera brings them together again when all have started (gvwstate.dat), which a new cluster would prevent.
set -euo pipefail

readonly state=/var/lib/mysql/grastate.dat

say() { printf 'galera: %s\n' "$*" >&2; }

# Prints the nodes of the option, one a line.
nodes() { printf '%s\n' "$@" | sed -n 's,^--wsrep-cluster-address=gcomm://,,p' | tr ',' '\n'; }

accepts_connections() { timeout 3 bash -c ": </dev/tcp/$1/3306" 2>/dev/null; }

begins() {
  local node
  [[ ! -e $state ]] || grep -q '^safe_to_bootstrap: 1' "$state" || return 1
  for node in "${others[@]}"; do
    if accepts_connections "$node"; then
      say "$node accepts connections: joining its cluster"
      return 1
    fi
  done
}

mapfile -t others < <(nodes "$@" | grep -v "^${HOSTNAME}[.]")
own=$(nodes "$@" | grep "^${HOSTNAME}[.]") || { say "error: $HOSTNAME is no node of the option --wsrep-cluster-address" && exit 1; }
address=$(getent ahostsv4 "$own" | awk 'NR == 1 { print $1 }')
[[ -n $address ]] || { say "error: $own has no address" && exit 1; }
options=(
  --wsrep-on=ON --wsrep-provider=/usr/lib/galera/libgalera_smm.so --wsrep-sst-method=rsync --binlog-format=ROW
  --innodb-autoinc-lock-mode=2 --wsrep-node-name="$HOSTNAME" --wsrep-node-address="$address"
  --wsrep-sst-receive-address="$address"
  --wsrep-provider-options="gmcast.listen_addr=tcp://$address:4567;ist.recv_addr=$address"
)
if [[ $(nodes "$@" | head -n 1) == "$own" ]] && begins; then
  say "$HOSTNAME begins a new cluster"
  options+=(--wsrep-new-cluster)
fi
exec docker-entrypoint.sh mariadbd "$@" "${options[@]}"
