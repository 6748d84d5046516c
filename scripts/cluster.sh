# shellcheck shell=bash
# Functions that the cluster scripts share; source this file. An environment ENV is a folder deploy/k8s/overlays/ENV.
#
# RELEASE     the tag of the images; default: the short name of the commit, where the checkout has no other change
# REGISTRY    the prefix of the images' names, such as registry.example.org/bulkhead; default: bulkhead
# KUBECTL     the client; default: kubectl

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
readonly registry=${REGISTRY:-bulkhead}
read -r -a kubectl <<<"${KUBECTL:-kubectl}"
# The services that run, in the order of fleet.yaml: access.yaml also lists accounts that only people use.
# shellcheck disable=SC2034 # the sourcing scripts use them
mapfile -t services < <(sed -nE '/^services:/,/^[^ #]/ s/^  ([a-z0-9-]+):.*/\1/p' "$checkout/deploy/fleet.yaml")
# The programs that are built, each with an image of its name.
# shellcheck disable=SC2034 # the sourcing scripts use them
mapfile -t programs < <(sed -nE '/^programs:/,/^[^ #]/ s/^  ([a-z0-9-]+):.*/\1/p' "$checkout/deploy/fleet.yaml")
script=$(basename "$0" .sh)
readonly script

say() { printf '%s: %s\n' "$script" "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

usage() {
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
  exit 64
}

release_name() {
  local release=${RELEASE:-} changes
  if [[ -z $release ]]; then
    release=$(git -C "$checkout" rev-parse --short=12 HEAD) || fail "this checkout has no commit to name the release after: set RELEASE"
    changes=$(git -C "$checkout" status --porcelain) || fail "git cannot compare the checkout with its commit: set RELEASE"
    # The images of that name may exist, without the changes.
    [[ -z $changes ]] || fail "the checkout has changes that are not committed, so $release does not name it: commit them, or set RELEASE"
  fi
  # The release is part of the Job's name (RFC 1123): 63 characters, including the prefix `migrate-`.
  [[ $release =~ ^[a-z0-9]([a-z0-9.-]{0,51}[a-z0-9])?$ ]] ||
    fail "RELEASE '$release' must have 1 to 53 characters of a-z, 0-9, '.' and '-', and begin and end with a letter or digit"
  printf '%s\n' "$release"
}

overlay_of() {
  local overlay=$checkout/deploy/k8s/overlays/$1
  [[ $1 =~ ^[a-z0-9-]+$ && -f $overlay/kustomization.yaml ]] || fail "environment '$1' does not exist ($overlay)"
  printf '%s\n' "$overlay"
}

# Prints the version of the schema that this checkout's release runs on.
schema_of_checkout() {
  local version
  version=$(sed -nE 's/.*currentVersion = ([0-9]+).*/\1/p' "$checkout/Shared/Base/Schema/Schema.swift")
  [[ -n $version ]] || fail "this checkout does not name the version of its schema"
  printf '%s\n' "$version"
}

job_of() { printf 'migrate-%s\n' "${1//./-}"; }

# Prints the manifests of one release in one environment. Each pod of a service is marked with the version of its schema.
render() {
  local overlay release=$2 folder image
  overlay=$(overlay_of "$1") || return
  folder=$(mktemp -d)
  {
    printf 'resources: [%s]\n' "$(realpath --relative-to="$folder" "$overlay")"
    printf 'images:\n'
    for image in "${programs[@]}" bulkhead; do
      printf '  - { name: bulkhead/%s, newName: %s/%s, newTag: "%s" }\n' "$image" "$registry" "$image" "$release"
    done
    printf 'patches:\n  - target: { kind: Job, name: migrate }\n    patch: |-\n'
    printf '      - { "op": "replace", "path": "/metadata/name", "value": "%s" }\n' "$(job_of "$release")"
    printf '  - target: { kind: Deployment, labelSelector: app.kubernetes.io/component=service }\n    patch: |-\n'
    printf '      { "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "any" },\n'
    printf '        "spec": { "template": { "metadata": { "annotations": { "bulkhead/schema": "%s" } } } } }\n' \
      "$(schema_of_checkout)"
  } >"$folder/kustomization.yaml"
  "${kubectl[@]}" kustomize "$folder" || {
    rm -rf "$folder"
    fail "kubectl cannot render the manifests of $1"
  }
  rm -rf "$folder"
}

namespace_of() {
  local overlay
  overlay=$(overlay_of "$1") || return
  sed -n 's/^namespace: //p' "$overlay/kustomization.yaml"
}

# Prints `NAME IMAGE SCHEMA` for each pod of a service in a namespace that has not ended. A Deployment says what was applied last;
# its older pods serve until the new ones are ready, and then until they have stopped.
service_pods() {
  local line='{.metadata.name} {.spec.containers[?(@.name=="service")].image} {.metadata.annotations.bulkhead/schema}{"\n"}'
  "${kubectl[@]}" --namespace="$1" get pods --selector=app.kubernetes.io/component=service \
    --field-selector='status.phase!=Succeeded,status.phase!=Failed' --output=jsonpath="{range .items[*]}$line{end}"
}

# Prints what a namespace has for services that the manifests on standard input do not have: KIND.GROUP/NAME. What brings requests
# is first, because kubectl deletes in this order. The settings stay: they have a name of their own in each release.
leftovers() {
  local manifests found kinds=ingress,service,deployment,horizontalpodautoscaler,poddisruptionbudget,cronjob
  kinds+=,networkpolicy,serviceaccount
  manifests=$(cat)
  # A cluster without the Gateway API does not know its kinds.
  [[ $manifests != *'kind: HTTPRoute'* ]] || kinds=httproute,$kinds
  # shellcheck disable=SC2154 # the sourcing scripts set namespace
  found=$("${kubectl[@]}" --namespace="$namespace" get "$kinds" --output=name --selector=bulkhead/phase=services) ||
    fail "cannot query the cluster for what runs in $namespace"
  # shellcheck disable=SC2086 # a name has no space
  operation leftovers $found <<<"$manifests"
}

# Runs a program of deploy/operations with its arguments, which needs Python with PyYAML.
operation() {
  local -r python=$checkout/.tools/venv/bin/python
  # Its standard input is for the program.
  [[ -x $python ]] || "$checkout/scripts/install.sh" deploy </dev/null >&2
  KUBECTL="${kubectl[*]}" PYTHONPATH=$checkout/deploy "$python" -B "$checkout/deploy/operations/$1.py" "${@:2}"
}

# Applies one phase of the manifests on standard input.
apply_phase() { "${kubectl[@]}" apply --filename=- --selector="$1"; }

# Reports why the pods under a label are not running, and prints their last log lines. `kubectl logs` reads the containers
# in no fixed order. Without --ignore-errors it stops at the first container that has not started.
# shellcheck disable=SC2016 # $name belongs to the template
report_pods() {
  local state='{{range .}}{{$name := .name}}'
  state+='{{with .state.waiting}}{{printf "  %s waits: %s %s\n" $name .reason (or .message "")}}{{end}}'
  state+='{{with .state.terminated}}{{printf "  %s ended: %s (exit code %v)\n" $name .reason .exitCode}}{{end}}{{end}}'
  state="{{define \"state\"}}$state{{end}}{{range .items}}{{.metadata.name}}{{\"\\n\"}}"
  state+='{{range .status.conditions}}{{if and (eq .type "PodScheduled") (eq .status "False")}}'
  state+='{{printf "  waits: %s\n" (or .message "")}}{{end}}{{end}}'
  state+='{{template "state" .status.initContainerStatuses}}{{template "state" .status.containerStatuses}}{{end}}'
  "${kubectl[@]}" --namespace="$1" get pods --selector="$2" --output=go-template="$state" >&2 || true
  "${kubectl[@]}" --namespace="$1" logs --selector="$2" --all-containers --prefix --ignore-errors \
    --tail="$3" >&2 || true
}
