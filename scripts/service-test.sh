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
say() { printf 'new-service: %s\n' "$*" >&2; }
fail() { say "error: $*" && exit 1; }

copy=${COPY:-}
if [[ -z $copy ]]; then
  copy=$(mktemp -d -t bulkhead-new-service-XXXXXX)
  trap 'rm -rf "$copy"' EXIT
fi
readonly copy

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
  say "$1"
  section "$1" >"$copy.commands"
  [[ -s $copy.commands ]] || fail "$page has no commands under '$1'"
  bash -euxo pipefail "$copy.commands" || fail "the commands under '$1' failed"
  rm "$copy.commands"
}

follow 'Write it'
follow 'Render what deploys it'
git diff --quiet -- docker-compose.yml && fail "the rendered compose file does not have the service"
say 'the fleet with the service, and its proof'
follow 'Run it' | tee "$copy.demo" | tail -n 5
grep -q "$name-rw" "$copy.demo" || fail "the matrix has no account of $name"
rm "$copy.demo"
say 'its tests, the tidy rules and the rules on the deployment'
make lint
# These suites see the service: its own, the rules on the sources, the manifests, what is rendered, and the migrations. `make test`
# would build and run all others too, which the service does not reach.
BULKHEAD_TESTS=BillingTests,TidyTests,AccessManifestTests,BulkheadTests,MigrationsTests scripts/test.sh \
  --filter 'BillingItemTests|TidyTests|FleetRenderingTests|FleetParserTests|FleetManifestTests|HistoryTests'
make test-deploy
follow 'Take it back'
[[ -z $(git status --porcelain) ]] || fail "remove left: $(git status --porcelain)"
say 'done: the copy is what it was'
