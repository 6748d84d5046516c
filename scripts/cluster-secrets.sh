#!/usr/bin/env bash
# The secrets of an environment of deploy/k8s/overlays: a Secret for each service with the files that deploy/access.yaml
# gives it, one for the administrators, one for the engine's superuser; beside them certificates and public keys.
#
#   cluster-secrets.sh ENV         makes what is missing, random; what is there stays
#   cluster-secrets.sh ENV check   makes nothing; exit code 2 where something is missing, and says what
#
# For staging, and as the list of what production's secret store must deliver under the same names. Values go to the
# cluster through standard input and a folder that is removed; they never stand in a command line. The authority's
# private key signs two certificates and is thrown away. To renew them: delete postgresql-tls, valkey-tls,
# postgresql-authority and the ConfigMap authority, run this, deploy.
# Settings: KUBECTL (scripts/cluster.sh).
# Exit codes: 0 done, 1 error, 2 something is missing, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
readonly python=$checkout/.tools/venv/bin/python
readonly certificate_days=825
readonly certificates=(secret/postgresql-tls secret/valkey-tls secret/postgresql-authority configmap/authority)

in_namespace() { "${kubectl[@]}" --namespace="$namespace" "$@"; }
# A question that could not be asked is no answer: what it was about may be there, and is not made anew.
is_there() {
  local found
  found=$(in_namespace get "$1" "$2" --ignore-not-found --output=name) || fail "cannot ask the cluster for $1 $2"
  [[ -n $found ]]
}
keys_of() {
  # shellcheck disable=SC2016 # $key is the template's
  in_namespace get "$1" "$2" --ignore-not-found --output=go-template='{{range $key, $value := .data}}{{$key}}{{"\n"}}{{end}}'
}
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

value() {
  case $1 in
  token-key) openssl genpkey -algorithm ed25519 ;;
  webhook-key) openssl rand -base64 32 | tr -d '\n' ;;
  platform-secret-*) printf 'whsec_%s' "$(openssl rand -base64 32)" ;;
  *) openssl rand 32 | base64url ;;
  esac
}

# ---- What is missing --------------------------------------------------------------------------------------

missing_keys() {
  local secret key asked=''
  while read -r secret key; do
    if [[ $secret != "$asked" ]]; then
      keys_of secret "$secret" >"$folder/have" || fail "cannot ask the cluster for the keys of secret $secret"
      asked=$secret
    fi
    grep -qxF "$key" "$folder/have" || printf '%s %s\n' "$secret" "$key"
  done <"$folder/wanted"
}

missing_others() {
  local object
  for object in secret/postgresql-superuser secret/valkey-accounts "${certificates[@]}" configmap/token-keys; do
    is_there "${object%/*}" "${object#*/}" || printf '%s\n' "$object"
  done
}

# ---- Making it --------------------------------------------------------------------------------------------

make_key() {
  local secret=$1 key=$2
  is_there secret "$secret" || in_namespace create secret generic "$secret" >&2
  value "$key" >"$folder/value"
  printf '{"data":{"%s":"%s"}}' "$key" "$(openssl base64 -A -in "$folder/value")" >"$folder/patch"
  in_namespace patch secret "$secret" --patch-file="$folder/patch" >&2
}

read_key() { in_namespace get secret "$1" --output=go-template="{{index .data \"$2\"}}" | openssl base64 -d -A; }

# The public half as a key set (RFC 8037), under its thumbprint (RFC 7638).
key_set() {
  local x thumbprint
  x=$(read_key backend-api token-key | openssl pkey -pubout -outform DER | tail -c 32 | base64url)
  thumbprint=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | base64url)
  printf '{"keys":[{"alg":"EdDSA","crv":"Ed25519","kid":"%s","kty":"OKP","use":"sig","x":"%s"}]}' "$thumbprint" "$x"
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1"; }

make_certificate() {
  local name=$1 names=$2
  new_key "$folder/$name.key"
  openssl req -new -key "$folder/$name.key" -subj "/CN=$name" -out "$folder/$name.csr"
  openssl x509 -req -in "$folder/$name.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -days "$certificate_days" \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$names") -out "$folder/$name.crt" 2>/dev/null
  in_namespace create secret tls "$name-tls" --cert="$folder/$name.crt" --key="$folder/$name.key" >&2
}

# The names under which a server is called from inside the cluster, and itself.
names_of() {
  local service names=DNS:localhost,IP:127.0.0.1
  for service in "$@"; do
    names+=",DNS:$service,DNS:$service.$namespace,DNS:$service.$namespace.svc,DNS:$service.$namespace.svc.cluster.local"
  done
  printf '%s\n' "$names"
}

# One authority, or none of it: a certificate is of no use beside another authority's. What is there may be in use, or be
# a provider's, so it is for a person to delete.
make_certificates() {
  local object
  for object in "${certificates[@]}"; do
    if is_there "${object%/*}" "${object#*/}"; then
      fail "$object is there and others of ${certificates[*]} are not: delete it to have them all made anew"
    fi
  done
  new_key "$folder/ca.key"
  openssl req -x509 -new -key "$folder/ca.key" -days "$certificate_days" -subj "/CN=bulkhead $environment" \
    -addext keyUsage=critical,keyCertSign,cRLSign -out "$folder/ca.crt"
  make_certificate postgresql "$(names_of postgresql postgresql-rw postgresql-r postgresql-ro)"
  make_certificate valkey "$(names_of valkey)"
  in_namespace create secret generic postgresql-authority --from-file=ca.crt="$folder/ca.crt" >&2
  in_namespace create configmap authority --from-file=database.crt="$folder/ca.crt" \
    --from-file=cache.crt="$folder/ca.crt" >&2
}

make_other() {
  case $1 in
  secret/postgresql-superuser)
    value superuser >"$folder/password"
    printf 'postgres' >"$folder/username"
    in_namespace create secret generic postgresql-superuser --type=kubernetes.io/basic-auth \
      --from-file=username="$folder/username" --from-file=password="$folder/password" >&2
    ;;
  secret/valkey-accounts)
    # The digest, not the password: the server needs no more to let its administrator in.
    printf 'user default off\nuser cache-admin on #%s ~* &* +@all\n' \
      "$(read_key administrators cache-admin | openssl dgst -sha256 -hex | sed 's/^.*= //')" >"$folder/users.acl"
    in_namespace create secret generic valkey-accounts --from-file=users.acl="$folder/users.acl" >&2
    ;;
  configmap/token-keys)
    key_set >"$folder/jwks.json"
    in_namespace create configmap token-keys --from-file=jwks.json="$folder/jwks.json" >&2
    ;;
  *) make_certificates ;;
  esac
}

make_missing() {
  local line secret key
  [[ -n $("${kubectl[@]}" get namespace "$namespace" --ignore-not-found --output=name) ]] ||
    "${kubectl[@]}" create namespace "$namespace" >&2
  # Lists are made before anything else runs: kubectl must not read the rest of them as its input.
  missing_keys >"$folder/missing"
  mapfile -t lines <"$folder/missing"
  for line in "${lines[@]}"; do
    read -r secret key <<<"$line"
    make_key "$secret" "$key"
  done
  missing_others >"$folder/missing"
  mapfile -t lines <"$folder/missing"
  for line in "${lines[@]}"; do
    # The certificates are made together.
    is_there "${line%/*}" "${line#*/}" || make_other "$line"
  done
}

check() {
  local missing
  missing=$(missing_keys && missing_others)
  [[ -n $missing ]] || return 0
  say "missing in $namespace (cluster-secrets.sh $environment makes what is missing):"
  printf '  %s\n' "${missing//$'\n'/$'\n'  }" >&2
  exit 2
}

[[ $# -eq 1 || ($# -eq 2 && $2 == check) ]] || usage
readonly environment=$1
namespace=$(namespace_of "$environment")
readonly namespace
[[ -x $python ]] || "$checkout/scripts/install.sh" deploy
umask 077
folder=$(mktemp -d)
readonly folder
trap 'rm -rf "$folder"' EXIT
"$python" -B "$checkout/deploy/tests/access.py" >"$folder/wanted"
if [[ $# -eq 2 ]]; then
  check
else
  make_missing
  say "the secrets of $environment are in $namespace"
fi
