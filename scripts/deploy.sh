#!/usr/bin/env bash
# Rolls a release out to an environment: migrate, deploy, look.
#
#   deploy.sh ENV        what `make deploy-ENV` runs; ENV is local (docker compose) or a folder of deploy/k8s/overlays
#
# A migration that fails ends it before any service is touched; a roll-out that does not end says so and leaves the
# old pods (locally: containers) serving, for none of them goes before a new one is ready.
# Locally, images of the release that are not there yet are built from this checkout.
# Settings: RELEASE, REGISTRY, KUBECTL (scripts/cluster.sh); locally RELEASE and COMPOSE_PROFILES (scripts/composed.sh).
# Exit codes: 0 done and well, 1 error or failed, 2 not well, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
readonly log_lines=20

deploy_cluster() {
  local manifests
  manifests=$(render "$environment" "$RELEASE")
  "$checkout/scripts/cluster-secrets.sh" "$environment" check
  "$checkout/scripts/migrate.sh" "$environment"
  say "rolling out $RELEASE"
  apply_phase 'bulkhead/phase=services' <<<"$manifests" >&2
}

# An image that is there is left as it is: a tag names a release, and going back to one must not build it anew.
build_missing() {
  local program missing=()
  # bootstrap is the one of the jobs that says how their image is made.
  local -rA built_by=([backend-api]=backend-api [connector]=connector [analytics]=analytics [bulkhead]=bootstrap)
  for program in "${!built_by[@]}"; do
    docker image inspect "bulkhead/$program:$RELEASE" >/dev/null 2>&1 || missing+=("${built_by[$program]}")
  done
  if ((${#missing[@]} == 0)); then
    say "the images of $RELEASE are there"
  else
    say "building $RELEASE"
    docker compose build "${missing[@]}" >&2 || fail "$RELEASE could not be built"
  fi
}

# New containers beside the old ones; once they are ready the old ones end, each finishing what it has begun.
replace() {
  local service=$1 container code=0
  local -a old new
  mapfile -t old < <(containers_of "$service")
  say "rolling out $service"
  docker compose up --detach --wait --no-deps --no-build --no-recreate \
    --scale "$service=$((${#old[@]} > 0 ? 2 * ${#old[@]} : 1))" "$service" >&2 || code=2
  mapfile -t new < <(containers_of "$service" | grep -vxF -f <(printf '%s\n' "${old[@]}"))
  if ((code != 0)); then
    say "$service of $RELEASE is not well, the old one goes on serving; the last words of the new:"
    for container in "${new[@]}"; do docker logs --tail "$log_lines" "$container" >&2; done
    ((${#new[@]} == 0)) || docker rm --force "${new[@]}" >/dev/null
    return "$code"
  fi
  ((${#old[@]} == 0)) || { docker stop "${old[@]}" && docker rm "${old[@]}"; } >/dev/null
}

deploy_local() {
  local service cache
  cd "$checkout"
  # shellcheck source=scripts/composed.sh
  source scripts/composed.sh
  choose_cache
  build_missing
  scripts/migrate.sh local
  for service in "${services[@]}"; do replace "$service"; done
  docker compose up --detach --wait --no-deps ingress >&2
}

[[ $# -eq 1 ]] || usage
readonly environment=$1
RELEASE=$(release_name)
export RELEASE
case $environment in
local) deploy_local ;;
*) deploy_cluster ;;
esac
exec "$checkout/scripts/health-check.sh" "$environment"
