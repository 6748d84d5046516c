#!/usr/bin/env bash
# Does what docs/new-service.md says, in a copy of the checkout, which it removes: writes the service, renders, runs the fleet
# with it, runs its tests and those of what it changes, checks the deployment files (`make test-deploy`: docker compose config, the
# schemas of Kubernetes, the rules), and takes the service back. `git status` of the copy is empty then.
#
# It takes as long as two builds. Setting: COPY (the copy's folder, kept at the end; the next run builds less). What else is in
# the folder is removed, so it must be new, or the copy of an earlier run.
# Exit codes: 0 done, 1 error.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout page=$checkout/docs/new-service.md name=billing
readonly steps=8
step=0 title=
say() { printf 'new-service: %s\n' "$*" >&2; }
fail() { say "error: $*" && exit 1; }
begin() {
  title=$1
  say "step $((++step)) of $steps, after $SECONDS s: $title"
}

copy=${COPY:-$(mktemp -d -t bulkhead-new-service-XXXXXX)}
readonly copy
# shellcheck disable=SC2317 # the trap calls it
end() {
  local code=$?
  ((code == 0)) || say "failed after $SECONDS s, in step $step of $steps: $title"
  rm -f "$copy".{commands,output}
  [[ -n ${COPY:-} ]] || rm -rf "$copy"
}
trap end EXIT

begin "a copy of the checkout in $copy"
# The copy is a repository of its own, with the checkout's files as they are now.
mkdir -p "$copy"
readonly mark=$copy/.git/new-service
[[ -e $mark || -z $(ls -A "$copy") ]] || fail "$copy has files and is no copy of an earlier run: name another folder in COPY"
find "$copy" -mindepth 1 -maxdepth 1 ! -name .build -exec rm -rf {} +
files() {
  local file
  while IFS= read -r -d '' file; do
    [[ ! -e $checkout/$file ]] || printf '%s\0' "$file"
  done < <(git -C "$checkout" ls-files --cached --others --exclude-standard -z)
}
files | tar -C "$checkout" --null --files-from=- -cf - | tar -C "$copy" -xf -
ln -sfn "$checkout/.tools" "$copy/.tools"
cd "$copy"
git init -q .
touch "$mark"
git add --all
git -c user.name=test -c user.email=test@example.org commit -q --message='the checkout'

# The commands of the page's section, line by line.
section() {
  awk -v title="## $1" '$0 == title { on = 1; next } /^## / { on = 0 } on && /^```/ { code = !code; next } on && code' "$page" |
    grep -v '^curl '
}

follow() {
  begin "$1"
  section "$1" >"$copy.commands"
  [[ -s $copy.commands ]] || fail "$page has no commands under '$1'"
  bash -euxo pipefail "$copy.commands" | tee "$copy.output" || fail "the commands under '$1' failed"
}

follow 'Write it'
follow 'Render what deploys it'
git diff --quiet -- docker-compose.yml && fail "the rendered compose file does not have the service"
# The fleet with the service, and its proof.
follow 'Run it'
grep -q "$name-rw" "$copy.output" || fail "the matrix has no account of $name"
begin 'lint'
make lint
begin 'the tests that see the service'
# These suites see the service: its own, the rules on the sources, the manifests, what is rendered, and the migrations. `make test`
# would build and run all others too, which the service does not reach.
BULKHEAD_TESTS=BillingTests,TidyTests,AccessManifestTests,BulkheadTests,MigrationsTests scripts/test.sh \
  --filter 'BillingItemTests|TidyTests|FleetRenderingTests|FleetParserTests|FleetManifestTests|HistoryTests'
begin 'the rules on the deployment'
make test-deploy
follow 'Take it back'
[[ -z $(git status --porcelain) ]] || fail "remove left: $(git status --porcelain)"
((step == steps)) || fail "$step steps of $steps ran"
say "done after $SECONDS s: $steps of $steps steps; the copy is what it was"
