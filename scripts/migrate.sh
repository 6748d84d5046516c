#!/usr/bin/env bash
# Brings an environment's schema and rights to a release, and waits until that is done or has failed.
#
#   migrate.sh ENV       ENV is local (docker compose) or a folder of deploy/k8s/overlays
#
# In a cluster it applies what all stand on (namespace, walls, settings, engines), then the release's migration Job.
# A Job that failed is told with its pods' last words, and nothing of the services is touched. A Job of this release
# that has ended is made anew: its steps do nothing where nothing is to be done. One that runs is waited for.
# Settings: RELEASE, REGISTRY, KUBECTL (scripts/cluster.sh); MIGRATE_TIMEOUT, seconds, default 1700: less than the Job's
# own deadline, which takes its pods away with their words; locally RELEASE and COMPOSE_PROFILES (scripts/composed.sh).
# Exit codes: 0 done, 1 error or failed, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
readonly timeout_seconds=${MIGRATE_TIMEOUT:-1700} poll_seconds=2 engine_seconds=600 log_lines=40

in_namespace() { "${kubectl[@]}" --namespace="$namespace" "$@"; }

# The Job's condition that ends it (Complete or Failed), or nothing while it runs. A plain wait for `complete` would
# wait for ever on a Job that failed.
job_end() {
  in_namespace get job "$job" --ignore-not-found \
    --output=jsonpath='{range .status.conditions[?(@.status=="True")]}{.type}{"\n"}{end}' |
    sed -n '/^Complete$/p;/^Failed$/p' | head -n 1
}

tell_failure() {
  say "the migration of $release failed; no service was touched"
  in_namespace get job "$job" --output=jsonpath='{.status.conditions[?(@.type=="Failed")].message}{"\n"}' >&2
  tell_pods "$namespace" "job-name=$job" "$log_lines"
}

wait_for_job() {
  local deadline=$((SECONDS + timeout_seconds)) end
  say "waiting for $job"
  while true; do
    # The Job goes on whether or not it can be asked for.
    end=$(job_end) || say "cannot ask for $job; trying again"
    case $end in
    Complete) return 0 ;;
    Failed)
      tell_failure
      return 1
      ;;
    esac
    if ((SECONDS >= deadline)); then
      tell_failure
      say "it did not end within $timeout_seconds s"
      return 1
    fi
    sleep "$poll_seconds"
  done
}

wait_for_engines() {
  local engine engines
  engines=$(in_namespace get statefulset --selector=app.kubernetes.io/part-of=bulkhead --output=name) ||
    fail "cannot ask the cluster for the engines"
  for engine in $engines; do
    in_namespace rollout status "$engine" --timeout="${engine_seconds}s" >&2 || {
      tell_pods "$namespace" "app.kubernetes.io/name=${engine#*/}" "$log_lines"
      fail "${engine#*/} does not become ready; no service was touched"
    }
  done
}

migrate_cluster() {
  local manifests end
  namespace=$(namespace_of "$environment")
  release=$(release_name)
  job=$(job_of "$release")
  manifests=$(render "$environment" "$release")
  say "release $release, environment $environment, namespace $namespace"
  apply_phase 'bulkhead/phase notin (migration, services)' <<<"$manifests" >&2
  wait_for_engines
  end=$(job_end) || fail "cannot ask the cluster for $job"
  # Also after a success: rights may have changed since, by hand or by another release.
  if [[ -n $end ]]; then
    say "$job has run before ($end); making it anew"
    in_namespace delete job "$job" --wait=true >&2
  fi
  apply_phase 'bulkhead/phase=migration' <<<"$manifests" >&2
  wait_for_job
  say "schema and rights are those of $release"
}

# The same steps as one-shot containers, once the engines are there; a service is not touched.
migrate_local() {
  local step cache
  cd "$checkout"
  # shellcheck source=scripts/composed.sh
  source scripts/composed.sh
  deploy/compose/secrets.sh check || fail "secrets are missing: run make secrets"
  choose_cache
  docker compose up --detach --wait postgres "$cache" || fail "the engines do not start"
  for step in bootstrap migrate access; do
    say "$step"
    docker compose run --rm --no-deps -T "$step" || fail "$step failed; no service was touched"
  done
  say "schema and rights are those of ${BULKHEAD_VERSION:-dev}"
}

[[ $# -eq 1 ]] || usage
readonly environment=$1
case $environment in
local) migrate_local ;;
*) migrate_cluster ;;
esac
