# shellcheck shell=bash
# Waits for the end of the Job $job in $namespace; source this file after cluster.sh.
#
# MIGRATE_TIMEOUT   seconds, default 1700. That is less than the Job's own deadline, after which Kubernetes deletes its pods
#                   and their logs.
# shellcheck disable=SC2154 # the sourcing script sets kubectl, namespace and job

readonly timeout_seconds=${MIGRATE_TIMEOUT:-1700} poll_seconds=2 log_lines=40
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
  say "$1"
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

# Waits until the Job completes: `wait_for_job FAILURE STATE`. Where it fails, reports both. Where it cannot start or takes too
# long, reports that with the state, and leaves the Job: it may be in the middle of its work.
wait_for_job() {
  local deadline=$((SECONDS + timeout_seconds)) end reason polls=0
  local -r left="$job was not stopped: it may still complete, or kubectl --namespace=$namespace delete job $job ends it"
  say "waiting for $job"
  while true; do
    # A failed query does not stop the Job.
    end=$(job_end) || say "cannot query $job; trying again"
    case $end in
    Complete) return 0 ;;
    Failed)
      report_failure "$1; $2"
      return 1
      ;;
    esac
    if reason=$(cannot_start); then polls=$((polls + 1)); else polls=0; fi
    if ((polls >= hopeless_polls)); then
      report_failure "a container of $job cannot start: $reason; $2. $left"
      return 1
    fi
    if ((SECONDS >= deadline)); then
      report_failure "$job did not end within $timeout_seconds s; $2. $left"
      return 1
    fi
    sleep "$poll_seconds"
  done
}
