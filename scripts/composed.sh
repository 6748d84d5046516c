# shellcheck shell=bash
# Functions that the scripts share for ENV=local, the fleet on docker compose; source this file after cluster.sh.
#
# RELEASE           the tag of the images; default: the tag of docker-compose.yml (BULKHEAD_VERSION, or dev)
# COMPOSE_PROFILES  valkey instead of redis; default: the running cache

[[ -z ${RELEASE:-} ]] || export BULKHEAD_VERSION=$RELEASE

# Selects the one cache by name. Two caches would share one network name and one volume.
choose_cache() {
  if [[ -z ${COMPOSE_PROFILES:-} && -n $(docker compose --profile valkey ps --quiet valkey) ]]; then
    COMPOSE_PROFILES=valkey
  fi
  cache=redis
  [[ ${COMPOSE_PROFILES:-} != *valkey* ]] || cache=valkey
  export COMPOSE_PROFILES=${COMPOSE_PROFILES:-$cache}
}

# Prints the running containers of a service.
containers_of() { docker compose ps --quiet "$1"; }

# Prints the program of a container: it has the name of the image.
program_of() {
  local image
  image=$(docker inspect --format '{{.Config.Image}}' "$1")
  image=${image##*/}
  printf '%s\n' "${image%%[:@]*}"
}
