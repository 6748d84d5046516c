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
# Locally, the script builds missing images of the release from this checkout.
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
  [[ $part != all ]] || refuse_older_schema
  hold_to_rules <<<"$manifests"
  "$checkout/scripts/cluster-secrets.sh" "$environment" check
  case $part in
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

# Starts new containers beside the old ones. Once the new ones are ready, stops the old ones, which finish their requests.
replace() {
  local service=$1 container found code=0
  local -a old new
  found=$(containers_of "$service") || fail "docker compose cannot list the containers of $service"
  mapfile -t old < <(grep . <<<"$found")
  say "rolling out $service"
  docker compose up --detach --wait --no-deps --no-build --no-recreate \
    --scale "$service=$((${#old[@]} > 0 ? 2 * ${#old[@]} : 1))" "$service" >&2 || code=2
  mapfile -t new < <(containers_of "$service" | grep -vxF -f <(printf '%s\n' "${old[@]}"))
  if ((code != 0)); then
    say "$service of $RELEASE does not become ready; the old containers keep serving. Last log lines of the new ones:"
    for container in "${new[@]}"; do docker logs --tail "$log_lines" "$container" >&2; done
    ((${#new[@]} == 0)) || docker rm --force "${new[@]}" >/dev/null
    return "$code"
  fi
  ((${#old[@]} == 0)) || { docker stop "${old[@]}" && docker rm "${old[@]}"; } >/dev/null
}

deploy_local() {
  local service
  cd "$checkout"
  # shellcheck source=scripts/composed.sh
  source scripts/composed.sh
  deploy/compose/secrets.sh check || fail "secrets are missing: run make secrets"
  choose_engines
  build_missing
  [[ $part != check ]] || exit 0
  [[ $part == services ]] || scripts/migrate.sh local
  for service in "${services[@]}"; do replace "$service"; done
  docker compose up --detach --wait --no-deps ingress >&2
}

[[ $# -eq 1 || ($# -eq 2 && $2 =~ ^(services|check)$) ]] || usage
readonly environment=$1 part=${2:-all}
RELEASE=$(release_name)
export RELEASE
case $environment in
local) deploy_local ;;
*) deploy_cluster ;;
esac
exec "$checkout/scripts/health-check.sh" "$environment"
