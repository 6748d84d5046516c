#!/usr/bin/env bash
# Holds every service to its own API document: `contract.sh [arguments of schemathesis run]`.
#
# Runs the fleet on SQLite and the memory cache, on loopback ports of its own and with data of its own. Sends requests made
# from `/openapi.json`, valid and invalid ones, as an operator, with all checks of schemathesis. Exit codes: 0 no failure, 1 an
# error or a failure.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
cd "$checkout"
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh

readonly seconds=60 services=4
work=$checkout/.bulkhead/contract-$$
readonly work
port=$(first_free_port)
readonly port

say() { printf 'contract: %s\n' "$*" >&2; }

bulkhead=$(swift build --show-bin-path)/bulkhead
readonly bulkhead
mkdir -p "$work"
forget_settings
export DB_TYPE=sqlite DB_NAME=$work/app_db.db CREDENTIALS_DIR=$work/credentials
# The checker signs up and in as often as it likes, from one address.
LOG_LEVEL=warning USER_CHANGES=1000000 SIGN_UPS=1000000 SIGN_IN_FAILURES=1000000 "$bulkhead" up --first-port "$port" >"$work/fleet" 2>&1 &
fleet=$!
trap 'kill "$fleet" 2>/dev/null || true; wait "$fleet" || true; rm -rf "$work"' EXIT
wait_for_fleet "$fleet" "$work/fleet"

export CONTRACT_BACKEND=http://127.0.0.1:$port CONTRACT_EMAIL=operator@example.org CONTRACT_PASSWORD='a password for checks'
export SCHEMATHESIS_HOOKS=$checkout/Tests/Contract/tokens.py
sign_up() {
  curl --silent --fail --output "$work/user" "$CONTRACT_BACKEND/v1/users" -H 'Content-Type: application/json' \
    -d "{\"email\":\"$1\",\"password\":\"$CONTRACT_PASSWORD\"}"
}
# The checker likes small ids: the operator must not be the user that it changes or removes.
for number in {1..20}; do sign_up "member-$number@example.org"; done
sign_up "$CONTRACT_EMAIL"
"$bulkhead" promote "$CONTRACT_EMAIL" >&2

code=0
for ((service = 0; service < services; service++)); do
  address=http://127.0.0.1:$((port + service))
  say "$address/openapi.json"
  # It writes what it may replay into the current folder.
  (cd "$work" && "$checkout/.tools/venv/bin/schemathesis" --config-file "$checkout/Tests/Contract/schemathesis.toml" run \
    "$address/openapi.json" --checks all --max-time "$seconds" --warnings off "$@") || code=1
done
exit "$code"
