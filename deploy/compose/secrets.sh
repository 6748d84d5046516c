#!/usr/bin/env bash
# Makes the secrets of the composed fleet: one file for each account and each key, random, never twice; what is there
# stays. They lie in deploy/compose/secrets, which git ignores.
#
#   secrets.sh           makes what is missing
#   secrets.sh check     makes nothing; exit code 1 where one is missing or others could read it
#
# The folder has mode 0700, and that is the lock: nobody but its owner gets past it. The files inside have mode 0444,
# because compose mounts a file secret as it is on the host (uid, gid and mode of the long syntax are Swarm's and are
# ignored), and in the container it must be readable for a user that is not root and not its owner. A mount is made by
# the engine, which does not walk through the folder as that user. Each container gets the files it is given by name,
# and no other.
# Exit codes: 0 done, 1 error, 64 wrong usage.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here secrets=$here/secrets
readonly manifest=$here/../access.yaml

say() { printf 'secrets: %s\n' "$*" >&2; }

# Every account of the manifest, and the engine's own superuser, who is used once.
accounts() {
  printf '%s\n' postgres-superuser
  sed -nE 's/.*account: ([a-z0-9-]+).*/\1/p' "$manifest"
}

keys() { printf '%s\n' token-key.pem jwks.json webhook-key platform-secret-twitch platform-secret-discord; }

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# The public half as a key set (RFC 8037), under its thumbprint (RFC 7638): all that a service needs to check a token.
key_set() {
  local x thumbprint
  x=$(openssl pkey -in "$secrets/token-key.pem" -pubout -outform DER | tail -c 32 | base64url)
  thumbprint=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | base64url)
  printf '{"keys":[{"alg":"EdDSA","crv":"Ed25519","kid":"%s","kty":"OKP","use":"sig","x":"%s"}]}' "$thumbprint" "$x"
}

value() {
  case $1 in
  token-key.pem) openssl genpkey -algorithm ed25519 ;;
  jwks.json) key_set ;;
  webhook-key) openssl rand -base64 32 | tr -d '\n' ;;
  platform-secret-*) printf 'whsec_%s' "$(openssl rand -base64 32)" ;;
  *) openssl rand 32 | base64url ;;
  esac
}

# A file appears whole or not at all.
make_missing() {
  local name=$1 draft
  [[ ! -s $secrets/$name ]] || return 0
  draft=$(mktemp "$secrets/.draft-XXXXXX")
  value "$name" >"$draft"
  chmod 0444 "$draft"
  mv "$draft" "$secrets/$name"
  say "made $name"
}

check() {
  local name code=0
  if [[ ! -d $secrets || $(stat -c %a "$secrets") != 700 ]]; then
    say "$secrets is not there with mode 0700: run make secrets"
    return 1
  fi
  for name in "$@"; do
    [[ -s $secrets/$name ]] || { say "$name is missing: run make secrets" && code=1; }
  done
  return "$code"
}

mapfile -t names < <(accounts && keys)
case ${1:-make}/$# in
make/0)
  command -v openssl >/dev/null || { say "error: openssl is not installed" && exit 1; }
  mkdir -p "$secrets"
  chmod 0700 "$secrets"
  for name in "${names[@]}"; do make_missing "$name"; done
  say "${#names[@]} secrets are in $secrets"
  ;;
check/1) check "${names[@]}" ;;
*)
  sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
  ;;
esac
