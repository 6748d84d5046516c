#!/usr/bin/env bash
# shellcheck disable=SC2016 # the programs of awk
# A docker for tests, beside which a file `calls` records its calls, and `fails-on` has the text of those that fail. The file
# `containers` has a line `SERVICE CONTAINER STATE` for each: at first SERVICE-1 of each service, which runs its program's image.
# Scaling adds SERVICE-2 and so on, even if the call fails, and begins those that were stopped, as docker compose does. A call with
# the text of the file `kills-on` does its work and kills the script that made it.
# A Galera that cannot begin leaves what docker compose has made before: the volumes of all its nodes, and that of the cache.
# STUB_HAS has the engines that have a container, and data:ENGINE for those that have a volume.
folder=$(dirname "$0")
fails_on=$(cat "$folder/fails-on")
containers=$folder/containers
services() { sed -nE '/^services:/,/^[^ #]/ s/^  ([a-z0-9-]+):.*/\1/p' "$folder/checkout/deploy/fleet.yaml"; }
test -e "$containers" || services | sed 's/.*/& &-1 running/' >"$containers"
# Changes the containers with an awk program, in which `named` has the words of the call.
change() {
  awk -v words="${*:2}" 'BEGIN { count = split(words, list, " "); for (i = 1; i <= count; i++) named[list[i]] } '"$1" \
    "$containers" >"$containers.new"
  mv "$containers.new" "$containers"
}
echo "$COMPOSE_PROFILES: $*" >>"$folder/calls"
for last; do :; done
case "$*" in
*' --scale '*)
  change '$1 in named { $3 = "running"; has++; number = $2; sub(/.*-/, "", number); if (number > top) top = number } { print }
    END { of = list[count]; for (word in named) if (sub("^" of "=", "", word)) while (has++ < word + 0) print of, of "-" ++top, "running" }' "$@"
  ;;
esac
case "$*" in *"$fails_on"*) { test "$last" != begin || (cd "$folder" && touch volume-galera-1 volume-galera-2 volume-galera-3 volume-cache); } && echo "$fails_on is gone" && exit 1 ;; esac
case "$*" in
*'compose version --short') echo "${STUB_COMPOSE:-v2.29.1}" ;;
'container ls '*.oneoff=*) awk '{ print $1, $2 }' "$containers" ;;
'container ls '*) case " $STUB_HAS " in *" ${last##*=} "*) echo "${last##*=}-1" ;; esac ;;
'volume ls '*) case " $STUB_HAS " in *" data:${last##*=} "*) echo "bulkhead_${last##*=}" ;; *) test ! -e "$folder/volume-${last##*=}" || echo "bulkhead_${last##*=}" ;; esac ;;
'volume rm '*) rm "$folder/volume-${last#bulkhead_}" ;;
*'ps --quiet ingress grafana' | 'compose ps --quiet') ;;
*'ps --quiet '*) awk -v service="$last" '$1 == service && $3 == "running" { print $2 }' "$containers" ;;
*'config --services') services && echo ingress ;;
'stop '*) change '$2 in named { $3 = "stopped" } { print }' "$@" ;;
'rm '*) change '!($2 in named)' "$@" ;;
'compose rm '*) change '!($1 in named)' "$@" ;;
'inspect '*-trigger-?) echo bulkhead/connector:dev ;;
'inspect '*analytics*-?) echo bulkhead/analytics:dev ;;
'inspect '*) echo "bulkhead/${last%-?}:dev" ;;
esac
case "$*" in *"$(cat "$folder/kills-on" 2>/dev/null || echo nothing)"*) rm -f "$folder/kills-on" && kill -KILL "$PPID" ;; esac
