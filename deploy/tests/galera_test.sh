#!/usr/bin/env bash
# Which node of the composed Galera begins a cluster: deploy/compose/run/galera.sh beside programs of its own, in a temporary
# folder. Exit codes: 0 each case holds, 1 one does not.
# shellcheck disable=SC2317 # `holds` calls what looks unreachable
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
readonly here work data=$work/data galera=$here/../compose/run/galera.sh
readonly uuid=5ee99582-bb8d-11e2-b8e3-23de375c1d30 none=00000000-0000-0000-0000-000000000000
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
export PATH=$work/bin:$PATH WORK=$work
program() { cat >"$work/bin/$1" && chmod +x "$work/bin/$1"; }
program getent <<<$'#!/bin/sh\n[ ! -e "$WORK/nameless" ] && echo "192.0.2.1 STREAM $2"'
# The check of a connection: of these nodes, those in the file accept one.
program timeout <<<$'#!/bin/sh\ncase "$4" in *galera-2*) grep -qs galera-2 "$WORK/accepting" ;; *) exit 1 ;; esac'
# Each pause lets another node come.
program sleep <<<$'#!/bin/sh\necho galera-2 >"$WORK/accepting"; echo pause >>"$WORK/pauses"'
program docker-entrypoint.sh <<<$'#!/bin/sh\nprintf "%s\\n" "$@" >"$WORK/started"; printf "uuid: '"$uuid"$'\\n" >"$WORK/data/grastate.dat"'
program mariadbd <<<$'#!/bin/sh\necho "WSREP: Recovered position: '"$uuid"$':41" >&2'

run() { HOSTNAME=$1 bash "$galera" --datadir="$data" --wsrep-cluster-address=gcomm://galera-1.cluster,galera-2.cluster,galera-3.cluster; }
state() { printf '# GALERA saved state\nversion: 2.1\nuuid:    %s\nseqno:   %s\nsafe_to_bootstrap: %s\n' "$@" >"$data/grastate.dat"; }
fresh() { rm -rf "$data" "$work"/{started,accepting,pauses,nameless} && mkdir "$data"; }
failed=0
holds() { "${@:2}" || { echo "galera_test: $1" && failed=1; }; }
begun() { grep -qx -- --wsrep-new-cluster "$work/started"; }
not() { ! "$@"; }
waited() { [[ -s $work/pauses ]]; }

fresh
run galera-1 2>/dev/null
holds 'a first node without data and without a mark waits, and joins' not begun
holds 'it waits for another node' waited

fresh
: >"$data/bulkhead-begin"
run galera-1 2>/dev/null
holds 'a node with the mark and no data begins' begun
for _ in {1..100}; do
  [[ -e $data/bulkhead-begin ]] || break
  command -p sleep 0.1
done
holds 'its mark goes once it has data' not test -e "$data/bulkhead-begin"

fresh
: >"$data/bulkhead-begin"
echo galera-2 >"$work/accepting"
run galera-1 2>/dev/null
holds 'a mark does not begin a second cluster' not begun

for node in galera-1 galera-3; do
  fresh
  state "$uuid" 41 1
  run "$node" 2>/dev/null
  holds "the last node to stop begins: $node" begun
  fresh
  state "$none" -1 1
  run "$node" 2>/dev/null
  holds "a node that never had the data does not begin: $node" not begun
  fresh
  state "$uuid" 41 0
  run "$node" 2>/dev/null
  holds "a node that stopped before another one waits and joins: $node" not begun
  holds "it waits for the other: $node" waited
  holds "Galera knows how far its data goes: $node" not grep -q -- --wsrep-start-position "$work/started"
  fresh
  state "$uuid" -1 0
  : >"$data/gvwstate.dat"
  run "$node" 2>/dev/null
  holds "a node that was killed begins nothing: $node" not begun
  holds "it does not wait, because the others may have been killed too: $node" not waited
  holds "Galera learns how far its data goes: $node" grep -qx -- "--wsrep-start-position=$uuid:41" "$work/started"
done

fresh
state "$uuid" 41 0
: >"$data/bulkhead-begin"
run galera-1 2>/dev/null
holds 'a mark that is left beside data begins nothing' not begun

fresh
holds 'a node without data has no position' not bash "$galera" position --datadir="$data" 2>/dev/null
state "$uuid" 17 0
holds 'a stopped node has its position' test "$(bash "$galera" position --datadir="$data")" = "$uuid:17"
state "$uuid" -1 0
holds 'a killed node has the position of its tables' test "$(bash "$galera" position --datadir="$data")" = "$uuid:41"
bash "$galera" begin --datadir="$data"
run galera-2 2>/dev/null
holds 'the node that a person chose begins' begun

state "$uuid" -1 0
: >"$data/gvwstate.dat"
program mariadbd <<<$'#!/bin/sh\necho no tables >&2'
rm "$work/started"
run galera-2 2>"$work/lines" || true
holds 'a node whose tables cannot be read does not start' not test -e "$work/started"
holds 'it says why' grep -q 'no tables' "$work/lines"

fresh
: >"$work/nameless"
holds 'a node without an address says so' grep -q 'galera-1.cluster has no address' <(run galera-1 2>&1)
exit "$failed"
