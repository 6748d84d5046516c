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

# Prints the program of a container: it has the name of the image.
program_of() {
  local image
  image=$(docker inspect --format '{{.Config.Image}}' "$1")
  image=${image##*/}
  printf '%s\n' "${image%%[:@]*}"
}
