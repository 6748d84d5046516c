#!/usr/bin/env bash
# Starts the composed fleet, and reports what a first start lacks before anything is built: the engine, the compose plug-in
# and its version, secrets, free ports. A start that fails leaves nothing running.
#
# Settings: ENGINE and COMPOSE_PROFILES (engines.sh), and the variables of ports.list, which move a port.
# Exit codes: 0 done, 1 error.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here oldest=2.20.3
cd "$here/../.."

say() { printf 'up: %s\n' "$*" >&2; }
fail() { say "error: $*" && exit 1; }
# shellcheck source=deploy/compose/engines.sh
source "$here/engines.sh"

# Whether a version is at least another one.
is_at_least() { [[ $(printf '%s\n' "$1" "$2" | sort --version-sort | head -n 1) == "$2" ]]; }

check_engine() {
  local version
  readonly how="https://docs.docker.com/compose/install/linux has the steps (on Debian, the package docker-compose-plugin \
of Docker's own repository)"
  command -v docker >/dev/null || fail "docker is not installed: https://docs.docker.com/engine/install"
  version=$(docker compose version --short 2>/dev/null) || fail "docker has no compose plug-in: version $oldest or newer \
is needed; $how"
  version=${version#v}
  is_at_least "$version" "$oldest" || fail "the compose plug-in has version $version, and $oldest or newer is needed; $how"
  docker info >/dev/null 2>&1 || fail "the Docker engine does not answer: start it, and check that your user may use it \
(docker info)"
}

# A port of this fleet's own ingress is not taken.
check_ports() {
  local variable port what profile number taken=0
  [[ -z $(docker compose --profile '*' ps --quiet ingress grafana) ]] || return 0
  while read -r variable port what profile; do
    [[ -z $profile || ",$COMPOSE_PROFILES," == *",$profile,"* ]] || continue
    number=${!variable:-$port}
    if (exec 3<>"/dev/tcp/127.0.0.1/$number") 2>/dev/null; then
      say "error: another program has port $number, the port of $what: stop it, or set $variable, such as" \
        "$variable=1$number make up"
      taken=1
    fi
  done < <(grep -v '^#' "$here/ports.list")
  [[ $taken == 0 ]] || exit 1
}

start() {
  local before
  before=$(docker compose ps --quiet) || fail 'docker compose cannot list the containers'
  (begin_galera) && docker compose up --detach --wait && return
  # A fleet that ran before keeps running: only what this start began ends.
  if [[ -z $before ]]; then
    say 'the start failed: removing its containers and networks, and keeping the data'
    docker compose --profile '*' down --remove-orphans
  fi
  fail 'the fleet did not start: the lines above name the container (docker compose logs NAME before the next start)'
}

check_engine
choose_engines
check_ports
"$here/secrets.sh" >/dev/null
"$here/secrets.sh" check
start
[[ $database$cache == postgresredis ]] || say "for docker compose itself, first: export BULKHEAD_DATABASE=$database BULKHEAD_CACHE=$cache"
