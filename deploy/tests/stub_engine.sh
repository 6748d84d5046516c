#!/bin/sh
# A docker for tests, beside which a file `calls` records its calls, and `fails-on` has the text of those that fail. Each
# service has one container, SERVICE-1, of a program's image. Scaling adds SERVICE-2, even if the call fails.
# A Galera that cannot begin leaves what docker compose has made before: the volumes of all its nodes, and that of the cache.
# STUB_HAS has the engines that have a container, and data:ENGINE for those that have a volume.
folder=$(dirname "$0")
fails_on=$(cat "$folder/fails-on")
echo "$COMPOSE_PROFILES: $*" >>"$folder/calls"
for last; do :; done
case "$*" in *' --scale '*) touch "$folder/scaled-$last" ;; esac
case "$*" in *"$fails_on"*) { test "$last" != begin || (cd "$folder" && touch volume-galera-1 volume-galera-2 volume-galera-3 volume-cache); } && echo "$fails_on is gone" && exit 1 ;; esac
case "$*" in
*'compose version --short') echo "${STUB_COMPOSE:-v2.29.1}" ;;
'container ls '*) case " $STUB_HAS " in *" ${last##*=} "*) echo "${last##*=}-1" ;; esac ;;
'volume ls '*) case " $STUB_HAS " in *" data:${last##*=} "*) echo "bulkhead_${last##*=}" ;; *) test ! -e "$folder/volume-${last##*=}" || echo "bulkhead_${last##*=}" ;; esac ;;
'volume rm '*) rm "$folder/volume-${last#bulkhead_}" ;;
*'ps --quiet auditor' | *'ps --quiet ingress grafana' | 'compose ps --quiet') ;;
*'ps --quiet '*) echo "$last-1" && test ! -e "$folder/scaled-$last" || echo "$last-2" ;;
'inspect '*-trigger-?) echo bulkhead/connector:dev ;;
'inspect '*analytics*-?) echo bulkhead/analytics:dev ;;
'inspect '*) echo "bulkhead/${last%-?}:dev" ;;
esac
