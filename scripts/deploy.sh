#!/usr/bin/env bash
# Rolls out a release to an environment: migrates, deploys, checks the health.
#
#   deploy.sh ENV            `make deploy-ENV` runs this; ENV is local (docker compose) or a folder of deploy/k8s/overlays
#   deploy.sh ENV services   the services alone, on the schema and the rights as they are; scripts/roll-back.sh runs this
#   deploy.sh ENV check      changes nothing; looks for what the services need: rules and secrets, locally secrets and images
#
# In a cluster it refuses a release whose schema is older than that of a pod that runs there: scripts/roll-back.sh has the order.
# Before it applies anything to a cluster, it holds the overlay to the rules of deploy/operations: edges, Pod Security, who holds
# which secret, life cycle. With RULES=report it reports what breaks one, and goes on.
# If the migration fails, the script stops before it changes any service. If a roll-out does not complete, the script reports
# that. The old pods (locally: containers) then keep serving: no old one stops before a new one is ready.
# Locally, the script builds missing images of the release from this checkout. It removes the containers of services that the
# release does not have, and those that an interrupted roll-out began; .bulkhead/roll-out says which ones that roll-out kept.
# In a cluster it removes nothing: the health check names what is left of such services, and the command that deletes it.
# Settings: RULES; RIGHTS (scripts/migrate.sh); RELEASE, REGISTRY, KUBECTL (scripts/cluster.sh); locally RELEASE and ENGINE (scripts/composed.sh).
# Exit codes: 0 done and healthy, 1 error or failed, 2 not healthy, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
readonly log_lines=20

hold_to_rules() {
  local code=0
  operation check >&2 || code=$?
  case $code/${RULES:-} in
  0/*) ;;
  2/report) say "RULES=report: going on with manifests that break rules" ;;
  2/*) fail "the manifests of $environment break rules (above): nothing was applied" ;;
  *) fail "the manifests of $environment cannot be held to the rules: nothing was applied" ;;
  esac
}

# The migration of an older release would revoke the rights of tables that it does not list, under the services that use them.
refuse_older_schema() {
  local found own
  own=$(schema_of_checkout)
  found=$(service_pods "$(namespace_of "$environment")") || fail "cannot query the cluster for the pods of the services"
  # Others may write annotations: nothing but a number is compared.
  found=$(sed -nE 's/^[^ ]* [^ ]* 0*([0-9]{1,9})$/\1/p' <<<"$found" | sort -n | tail -n 1)
  ((${found:-0} <= own)) || fail "pods of services with the schema $found run here, and $RELEASE has the schema $own: \
roll back in order (scripts/roll-back.sh $environment NEWER, with the release that runs now)"
}

deploy_cluster() {
  local manifests selector=bulkhead/phase=services
  manifests=$(render "$environment" "$RELEASE")
  [[ $extent != all ]] || refuse_older_schema
  hold_to_rules <<<"$manifests"
  # A certificate that ends soon is reported, and does not stop a release.
  CERTIFICATE_DAYS=0 "$checkout/scripts/cluster-secrets.sh" "$environment" check
  case $extent in
  check) exit 0 ;;
  services)
    # The settings of this release may be gone from the cluster.
    apply_phase 'bulkhead/phase=foundation' <<<"$manifests" >&2
    # The hourly check of the rights (access-verify) stays that of the release whose rights these are.
    selector+=',app.kubernetes.io/component!=job'
    ;;
  *) "$checkout/scripts/migrate.sh" "$environment" ;;
  esac
  say "rolling out $RELEASE"
  apply_phase "$selector" <<<"$manifests" >&2
}

# Builds only missing images: a tag names a release, so a roll-back must not build its image again.
build_missing() {
  local program service missing=()
  while read -r program service; do
    docker image inspect "bulkhead/$program:$RELEASE" >/dev/null 2>&1 </dev/null || missing+=("$service")
  done < <(builders)
  if ((${#missing[@]} == 0)); then
    say "the images of $RELEASE exist"
  else
    say "building $RELEASE"
    docker compose build "${missing[@]}" >&2 || fail "docker compose cannot build $RELEASE"
  fi
}

# Writes down which containers of a service are the fleet's, by their ids: the other ones are what an interrupted roll-out leaves.
keep() {
  mkdir -p "$kept"
  printf '%s\n' "${@:2}" >"$kept/$1.draft"
  mv "$kept/$1.draft" "$kept/$1"
}

# Prints the containers of a service that its last roll-out kept and that run. If none of them runs, or no roll-out was
# interrupted, prints all that run.
kept_of() {
  local running
  running=$(containers_of "$1") || fail "docker compose cannot list the containers of $1"
  if [[ -s $kept/$1 ]]; then grep -xF -f "$kept/$1" <<<"$running" && return; fi
  grep . <<<"$running" || true
}

# Removes the containers of a service but these: `remove_others SERVICE CONTAINER ...`. A running one finishes its requests.
remove_others() {
  local found
  local -a others
  found=$(every_container_of "$1") || fail "docker cannot list the containers of $1"
  mapfile -t others < <(grep -vxF -f <(printf '%s\n' "${@:2}") <<<"$found")
  ((${#others[@]} == 0)) || remove_containers "${others[@]}"
}

# Starts new containers beside the old ones. Once the new ones are ready, stops the old ones, which finish their requests.
# The new ones are as many as the old ones. So what an interrupted roll-out left must go first: each would double their number.
replace() {
  local service=$1 container found code=0
  local -a old new
  found=$(kept_of "$service") || exit 1
  mapfile -t old < <(grep . <<<"$found")
  remove_others "$service" "${old[@]}"
  keep "$service" "${old[@]}"
  say "rolling out $service"
  docker compose up --detach --wait --no-deps --no-build --no-recreate \
    --scale "$service=$((${#old[@]} > 0 ? 2 * ${#old[@]} : 1))" "$service" >&2 || code=2
  mapfile -t new < <(containers_of "$service" | grep -vxF -f <(printf '%s\n' "${old[@]}"))
  if ((code != 0)); then
    say "$service of $RELEASE does not become ready; the old containers keep serving. Last log lines of the new ones:"
    for container in "${new[@]}"; do docker logs --tail "$log_lines" "$container" >&2; done
    ((${#new[@]} == 0)) || docker rm --force "${new[@]}" >/dev/null
    rm "$kept/$service"
    return "$code"
  fi
  keep "$service" "${new[@]}"
  remove_others "$service" "${new[@]}"
  rm "$kept/$service"
}

deploy_local() {
  local service
  cd "$checkout"
  # shellcheck source=scripts/composed.sh
  source scripts/composed.sh
  deploy/compose/secrets.sh check || fail "secrets are missing: run make secrets"
  choose_engines
  kept=$checkout/.bulkhead/roll-out/$(project)
  build_missing
  [[ $extent != check ]] || exit 0
  [[ $extent == services ]] || scripts/migrate.sh local
  for service in "${services[@]}"; do replace "$service"; done
  docker compose up --detach --wait --no-deps ingress >&2
  remove_foreign
}

[[ $# -eq 1 || ($# -eq 2 && $2 =~ ^(services|check)$) ]] || usage
readonly environment=$1 extent=${2:-all}
RELEASE=$(release_name)
export RELEASE
case $environment in
local) deploy_local ;;
*) deploy_cluster ;;
esac
exec "$checkout/scripts/health-check.sh" "$environment"
