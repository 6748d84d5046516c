#!/usr/bin/env bash
# Migrates an environment's schema and rights to a release, and waits until that succeeds or fails.
#
#   migrate.sh ENV       ENV is local (docker compose) or a folder of deploy/k8s/overlays
#
# In a cluster it applies the foundation (namespace, network policies, settings, engines), then the release's migration Job.
# If the Job fails, or one of its containers cannot start (no image, a wrong name, a missing Secret), the script prints the
# last log lines of its pods and leaves the services alone. If this release's Job has
# already ended, the script creates it again: its steps do nothing where nothing is left to do. If it still runs, the script
# waits for it.
# Settings: RELEASE, REGISTRY, KUBECTL (scripts/cluster.sh); MIGRATE_TIMEOUT, seconds, default 1700. That is less than the
# Job's own deadline, after which Kubernetes deletes its pods and their logs. Locally RELEASE and COMPOSE_PROFILES
# (scripts/composed.sh).
# Exit codes: 0 done, 1 error or failed, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
readonly timeout_seconds=${MIGRATE_TIMEOUT:-1700} poll_seconds=2 engine_seconds=600 log_lines=40
# A container that waits for one of these does not start by itself. Three polls in a row: a registry may fail once.
readonly hopeless='^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError)$' hopeless_polls=3

in_namespace() { "${kubectl[@]}" --namespace="$namespace" "$@"; }

# Prints the Job's final condition (Complete or Failed), or nothing while it runs. A plain `kubectl wait` for `complete`
# would wait for ever on a failed Job.
job_end() {
  in_namespace get job "$job" --ignore-not-found \
    --output=jsonpath='{range .status.conditions[?(@.status=="True")]}{.type}{"\n"}{end}' |
    sed -n '/^Complete$/p;/^Failed$/p' | head -n 1
}

report_failure() {
  say "the migration of $release failed; no service was changed"
  in_namespace get job "$job" --output=jsonpath='{.status.conditions[?(@.type=="Failed")].message}{"\n"}' >&2
  report_pods "$namespace" "job-name=$job" "$log_lines"
}

# Prints why a container of the Job cannot start, or nothing.
cannot_start() {
  local waiting='{{range .}}{{with .state.waiting}}{{.reason}}{{"\n"}}{{end}}{{end}}' of
  for of in initContainerStatuses containerStatuses; do
    in_namespace get pods --selector="job-name=$job" --output=go-template="{{range .items}}{{with .status.$of}}$waiting{{end}}{{end}}"
  done | grep -Ex "$hopeless" | tail -n 1
}

wait_for_job() {
  local deadline=$((SECONDS + timeout_seconds)) end reason polls=0
  say "waiting for $job"
  while true; do
    # A failed query does not stop the Job.
    end=$(job_end) || say "cannot query $job; trying again"
    case $end in
    Complete) return 0 ;;
    Failed)
      report_failure
      return 1
      ;;
    esac
    if reason=$(cannot_start); then polls=$((polls + 1)); else polls=0; fi
    if ((polls >= hopeless_polls)); then
      report_failure
      say "a container of $job cannot start: $reason"
      return 1
    fi
    if ((SECONDS >= deadline)); then
      report_failure
      say "it did not end within $timeout_seconds s"
      return 1
    fi
    sleep "$poll_seconds"
  done
}

wait_for_engines() {
  local engine engines
  engines=$(in_namespace get statefulset --selector=app.kubernetes.io/part-of=bulkhead --output=name) ||
    fail "cannot query the cluster for the engines"
  for engine in $engines; do
    in_namespace rollout status "$engine" --timeout="${engine_seconds}s" >&2 || {
      report_pods "$namespace" "app.kubernetes.io/name=${engine#*/}" "$log_lines"
      fail "${engine#*/} does not become ready; no service was changed"
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
  end=$(job_end) || fail "cannot query the cluster for $job"
  # A completed Job runs again too: by hand or by another release, rights may have changed since.
  if [[ -n $end ]]; then
    say "$job ran before ($end); creating it again"
    in_namespace delete job "$job" --wait=true >&2
  fi
  apply_phase 'bulkhead/phase=migration' <<<"$manifests" >&2
  wait_for_job
  say "schema and rights match $release"
}

# Runs the same steps as one-shot containers once the engines are ready, and leaves the services alone.
migrate_local() {
  local step cache
  cd "$checkout"
  # shellcheck source=scripts/composed.sh
  source scripts/composed.sh
  deploy/compose/secrets.sh check || fail "secrets are missing: run make secrets"
  choose_cache
  docker compose up --detach --wait postgres "$cache" || fail "the engines do not become healthy"
  for step in bootstrap migrate access; do
    say "$step"
    docker compose run --rm --no-deps -T "$step" || fail "$step failed; no service was changed"
  done
  say "schema and rights match ${BULKHEAD_VERSION:-dev}"
}

[[ $# -eq 1 ]] || usage
readonly environment=$1
case $environment in
local) migrate_local ;;
*) migrate_cluster ;;
esac
