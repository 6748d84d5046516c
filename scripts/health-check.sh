#!/usr/bin/env bash
# Asks an environment whether it is well, and says what is not.
#
#   health-check.sh ENV  ENV is local (docker compose) or a folder of deploy/k8s/overlays
#
# In a cluster: every service of deploy/access.yaml has its Deployment, its roll-out has ended, every pod is ready and
# runs the same images as its Deployment says, and it answers `health` from inside. Locally: every service answers
# `health` from inside its container.
# Settings: RELEASE, KUBECTL (scripts/cluster.sh); HEALTH_TIMEOUT, seconds for the roll-outs, default 900.
# Exit codes: 0 all well, 1 error, 2 something is not well, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
readonly timeout_seconds=${HEALTH_TIMEOUT:-900} log_lines=20
unwell=0

well() { printf 'well      %s\n' "$*"; }

ill() {
  printf 'NOT WELL  %s\n' "$*"
  unwell=$((unwell + 1))
}

in_namespace() { "${kubectl[@]}" --namespace="$namespace" "$@"; }

# The program of a pod of the Deployment asks itself, because the image has no shell and no curl.
ask_deployment() {
  local deployment=$1 program report
  program=$(in_namespace get "$deployment" --output=jsonpath='{.spec.template.spec.containers[0].image}')
  program=${program##*/}
  program=${program%%[:@]*}
  if report=$(in_namespace exec "$deployment" --container=service -- "$program" health 2>&1); then
    well "${deployment#*/}: $report"
  else
    ill "${deployment#*/}: $report"
  fi
}

check_deployment() {
  local deployment=$1
  if in_namespace rollout status "$deployment" --timeout="${timeout_seconds}s" >&2; then
    ask_deployment "$deployment"
  else
    ill "${deployment#*/}: the roll-out did not end; the last words of its pods:"
    # By label: asked for a Deployment's words, kubectl chooses one pod that is ready, which is one of the old.
    tell_pods "$namespace" "app.kubernetes.io/name=${deployment#*/}" "$log_lines"
  fi
}

check_cluster() {
  local service found
  namespace=$(namespace_of "$environment")
  for service in "${services[@]}"; do
    found=$(in_namespace get deployment "$service" --ignore-not-found --output=name) ||
      fail "cannot ask the cluster for the Deployment $service"
    if [[ -n $found ]]; then check_deployment "deployment/$service"; else ill "$service: there is no Deployment of it"; fi
  done
}

check_local() {
  local service container containers report
  cd "$checkout"
  # shellcheck source=scripts/composed.sh
  source scripts/composed.sh
  for service in "${services[@]}"; do
    mapfile -t containers < <(containers_of "$service")
    ((${#containers[@]} > 0)) || ill "$service: no container of it runs"
    for container in "${containers[@]}"; do
      if report=$(docker exec "$container" "$(program_of "$container")" health 2>&1); then
        well "$service: $report"
      else
        ill "$service: $report"
      fi
    done
  done
}

[[ $# -eq 1 ]] || usage
readonly environment=$1
case $environment in
local) check_local ;;
*) check_cluster ;;
esac
if ((unwell > 0)); then
  say "$unwell not well"
  exit 2
fi
say "all well"
