# shellcheck shell=bash
# Functions that the scripts share for ENV=local, the fleet on docker compose; source this file after cluster.sh.
#
# RELEASE           the tag of the images; default: the tag of docker-compose.yml (BULKHEAD_VERSION, or dev)
# ENGINE            the database and the cache (deploy/compose/engines.sh); default: those that run

# shellcheck source=deploy/compose/engines.sh
source "${checkout:?}/deploy/compose/engines.sh"
[[ -z ${RELEASE:-} ]] || export BULKHEAD_VERSION=$RELEASE

# Prints each program with the service that has the build section of its image: `PROGRAM SERVICE`. It is the first service of the
# program, and of the three jobs with the tool only bootstrap.
builders() {
  awk '/^[^ #]/ { on = /^services:/ } on && /^  [a-z]/ { name = $1; sub(/:.*/, "", name) }
    on && /^    program:/ && !seen[$2]++ { print $2, name } END { print "bulkhead", "bootstrap" }' "${checkout:?}/deploy/fleet.yaml"
}

# Prints the running containers of a service.
containers_of() { docker compose ps --quiet "$1"; }

# Prints `SERVICE CONTAINER` for each container of the project, also for one that does not run, but for those of one-off commands.
project_containers() {
  docker container ls --all --no-trunc --filter "label=com.docker.compose.project=$(project)" \
    --filter label=com.docker.compose.oneoff=False --format '{{.Label "com.docker.compose.service"}} {{.ID}}'
}

every_container_of() {
  local found
  found=$(project_containers) && awk -v service="$1" '$1 == service { print $2 }' <<<"$found"
}

# Prints those with a program of ours and of a service that this release does not have: `SERVICE CONTAINER`. An engine may have
# the data of the fleet, so it is never one of them.
foreign_containers() {
  local known found service container image
  known=$(docker compose --profile '*' config --services) || fail "docker compose cannot list the services of this release"
  found=$(project_containers) || fail "docker cannot list the containers of this project"
  while read -r service container <&3; do
    if [[ -z $service || $'\n'$known$'\n' == *$'\n'"$service"$'\n'* ]]; then continue; fi
    image=$(docker inspect --format '{{.Config.Image}}' "$container") || fail "docker cannot inspect $container of $service"
    [[ $image != bulkhead/* ]] || printf '%s %s\n' "$service" "$container"
  done 3<<<"$found"
}

remove_containers() {
  docker stop "$@" >/dev/null
  docker rm --force "$@" >/dev/null
}

# Nothing would update such a container, and it has the rights of another release.
remove_foreign() {
  local service container found
  found=$(foreign_containers) || exit 1
  while read -r service container; do
    [[ -n $service ]] || continue
    say "removing a container of $service, which this release does not have"
    remove_containers "$container" </dev/null
  done <<<"$found"
}

# Prints the program of a container: it has the name of the image.
program_of() {
  local image
  image=$(docker inspect --format '{{.Config.Image}}' "$1")
  image=${image##*/}
  printf '%s\n' "${image%%[:@]*}"
}
