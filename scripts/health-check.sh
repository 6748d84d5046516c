#!/usr/bin/env bash
# Checks the health of an environment, and names every unhealthy service.
#
#   health-check.sh ENV  ENV is local (docker compose) or a folder of deploy/k8s/overlays
#
# In a cluster, each service of deploy/fleet.yaml must have its Deployment, with a completed roll-out. Every pod must be ready
# and run the Deployment's images. Its program must also report healthy from inside a pod (`PROGRAM health`). Locally, the
# program must report healthy from inside each of the service's containers. What runs or is open for a service that this
# release does not have is unhealthy too: no roll-out updates it. In a cluster the report has the command that deletes it.
# Settings: RELEASE, KUBECTL (scripts/cluster.sh); HEALTH_TIMEOUT, seconds for the roll-outs, default 900.
# Exit codes: 0 all healthy, 1 error, 2 at least one unhealthy service, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
readonly timeout_seconds=${HEALTH_TIMEOUT:-900} log_lines=20
unhealthy_count=0

healthy() { printf 'healthy    %s\n' "$*"; }

unhealthy() {
  printf 'UNHEALTHY  %s\n' "$*"
  unhealthy_count=$((unhealthy_count + 1))
}

in_namespace() { "${kubectl[@]}" --namespace="$namespace" "$@"; }

# Runs the health check of the program inside a pod, because the image contains no curl.
probe_deployment() {
  local deployment=$1 program report
  program=$(in_namespace get "$deployment" --output=jsonpath='{.spec.template.spec.containers[0].image}')
  program=${program##*/}
  program=${program%%[:@]*}
  if report=$(in_namespace exec "$deployment" --container=service -- "$program" health 2>&1); then
    healthy "${deployment#*/}: $report"
  else
    unhealthy "${deployment#*/}: $report"
  fi
}

check_deployment() {
  local deployment=$1
  if in_namespace rollout status "$deployment" --timeout="${timeout_seconds}s" >&2; then
    probe_deployment "$deployment"
  else
    unhealthy "${deployment#*/}: the roll-out did not complete; the last log lines of its pods follow"
    # Select pods by label: for the logs of a Deployment, kubectl chooses a ready pod, which is an old one.
    report_pods "$namespace" "app.kubernetes.io/name=${deployment#*/}" "$log_lines"
  fi
}

check_leftovers() {
  local found
  found=$(render "$environment" any | leftovers) || fail "cannot list what other releases have left in $namespace"
  [[ -z $found ]] || unhealthy "not of this release, and left as it was: kubectl --namespace=$namespace delete ${found//$'\n'/ }"
}

check_cluster() {
  local service found
  namespace=$(namespace_of "$environment")
  for service in "${services[@]}"; do
    found=$(in_namespace get deployment "$service" --ignore-not-found --output=name) ||
      fail "cannot query the cluster for the Deployment $service"
    if [[ -n $found ]]; then check_deployment "deployment/$service"; else unhealthy "$service: its Deployment is missing"; fi
  done
  check_leftovers
}

check_local() {
  local service container containers report found
  cd "$checkout"
  # shellcheck source=scripts/composed.sh
  source scripts/composed.sh
  for service in "${services[@]}"; do
    mapfile -t containers < <(containers_of "$service")
    ((${#containers[@]} > 0)) || unhealthy "$service: no container of it is running"
    for container in "${containers[@]}"; do
      if report=$(docker exec "$container" "$(program_of "$container")" health 2>&1); then
        healthy "$service: $report"
      else
        unhealthy "$service: $report"
      fi
    done
  done
  found=$(foreign_containers) || exit 1
  while read -r service container; do
    [[ -z $service ]] || unhealthy "$service: no service of this release, and left as it was: docker rm --force $container"
  done <<<"$found"
}

[[ $# -eq 1 ]] || usage
readonly environment=$1
case $environment in
local) check_local ;;
*) check_cluster ;;
esac
if ((unhealthy_count > 0)); then
  say "$unhealthy_count unhealthy"
  exit 2
fi
say "all healthy"
