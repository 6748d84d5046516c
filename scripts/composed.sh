# shellcheck shell=bash
# What the scripts share for ENV=local, the fleet on docker compose; source it after cluster.sh.
#
# RELEASE           the tag of the images; default: the one that docker compose itself takes (BULKHEAD_VERSION, or dev)
# COMPOSE_PROFILES  valkey instead of redis; default: the cache that is running

[[ -z ${RELEASE:-} ]] || export BULKHEAD_VERSION=$RELEASE

# The one cache, by name. Two at once would answer to the same name and write into the same volume.
choose_cache() {
  if [[ -z ${COMPOSE_PROFILES:-} && -n $(docker compose --profile valkey ps --quiet valkey) ]]; then
    COMPOSE_PROFILES=valkey
  fi
  cache=redis
  [[ ${COMPOSE_PROFILES:-} != *valkey* ]] || cache=valkey
  export COMPOSE_PROFILES=${COMPOSE_PROFILES:-$cache}
}

# The running containers of a service.
containers_of() { docker compose ps --quiet "$1"; }

# The program in a container is called like its image.
program_of() {
  local image
  image=$(docker inspect --format '{{.Config.Image}}' "$1")
  image=${image##*/}
  printf '%s\n' "${image%%[:@]*}"
}
