#!/usr/bin/env bash
# Puts load on the composed fleet: signs up a member, signs in, and requests the member's settings until it is stopped. It
# prints a line of figures every REPORT_SECONDS.
# Settings: API (the address of backend-api), CONNECTIONS and REPORT_SECONDS.
set -euo pipefail
trap 'exit 0' TERM INT

readonly api=${API:-http://backend-api:8081} seconds=${REPORT_SECONDS:-10} connections=${CONNECTIONS:-32}
credentials="{\"email\":\"load-$RANDOM$RANDOM@example.org\",\"password\":\"a password of no worth\"}"
readonly credentials

send() { curl --silent --show-error --fail --header 'Content-Type: application/json' "$@"; }

send "$api/v1/users" --data "$credentials" >/dev/null
while true; do
  # Each round uses a new token, because a token can expire during a long run.
  token=$(send "$api/v1/sessions" --data "$credentials" | sed -E 's/.*"token":"([^"]+)".*/\1/')
  wrk --threads 1 --connections "$connections" --duration "${seconds}s" \
    --header "Authorization: Bearer $token" "$api/v1/settings" | grep -E 'Requests/sec|Socket errors|Non-2xx' &
  wait $! || true
done
