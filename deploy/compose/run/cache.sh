#!/bin/sh
# Runs the cache of the composed fleet, or asks it for an answer: `cache.sh ADMINISTRATOR [ping]`. It runs in the images of
# Redis and Valkey.
#
# The accounts are in a file on a volume, so that a restarted cache keeps their rights. This script creates only the
# administrator; `access apply` creates the other accounts. The data itself may be lost.
set -eu
umask 077
administrator=$1
# The first line is the password in use. While it rotates, a second one has the next password.
password=''
read -r password <"/run/secrets/$administrator" || [ -n "$password" ]
if [ "${2:-}" = ping ]; then
  # Only PONG to the administrator counts: with the default user off, a server that refuses every client answers too.
  client=$(command -v valkey-cli || command -v redis-cli)
  [ "$(REDISCLI_AUTH=$password "$client" --user "$administrator" ping)" = PONG ]
  exit
fi
digest=$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)
program=$(command -v valkey-server || command -v redis-server)
accounts=/data/${program##*/}.acl
if ! grep -qs "^user $administrator .*#$digest" "$accounts"; then
  printf '%s\n' 'user default off' "user $administrator on #$digest ~* &* +@all" >"$accounts"
fi
exec "$program" --dir /data --aclfile "$accounts" \
  --save '' --appendonly no --maxmemory 128mb --maxmemory-policy allkeys-lru
