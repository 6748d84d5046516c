#!/usr/bin/env bash
# Does what docs/new-service.md says, in a copy of the checkout, which it removes: writes the service, renders, runs the fleet
# with it, runs its tests and those of what it changes, checks the deployment files (`make test-deploy`: docker compose config, the
# schemas of Kubernetes, the rules), and takes the service back. `git status` of the copy is empty then.
#
# It takes as long as two builds. Settings: COPY (the copy's folder, kept at the end; the next run builds less), FROM (with COPY: the
# number of the step to begin with, in the copy as an earlier run left it, with that run's sources; after step 8 the copy has no
# service, and only step 2 can be next). Without FROM, what else is in the folder is removed, so it must be new, or the copy of an
# earlier run. TERM, INT and HUP end what runs, and name its step.
# Exit codes: 0 done, 1 error, 128 and its number for a signal.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout page=$checkout/docs/new-service.md name=billing
readonly steps=8 from=${FROM:-1}
step=0 title='' child=''
say() { printf 'new-service: %s\n' "$*" >&2; }
fail() { say "error: $*" && exit 1; }
begin() {
  title=$1
  ((++step < from)) || say "step $step of $steps, after $SECONDS s: $title"
}
# Whether the present step is done in this run.
runs() { ((step >= from)); }
[[ $from =~ ^[1-8]$ ]] || fail "FROM is a step from 1 to $steps, not '$from'"
((from == 1)) || [[ -n ${COPY:-} && -e $COPY/.git/new-service ]] || fail "FROM=$from needs the copy of an earlier run in COPY"

# The steps work in the copy, where a relative path would name something else.
[[ -z ${COPY:-} ]] || COPY=$(mkdir -p "$COPY" && cd "$COPY" && pwd)
copy=${COPY:-$(mktemp -d -t bulkhead-new-service-XXXXXX)}
readonly copy
# Step 2 writes the service and step 8 takes it back: the steps between need it.
((from <= 2)) || grep -q "^  $name:" "$copy/deploy/fleet.yaml" ||
  fail "FROM=$from needs the service, and $copy does not have it: step 2 did not write it, or step 8 has taken it back." \
    "Begin with FROM=2, or without FROM"
((from == 1)) || say "FROM=$from: the sources are those of the earlier run, and later changes of $checkout are not in them"
# shellcheck disable=SC2317 # the trap calls it
end() {
  local code=$?
  ((code == 0)) || say "failed after $SECONDS s, in step $step of $steps: $title"
  rm -f "$copy".{commands,output}
  [[ -n ${COPY:-} ]] || rm -rf "$copy"
}
trap end EXIT
trap 'stop_child; exit 143' TERM
trap 'stop_child; exit 130' INT
trap 'stop_child; exit 129' HUP

# Runs a command in a process group of its own, so that a signal to this script ends all that the command has started.
run() {
  local code=0
  set -m
  "$@" </dev/null &
  child=$!
  set +m
  wait "$child" || code=$?
  child=
  return "$code"
}

# shellcheck disable=SC2317 # the traps call it
stop_child() {
  local -r deadline=$((SECONDS + 30))
  [[ -n $child ]] && kill -s TERM -- "-$child" 2>/dev/null || return 0
  while kill -0 -- "-$child" 2>/dev/null; do
    ((SECONDS < deadline)) || kill -s KILL -- "-$child" || return 0
    sleep 0.1
  done
}

begin "a copy of the checkout in $copy"
# The copy is a repository of its own, with the checkout's files as they are now.
mkdir -p "$copy"
readonly mark=$copy/.git/new-service
[[ -e $mark || -z $(ls -A "$copy") ]] || fail "$copy has files and is no copy of an earlier run: name another folder in COPY"
files() {
  local file
  while IFS= read -r -d '' file; do
    [[ ! -e $checkout/$file ]] || printf '%s\0' "$file"
  done < <(git -C "$checkout" ls-files --cached --others --exclude-standard -z)
}
fill() {
  find "$copy" -mindepth 1 -maxdepth 1 ! -name .build -exec rm -rf {} +
  files | tar -C "$checkout" --null --files-from=- -cf - | tar -C "$copy" -xf -
  ln -sfn "$checkout/.tools" "$copy/.tools"
  git -C "$copy" init -q
  touch "$mark"
  git -C "$copy" add --all
  git -C "$copy" -c user.name=test -c user.email=test@example.org commit -q --message='the checkout'
}
if runs; then fill; fi
cd "$copy"

# The commands of the page's section, line by line.
section() {
  awk -v title="## $1" '$0 == title { on = 1; next } /^## / { on = 0 } on && /^```/ { code = !code; next } on && code' "$page" |
    grep -v '^curl '
}

commands() { bash -euxo pipefail "$copy.commands" | tee "$copy.output"; }

follow() {
  begin "$1"
  runs || return 0
  section "$1" >"$copy.commands"
  [[ -s $copy.commands ]] || fail "$page has no commands under '$1'"
  run commands || fail "the commands under '$1' failed"
}

follow 'Write it'
follow 'Render what deploys it'
git diff --quiet -- docker-compose.yml && fail "the rendered compose file does not have the service"
# The fleet with the service, and its proof.
follow 'Run it'
! runs || grep -q "$name-rw" "$copy.output" || fail "the matrix has no account of $name"
begin 'lint'
! runs || run make lint
begin 'the tests that see the service'
# These suites see the service: its own, the rules on the sources, the manifests, what is rendered, and the migrations. `make test`
# would build and run all others too, which the service does not reach.
! runs || run env BULKHEAD_TESTS=BillingTests,TidyTests,AccessManifestTests,BulkheadTests,MigrationsTests scripts/test.sh \
  --filter 'BillingItemTests|TidyTests|FleetRenderingTests|FleetParserTests|FleetManifestTests|HistoryTests'
begin 'the rules on the deployment'
! runs || run make test-deploy
follow 'Take it back'
[[ -z $(git status --porcelain) ]] || fail "remove left: $(git status --porcelain)"
((step == steps)) || fail "$step steps of $steps ran"
say "done after $SECONDS s: steps $from to $steps of $steps; the copy is what it was, without the service"
