#!/usr/bin/env bash
# Creates or checks the secrets that the manifests of an environment need. An environment is a folder of
# deploy/k8s/overlays. Each service has one Secret, with the files that deploy/access.yaml gives it. There is one Secret for
# the administrators. The superuser of a database in the cluster has one too. Certificates and public keys come with them.
#
#   cluster-secrets.sh ENV         creates missing secrets with random values; keeps existing ones
#   cluster-secrets.sh ENV check   creates nothing; lists missing secrets, with exit code 2 if there are any. Then lists the days
#                                  that each certificate of an engine has left, with exit code 2 if one has too few
#
# Use it for staging. For production, its list names what the secret store must deliver. Values reach the cluster through
# standard input and a temporary folder, never through a command line. Each engine in the cluster has its own authority. The
# authority's private key signs that engine's certificate and is then deleted. The authority of a provider's engine comes
# from the provider: this script checks that it exists and never creates it. To renew a certificate see docs/deploy.md.
# Settings: CERTIFICATE_DAYS, the days that a certificate must have left, default 30; KUBECTL (scripts/cluster.sh).
# Exit codes: 0 done, 1 error, 2 something is missing or ends soon, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
readonly certificate_days=825 days_left=${CERTIFICATE_DAYS:-30}

in_namespace() { "${kubectl[@]}" --namespace="$namespace" "$@"; }
# A failed query is an error, not a "no": the object may exist, so the script must not create it again.
is_there() {
  local found
  found=$(in_namespace get "$1" "$2" --ignore-not-found --output=name) || fail "cannot query the cluster for $1 $2"
  [[ -n $found ]]
}
keys_of() {
  # shellcheck disable=SC2016 # $key belongs to the template
  in_namespace get "$1" "$2" --ignore-not-found --output=go-template='{{range $key, $value := .data}}{{$key}}{{"\n"}}{{end}}' ||
    fail "cannot query the cluster for the keys of $1 $2"
}
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# Prints a new value of a kind of deploy/fleet.yaml.
value() {
  case $1 in
  ed25519) openssl genpkey -algorithm ed25519 ;;
  key) openssl rand -base64 32 | tr -d '\n' ;;
  whsec) printf 'whsec_%s' "$(openssl rand -base64 32)" ;;
  random) openssl rand 32 | base64url ;;
  *) fail "deploy/fleet.yaml has the unknown kind $1" ;;
  esac
}

# ---- Listing what is missing: lines `KIND NAME [KEY]` -------------------------------------------------------

missing() {
  local kind name key object=''
  # The list uses descriptor 3, so that kubectl does not read the rest of it as its input.
  while read -r kind name key <&3; do
    if [[ -z $key ]]; then
      is_there "$kind" "$name" || printf '%s %s\n' "$kind" "$name"
      continue
    fi
    if [[ "$kind $name" != "$object" ]]; then
      keys_of "$kind" "$name" >"$work/have"
      object="$kind $name"
    fi
    grep -qxF "$key" "$work/have" || printf '%s %s %s\n' "$kind" "$name" "$key"
  done 3<"$work/needed"
}

# ---- Creating what is missing -------------------------------------------------------------------------------

# Stores a file as one key of an object, and creates the object if it does not exist.
put() {
  local kind=$1 name=$2 key=$3 file=$4 text
  local -a type=("$kind")
  [[ $kind != secret ]] || type+=(generic)
  is_there "$kind" "$name" || in_namespace create "${type[@]}" "$name" >&2
  if [[ $kind == secret ]]; then
    text=$(openssl base64 -A -in "$file")
  else
    text=$(awk '{ gsub(/["\\]/, "\\\\&"); printf "%s\\n", $0 }' "$file")
  fi
  printf '{"data":{"%s":"%s"}}' "$key" "$text" >"$work/patch"
  in_namespace patch "$kind" "$name" --patch-file="$work/patch" >&2
}

read_key() { in_namespace get secret "$1" --output=go-template="{{index .data \"$2\"}}" | openssl base64 -d -A; }

make_random() {
  value "$3" >"$work/value"
  put secret "$1" "$2" "$work/value"
}

# Prints the public key as a key set (RFC 8037); its thumbprint (RFC 7638) is its id.
key_set() {
  local secret key x thumbprint
  read -r secret key _ < <(grep ' ed25519$' "$work/random") || fail "deploy/fleet.yaml has no secret of the kind ed25519"
  x=$(read_key "$secret" "$key" | openssl pkey -pubout -outform DER | tail -c 32 | base64url)
  thumbprint=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | base64url)
  printf '{"keys":[{"alg":"EdDSA","crv":"Ed25519","kid":"%s","kty":"OKP","use":"sig","x":"%s"}]}' "$thumbprint" "$x"
}

# Creates the Secret of a database's superuser: `make_superuser DATABASE NAME`.
make_superuser() {
  value random >"$work/password"
  printf '%s' "$2" >"$work/username"
  in_namespace create secret generic "$1-superuser" --type=kubernetes.io/basic-auth \
    --from-file=username="$work/username" --from-file=password="$work/password" >&2
}

# The account file holds the digest of the password: the server needs no more to authenticate its administrator. The first line
# of the Secret is the password in use; while it rotates, a second one has the next password.
make_valkey_accounts() {
  local digest
  digest=$(read_key administrators cache-admin | sed -n '1{s/\r$//;p;}' | tr -d '\n' | openssl dgst -sha256 -hex | sed 's/^.*= //')
  printf 'user default off\nuser cache-admin on #%s ~* &* +@all\n' "$digest" >"$work/users.acl"
  in_namespace create secret generic valkey-accounts --from-file=users.acl="$work/users.acl" >&2
}

# Prints the names that clients in the cluster use for a server, and the server's own loopback names.
names_of() {
  local service names=DNS:localhost,IP:127.0.0.1
  for service in "$@"; do
    names+=",DNS:$service,DNS:$service.$namespace,DNS:$service.$namespace.svc,DNS:$service.$namespace.svc.cluster.local"
  done
  printf '%s\n' "$names"
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1"; }

# Creates an engine's authority, and a certificate that it signs for the service names in the other arguments.
sign() {
  local engine=$1 usage=serverAuth
  # The nodes of a Galera cluster are also clients of each other.
  if [[ $engine == mariadb ]]; then usage+=,clientAuth; fi
  new_key "$work/ca.key"
  openssl req -x509 -new -key "$work/ca.key" -days "$certificate_days" -subj "/CN=bulkhead $environment $engine" \
    -addext keyUsage=critical,keyCertSign,cRLSign -out "$work/ca.crt"
  new_key "$work/tls.key"
  openssl req -new -key "$work/tls.key" -subj "/CN=$engine" -out "$work/tls.csr"
  openssl x509 -req -in "$work/tls.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -days "$certificate_days" \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=%s\n' "$(names_of "${@:2}")" "$usage") \
    -out "$work/tls.crt" 2>/dev/null
  rm "$work/ca.key"
}

# Creates all of an engine's certificates or none, because a certificate of another authority is useless. An existing one
# may be in use, so only a person deletes it.
make_certificates() {
  local engine=$1 key=$2 line
  local -a of_engine
  mapfile -t of_engine < <(grep -xE "secret $engine-(tls|authority)|configmap authority $key" "$work/needed")
  for line in "${of_engine[@]}"; do
    grep -qxF "$line" "$work/missing" ||
      fail "$line exists and other certificates of $engine are missing: delete it to create them all again"
  done
  sign "$engine" "${@:3}"
  in_namespace create secret tls "$engine-tls" --cert="$work/tls.crt" --key="$work/tls.key" >&2
  if grep -qxF "secret $engine-authority" "$work/needed"; then
    in_namespace create secret generic "$engine-authority" --from-file=ca.crt="$work/ca.crt" >&2
  fi
  put configmap authority "$key" "$work/ca.crt"
}

is_missing() { grep -qE "^$1( |$)" "$work/missing"; }

make_missing() {
  local kind name key form database
  [[ -n $("${kubectl[@]}" get namespace "$namespace" --ignore-not-found --output=name) ]] ||
    "${kubectl[@]}" create namespace "$namespace" >&2
  missing >"$work/missing"
  while read -r kind name key <&3; do
    form=$(awk -v name="$name" -v key="$key" '$1 == name && $2 == key { print $3 }' "$work/random")
    # Nothing creates a given secret; it stays on the list of what is missing.
    if [[ -n $form && $form != given ]]; then make_random "$name" "$key" "$form"; fi
  done 3<"$work/missing"
  # The objects below are derived from the random values above.
  if is_missing 'secret postgresql-superuser'; then make_superuser postgresql postgres; fi
  for database in mariadb mysql; do
    if is_missing "secret $database-superuser"; then make_superuser "$database" root; fi
  done
  if is_missing 'secret valkey-accounts'; then make_valkey_accounts; fi
  if is_missing 'configmap token-keys jwks.json'; then
    key_set >"$work/jwks.json"
    put configmap token-keys jwks.json "$work/jwks.json"
  fi
  make_missing_certificates postgresql database.crt postgresql postgresql-rw postgresql-r postgresql-ro
  # Each node by its name: OpenSSL takes a star only where two more labels follow it.
  make_missing_certificates mariadb database.crt mariadb mariadb-primary mariadb-internal mariadb-{0..2}.mariadb-internal
  make_missing_certificates mysql database.crt mysql
  make_missing_certificates valkey cache.crt valkey
}

# Only for an engine in the cluster: the manifests then need its certificate.
make_missing_certificates() {
  grep -qxF "secret $1-tls" "$work/needed" || return 0
  if is_missing "secret $1-(tls|authority)" || is_missing "configmap authority $2"; then make_certificates "$@"; fi
}

# Prints when a certificate of the file ends, in seconds since 1970, the soonest first.
ends_of() {
  local end
  openssl storeutl -noout -text -certs "$1" 2>/dev/null | sed -n 's/.*Not After *: //p' |
    while read -r end; do date --date="$end" +%s; done | sort -n
}

# Of a chain the certificate that ends first counts, and of authorities the last one: a provider's file has more than one.
report_certificates() {
  local kind name key end code=0
  while read -r kind name key <&3; do
    case "$kind $name" in
    'secret '*-tls) read_key "$name" tls.crt >"$work/certificate" && end=$(ends_of "$work/certificate" | head -n 1) ;;
    'secret '*-authority) read_key "$name" ca.crt >"$work/certificate" && end=$(ends_of "$work/certificate" | tail -n 1) ;;
    'configmap authority')
      in_namespace get configmap "$name" --output=go-template="{{index .data \"$key\"}}" >"$work/certificate"
      end=$(ends_of "$work/certificate" | tail -n 1)
      ;;
    *) continue ;;
    esac
    if [[ -z $end ]]; then
      say "$kind $name${key:+ $key} has no certificate that openssl can read"
      code=2
      continue
    fi
    say "the certificate of $kind $name${key:+ $key} ends in $(((end - EPOCHSECONDS) / 86400)) days"
    ((end - EPOCHSECONDS > 86400 * days_left)) || code=2
  done 3<"$work/needed"
  ((code == 0)) || say "a certificate has less than $days_left days left: docs/deploy.md, \"Rotating a credential\", says how to renew it"
  return "$code"
}

report_missing() {
  missing >"$work/missing"
  [[ -s $work/missing ]] || return 0
  say "missing in $namespace$1:"
  sed 's/^/  /' "$work/missing" >&2
  exit 2
}

[[ $# -eq 1 || ($# -eq 2 && $2 == check) ]] || usage
[[ $days_left =~ ^[0-9]{1,4}$ ]] || fail "CERTIFICATE_DAYS must be a number of days, not '$days_left'"
readonly environment=$1
namespace=$(namespace_of "$environment")
readonly namespace
umask 077
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT
render "$environment" any >"$work/manifests"
operation needs <"$work/manifests" >"$work/needed"
operation access >"$work/random"
if [[ $# -eq 2 ]]; then
  report_missing " (cluster-secrets.sh $environment creates all but a provider's objects)"
  report_certificates
else
  make_missing
  report_missing " (a provider's objects, which this script does not create)"
  say "the secrets of $environment are in $namespace"
fi
