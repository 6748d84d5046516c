#!/usr/bin/env bash
# Migrates an environment's schema and rights to a release, and waits until that succeeds or fails.
#
#   migrate.sh ENV       ENV is local (docker compose) or a folder of deploy/k8s/overlays
#
# In a cluster it applies the foundation (namespace, network policies, settings, engines), then the release's migration Job.
# If the Job fails, or one of its containers cannot start (no image, a wrong name, a missing Secret), the script prints the
# last log lines of its pods and leaves the services alone. If this release's Job has
# already ended, the script creates it again: its steps do nothing where nothing is left to do. If it still runs, the script
# waits for it, and changes nothing of it.
# A database with the schema of a newer release keeps its rights, and the script fails: services of that release may need them.
# Settings: RIGHTS=forced changes the rights all the same. Give it after such a refusal, and only where you know that no service
# of the newer release runs: nothing else here knows that for sure. The tool of an old release may not know --force. RELEASE, REGISTRY, KUBECTL (scripts/cluster.sh); MIGRATE_TIMEOUT, seconds, default 1700. That is less than the
# Job's own deadline, after which Kubernetes deletes its pods and their logs. Locally RELEASE and ENGINE
# (scripts/composed.sh).
# Exit codes: 0 done, 1 error or failed, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
# shellcheck source=scripts/cluster-jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster-jobs.sh"
readonly engine_seconds=600

# Gives `access apply` in the manifests on standard input the flag --force. A patch by the container's name would change the order
# of the Job's steps.
force_rights() { sed -E '/^ *- access$/{n;s/^( *)- apply$/&\n\1- --force/}'; }

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
  local manifests end running=''
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
  else
    running=$(in_namespace get job "$job" --ignore-not-found --output=name) || fail "cannot query the cluster for $job"
  fi
  # Kubernetes changes no template of a Job that exists, and the two forms of the rights differ in it.
  if [[ -z $running ]]; then
    if [[ ${RIGHTS:-} == forced ]]; then manifests=$(force_rights <<<"$manifests"); fi
    apply_phase 'bulkhead/phase=migration' <<<"$manifests" >&2
  elif [[ ${RIGHTS:-} == forced ]]; then
    fail "$job still runs: wait until it has ended, and then run this again with RIGHTS=forced"
  else
    say "$job still runs"
  fi
  wait_for_job "the migration of $release failed" "no service was changed"
  say "schema and rights match $release"
}

# Runs the same steps as one-shot containers once the engines are ready, and leaves the services alone.
migrate_local() {
  local step database cache
  local -a command engines
  cd "$checkout"
  # shellcheck source=scripts/composed.sh
  source scripts/composed.sh
  deploy/compose/secrets.sh check || fail "secrets are missing: run make secrets"
  choose_engines
  begin_galera
  mapfile -t engines < <(containers_of_engine "$database")
  docker compose up --detach --wait "${engines[@]}" "$cache" || fail "the engines do not become healthy"
  for step in bootstrap migrate access; do
    say "$step"
    command=()
    if [[ $step/${RIGHTS:-} == access/forced ]]; then command=(access apply --force); fi
    docker compose run --rm --no-deps -T "$step" "${command[@]}" || fail "$step failed; no service was changed"
  done
  say "schema and rights match ${BULKHEAD_VERSION:-dev}"
}

[[ $# -eq 1 ]] || usage
readonly environment=$1
case $environment in
local) migrate_local ;;
*) migrate_cluster ;;
esac
