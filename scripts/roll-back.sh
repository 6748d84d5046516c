#!/usr/bin/env bash
# Rolls an environment back to the release of this checkout, in the one order that fails no request.
#
#   roll-back.sh ENV         to a release that runs on the schema as it is: its services alone
#   roll-back.sh ENV NEWER   takes the schema back too, to the version of this checkout; NEWER is the release that runs now
#
# `make roll-back-ENV RELEASE=... [NEWER=...]` runs this; ENV is local or a folder of deploy/k8s/overlays. The steps:
#   1. This release's services, on the newer schema. If one does not become ready, the script stops, and the newer pods keep
#      serving: the releases are not compatible. With INTERRUPT=yes this step removes the newer services instead, and the fleet
#      serves nothing until step 3. First it looks for this release's secrets, and locally images; in a cluster it also holds
#      the manifests to the rules, and cannot know whether a node can fetch the images.
#   2. When no pod of another release is left, not even a stopping one: `bulkhead migrate down` with the image of NEWER, which
#      alone contains the steps. It prints what it drops, and stops where that has rows: copy them, then run this again with
#      DROP=yes.
#   3. This release's own migration and rights, its services, and the health check (scripts/deploy.sh). Before step 2 they
#      would revoke rights that the newer services use.
# After each stop the same command continues, and without INTERRUPT the fleet serves.
# A service that only NEWER has would meet a schema without its tables. In a cluster the script refuses to go on while one runs, and
# locally step 1 removes its containers. A container has no mark of its schema: locally nothing refuses the other order. `access apply`
# of this release changes no right on the newer schema (it ends with exit code 1), so the other order stops before any service.
# Settings: DROP, INTERRUPT; RELEASE, REGISTRY, KUBECTL (scripts/cluster.sh), MIGRATE_TIMEOUT (scripts/cluster-jobs.sh; also for
# the pods that stop), and those of scripts/deploy.sh.
# Exit codes: 0 done and healthy, 1 error or failed, 2 not healthy, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
# shellcheck source=scripts/cluster-jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster-jobs.sh"

# A service that only the newer release has would run on a schema without its tables.
refuse_unknown_services() {
  local found running
  found=$(render "$environment" "$RELEASE" | leftovers) || exit 1
  running=$(sed -n 's/^deployment[^/]*.//p' <<<"$found")
  [[ -z $running ]] || fail "${running//$'\n'/ and } runs and is no service of $RELEASE: remove it first \
(kubectl --namespace=$namespace delete ${found//$'\n'/ })"
}

remove_newer_services() {
  say "INTERRUPT=yes: removing the newer services; the fleet serves nothing until those of $RELEASE run"
  if [[ $environment == local ]]; then
    docker compose rm --stop --force "${services[@]}" >&2
    remove_foreign
  else
    in_namespace delete deployment --selector=app.kubernetes.io/component=service --wait=true >&2
  fi
}

# A pod that is stopping still writes what the step down would count and drop.
wait_for_other_pods() {
  local deadline=$((SECONDS + timeout_seconds)) pods
  say "waiting until no pod of another release than $RELEASE is left"
  while true; do
    if pods=$(service_pods "$namespace"); then
      pods=$(awk -v tag=":$RELEASE" 'NF { sub(/@.*/, "", $2); if (substr($2, length($2) - length(tag) + 1) != tag) print $1 }' \
        <<<"$pods" | paste -sd ' ')
      [[ -n $pods ]] || return 0
    else
      pods="unknown, because the query failed"
    fi
    ((SECONDS < deadline)) ||
      fail "$not_taken_back: after $timeout_seconds s pods of another release are left ($pods); $serving"
    sleep "$poll_seconds"
  done
}

step_down_cluster() {
  local end
  wait_for_other_pods
  job=step-down-${newer//./-}
  end=$(job_end) || fail "cannot query the cluster for $job"
  [[ -z $end ]] || in_namespace delete job "$job" --wait=true >&2
  apply_phase 'bulkhead/phase=migration' <<<"$step" >&2
  wait_for_job "$not_taken_back" "$serving"
  in_namespace logs --selector="job-name=$job" --all-containers --tail="$log_lines" >&2 || true
}

step_down_local() {
  BULKHEAD_VERSION=$newer docker compose run --rm --no-deps -T migrate "${down[@]}" ||
    fail "$not_taken_back; $serving"
}

prepare() {
  if [[ $environment == local ]]; then
    docker image inspect "bulkhead/bulkhead:$newer" >/dev/null 2>&1 || fail "this engine has no image bulkhead/bulkhead:$newer"
    cd "$checkout"
    # shellcheck source=scripts/composed.sh
    source scripts/composed.sh
    choose_engines
    return
  fi
  namespace=$(namespace_of "$environment")
  refuse_unknown_services
  step=$(render "$environment" "$newer" | operation step_down "step-down-${newer//./-}" "${down[@]}")
}

[[ $# -eq 1 || $# -eq 2 ]] || usage
readonly environment=$1 newer=${2:-}
# Both belong to the step down.
[[ -n $newer || -z ${INTERRUPT:-}${DROP:-} ]] || usage
RELEASE=$(release_name)
export RELEASE
if [[ -n $newer ]]; then
  [[ $newer != "$RELEASE" ]] || fail "NEWER is $newer, the release to roll back to: name the one that runs now"
  RELEASE=$newer release_name >/dev/null
  schema=$(schema_of_checkout)
  down=(migrate down --to "$schema")
  [[ ${DROP:-} != yes ]] || down+=(--yes)
  not_taken_back="the schema was not taken back to version $schema"
  prepare
fi
if [[ -n $newer && ${INTERRUPT:-} == yes ]]; then
  serving="no service runs: deploy $newer again, or continue"
  "$checkout/scripts/deploy.sh" "$environment" check
  remove_newer_services
else
  serving="the services of $RELEASE serve on the schema as it is"
  "$checkout/scripts/deploy.sh" "$environment" services || {
    code=$?
    say "stopped before any change of schema and rights. Where a service reports that the schema is ahead, it cannot run on it:"
    say "docs/deploy.md, \"Rolling back\", has the way with an interruption (INTERRUPT=yes)"
    exit "$code"
  }
fi
[[ -n $newer ]] || exit 0
say "taking the schema back to version $schema with $newer"
case $environment in
local) step_down_local ;;
*) step_down_cluster ;;
esac
exec "$checkout/scripts/deploy.sh" "$environment"
