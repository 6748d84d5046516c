#!/usr/bin/env bash
# Creates the secrets of the composed fleet: one random file for each account and each key. It keeps existing files. The
# files are in deploy/compose/secrets, which git ignores. `make render` writes the list of them, secrets.list.
#
#   secrets.sh           creates missing secrets
#   secrets.sh check     creates nothing; exit code 1 if a secret is missing or other users can read it
#
# The folder has mode 0700, so that only its owner can enter it. The files have mode 0444: compose mounts a file secret
# with its mode on the host, because uid, gid and mode of the long syntax work only in Swarm. In the container, an
# unprivileged user that does not own the file must be able to read it. The Docker engine makes the mount, so that user
# needs no access to the folder. Each container gets only the files that docker-compose.yml names for it.
# Exit codes: 0 done, 1 error, 64 wrong usage.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here secrets=$here/secrets
readonly list=$here/secrets.list

say() { printf 'secrets: %s\n' "$*" >&2; }

# The secret with the private key that signs tokens; the list gives its kind.
signing_key() { awk '$2 == "ed25519" { print $1 }' "$list"; }

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# Prints the public key as a key set (RFC 8037) with its thumbprint (RFC 7638) as id. A service checks tokens with it.
key_set() {
  local x thumbprint
  x=$(openssl pkey -in "$secrets/$(signing_key)" -pubout -outform DER | tail -c 32 | base64url)
  thumbprint=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | base64url)
  printf '{"keys":[{"alg":"EdDSA","crv":"Ed25519","kid":"%s","kty":"OKP","use":"sig","x":"%s"}]}' "$thumbprint" "$x"
}

# Prints the public half of the key for passwords.
password_key() { openssl pkey -in "$secrets/password-key.pem" -pubout; }

# Prints a new value of that kind. An operator delivers a secret that is given.
value() {
  case $1 in
  ed25519) openssl genpkey -algorithm ed25519 ;;
  key-set) key_set ;;
  rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null ;;
  rsa-public) password_key ;;
  key) openssl rand -base64 32 | tr -d '\n' ;;
  whsec) printf 'whsec_%s' "$(openssl rand -base64 32)" ;;
  random) openssl rand 32 | base64url ;;
  *) say "error: $list has the unknown kind $1" && return 1 ;;
  esac
}

# Writes a draft first, so that a secret's file is complete or does not exist.
make_missing() {
  local name=$1 kind=$2 draft
  [[ ! -s $secrets/$name ]] || return 0
  if [[ $kind == given ]]; then
    say "error: $name is given by an operator: write it to $secrets/$name"
    return 1
  fi
  draft=$(mktemp "$secrets/.draft-XXXXXX")
  value "$kind" >"$draft"
  chmod 0444 "$draft"
  mv "$draft" "$secrets/$name"
  say "created $name"
}

check() {
  local name code=0
  if [[ ! -d $secrets || $(stat -c %a "$secrets") != 700 ]]; then
    say "$secrets is missing or its mode is not 0700: run make secrets"
    return 1
  fi
  for name in "$@"; do
    [[ -s $secrets/$name ]] || { say "$name is missing: run make secrets" && code=1; }
  done
  return "$code"
}

mapfile -t lines < <(grep -v '^#' "$list")
[[ -z $(signing_key) ]] || lines+=("jwks.json key-set")
lines+=("password-key-public.pem rsa-public")
mapfile -t names < <(printf '%s\n' "${lines[@]%% *}")
case ${1:-make}/$# in
make/0)
  command -v openssl >/dev/null || { say "error: openssl is not installed" && exit 1; }
  mkdir -p "$secrets"
  chmod 0700 "$secrets"
  for line in "${lines[@]}"; do make_missing "${line% *}" "${line#* }"; done
  say "${#names[@]} secrets are in $secrets"
  ;;
check/1) check "${names[@]}" ;;
*)
  sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
  ;;
esac
