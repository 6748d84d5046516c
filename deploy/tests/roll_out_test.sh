#!/usr/bin/env bash
# What scripts/deploy.sh leaves of the containers of a fleet on docker compose, beside the stub of an engine: after roll-outs that
# were killed, at each point, a service has as many containers as before. Those of a service that the release does not have go.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PATH=$folder:$PATH
cd "$here/../.."
mkdir -p "$folder/checkout/Shared/Base/Schema"
cp Shared/Base/Schema/Schema.swift "$folder/checkout/Shared/Base/Schema"
cp -r deploy scripts docker-compose.yml .env .gitignore "$folder/checkout"
cp deploy/tests/stub_engine.sh "$folder/docker"
echo nothing >"$folder/fails-on"
cd "$folder/checkout"
rm -rf deploy/compose/secrets
deploy/compose/secrets.sh 2>/dev/null

fail() {
  printf 'roll_out_test: %s\n' "$*" >&2
  cat "$folder/containers" "$folder/output" >&2
  exit 1
}

# Deploys the release; `deploy RELEASE CODE`.
deploy() {
  local code=0
  RELEASE=$1 scripts/deploy.sh local >"$folder/output" 2>&1 || code=$?
  [[ $code == "$2" ]] || fail "the roll-out of $1 ended with $code, not $2"
  ! grep 'line [0-9]' "$folder/output" || fail "the shell reported an error"
}

# The containers of a service, with their states.
of() { sed -n "s/^$1 $1-//p" "$folder/containers" | paste -sd,; }

# Where a roll-out is killed: when it has begun new containers, when it stops the old ones, and when it has removed them. The release
# of every second one is that of the one before.
for at in '--scale connector=' 'stop connector-' 'rm --force connector-'; do
  for release in b b c; do
    echo "$at" >"$folder/kills-on"
    deploy "$release" 137
  done
  deploy c 0
  found=$(of connector)
  [[ $found == *' running' && $found != *,* ]] || fail "after roll-outs that were killed at '$at', connector has $found"
done

# Two containers stay two, and a roll-out that fails keeps the old ones, after one that was killed too.
docker compose up --scale connector=2 connector
before=$(of connector)
echo '--scale connector=' >"$folder/kills-on"
deploy d 137
echo '--scale connector=' >"$folder/fails-on"
deploy d 2
[[ $(of connector) == "$before" ]] || fail "connector has $(of connector) after a roll-out that failed, not $before"
echo nothing >"$folder/fails-on"
deploy d 0
found=$(of connector)
[[ $found == *' running,'*' running' && $found != *,*,* ]] || fail "connector has $found, not two that run"

# A stopped container of an older release does not run again.
stopped=$(sed -n 's/^analytics \(.*\) running/\1/p' "$folder/containers")
docker stop "$stopped"
deploy d 0
[[ $(of analytics) == *running && $(of analytics) != *,* && $(of analytics) != "${stopped#analytics-} "* ]] ||
  fail "analytics has $(of analytics), and $stopped was stopped"

# Without RELEASE the commit names the release, and a checkout with other changes has no name.
git init --quiet
git add --all
git -c user.name=test -c user.email=test@example.org commit --quiet --message=all
deploy '' 0
grep -qF "image inspect bulkhead/connector:$(git rev-parse --short=12 HEAD)" "$folder/calls" || fail "the commit does not name the release"
echo >>docker-compose.yml
deploy '' 1
grep -qF 'changes that are not committed' "$folder/output" || fail "the error does not name the changes"

# The service goes, with a release that does not have it, and an engine that the release does not have stays.
printf 'former former-1 running\nredis-old other-1 running\n' >>"$folder/containers"
scripts/health-check.sh local >"$folder/output" 2>&1 && fail "the fleet counts as healthy beside former"
grep -qF 'UNHEALTHY  former: no service of this release' "$folder/output" || fail "the health check does not name former"
sed -i 's|^.inspect .\*) |'"'inspect '"'*other-1) echo an-engine ;;\n&|' "$folder/docker"
deploy d 0
[[ -z $(of former) ]] || fail "former still has a container"
grep -q other-1 "$folder/containers" || fail "a container without a program of ours was removed"

# So it does before the schema is taken back, also where the newer services are removed first.
for interrupt in '' yes; do
  printf 'former former-1 running\n' >>"$folder/containers"
  : >"$folder/calls"
  RELEASE=e INTERRUPT=$interrupt scripts/roll-back.sh local d >"$folder/output" 2>&1 || fail "the roll-back failed"
  order=$(grep -oE 'rm --force former-1|migrate down' "$folder/calls" | paste -sd,)
  [[ $order == 'rm --force former-1,migrate down' ]] || fail "the roll-back with INTERRUPT='$interrupt' did: $order"
done
