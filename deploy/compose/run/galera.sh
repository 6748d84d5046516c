#!/usr/bin/env bash
# Runs a node of a Galera cluster in MariaDB's image: `galera.sh --wsrep-cluster-address=gcomm://NODE,NODE,... OPTION ...`. The
# first label of a node's name is its host name. The nodes exchange their data on the address of that name alone.
#
#   galera.sh begin       marks this node's data: its next start begins the cluster, and the others take their data from it
#   galera.sh position    prints how far this node's data goes: CLUSTER:NUMBER; not while the node runs
#
# A node begins a cluster only where no other one accepts connections, and
#   - its data is marked as what the last node to stop had (Galera writes safe_to_bootstrap: 1), or
#   - it has no data and the mark of `begin`, which deploy/compose/engines.sh makes where no node has a volume.
# A node without data never begins by itself: the others would take its empty state. A node that was killed starts at once, and
# Galera brings the nodes together when all have started (gvwstate.dat). Every other node waits until one accepts connections.
# A node that was killed does not know how far its data goes, and Galera would take nodes with different data for equal. So this
# script asks the tables first, and such a node takes what it lacks from the one that goes farthest.
set -euo pipefail

data=$(printf '%s\n' "$@" | sed -n 's/^--datadir=//p')
data=${data:-/var/lib/mysql}
readonly data state=$data/grastate.dat mark=$data/bulkhead-begin provider=/usr/lib/galera/libgalera_smm.so seconds=2

say() { printf 'galera: %s\n' "$*" >&2; }

# Prints the nodes of the option, one a line.
nodes() { printf '%s\n' "$@" | sed -n 's,^--wsrep-cluster-address=gcomm://,,p' | tr ',' '\n'; }

# Whether this node ever had the data of a cluster. Before that, and while it takes all data from another node, the name of its
# cluster is zero, and the word about the last node means nothing.
has_data() { grep -qs '^uuid: *[0-9a-f-]*[1-9a-f]' "$state"; }

accepts_connections() { timeout 3 bash -c ": </dev/tcp/$1/3306" 2>/dev/null; }

# Whether another node accepts connections.
has_cluster() {
  local node
  for node in "${others[@]}"; do
    if accepts_connections "$node"; then
      say "$node accepts connections: joining its cluster"
      return 0
    fi
  done
  return 1
}

begins() {
  if has_data; then grep -q '^safe_to_bootstrap: *1' "$state"; else [[ -e $mark ]]; fi
}

wait_for_cluster() {
  # Nothing else would end the first process of a container.
  trap 'exit 143' TERM INT
  say "waiting for a node: this one may not begin a cluster. If none comes, see docs/deploy.md, \"Galera\""
  until has_cluster; do sleep "$seconds"; done
  trap - TERM INT
}

is_killed() { has_data && grep -q '^seqno: *-1$' "$state"; }

# Prints how far the data goes. Galera writes it when the node stops; for one that was killed, the tables have it.
position() {
  local position lines
  position=$(sed -nE 's/^uuid: *//p; s/^seqno: *//p' "$state" | paste -sd :)
  if is_killed; then
    lines=$(mariadbd --no-defaults --datadir="$data" --skip-networking --socket="$data/recovery.socket" --wsrep-on=ON \
      --wsrep-provider="$provider" --wsrep-cluster-address=gcomm:// --binlog-format=ROW --wsrep-recover 2>&1) || true
    position=$(sed -n 's/.*Recovered position: *//p' <<<"$lines" | tail -n 1)
    [[ -n $position ]] || { say "error: mariadbd cannot read the position: $(tail -n 5 <<<"$lines")" && return 1; }
  fi
  printf '%s\n' "$position"
}

case ${1:-} in
begin)
  if has_data; then sed -i 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' "$state"; else : >"$mark"; fi
  exit
  ;;
position)
  has_data || { say 'this node has no data' && exit 1; }
  position
  exit
  ;;
esac

mapfile -t others < <(nodes "$@" | grep -v "^${HOSTNAME}[.]")
own=$(nodes "$@" | grep "^${HOSTNAME}[.]") || { say "error: $HOSTNAME is no node of the option --wsrep-cluster-address" && exit 1; }
address=$(getent ahostsv4 "$own" | awk 'NR == 1 { print $1 }') || true
[[ -n $address ]] || { say "error: $own has no address" && exit 1; }
options=(
  --wsrep-on=ON --wsrep-provider="$provider" --wsrep-sst-method=rsync --binlog-format=ROW
  --innodb-autoinc-lock-mode=2 --wsrep-node-name="$HOSTNAME" --wsrep-node-address="$address"
  --wsrep-sst-receive-address="$address"
  --wsrep-provider-options="gmcast.listen_addr=tcp://$address:4567;ist.recv_addr=$address"
)
# With data of its own, a mark of an earlier start means nothing any more.
! has_data || rm -f "$mark"
if begins; then
  if ! has_cluster; then
    say "$HOSTNAME begins a new cluster"
    options+=(--wsrep-new-cluster)
    # The mark goes as soon as there is data: a first start that was interrupted may begin again, and no later one.
    (until has_data; do sleep "$seconds"; done && rm -f "$mark") &
  fi
elif ! has_data || [[ ! -e $data/gvwstate.dat ]]; then
  wait_for_cluster
fi
if is_killed; then
  at=$(position)
  say "$HOSTNAME was killed, and its data goes to $at"
  options+=(--wsrep-start-position="$at")
fi
exec docker-entrypoint.sh mariadbd "$@" "${options[@]}"
