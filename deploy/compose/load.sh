#!/usr/bin/env bash
# Keeps the composed fleet busy, for looking at it under load: signs a member up and in, then asks for the member's
# settings until it is stopped, with a line of figures every REPORT_SECONDS.
# Reads API (where backend-api is), CONNECTIONS and REPORT_SECONDS.
set -euo pipefail
trap 'exit 0' TERM INT

readonly api=${API:-http://backend-api:8081} seconds=${REPORT_SECONDS:-10} connections=${CONNECTIONS:-32}
credentials="{\"email\":\"load-$RANDOM$RANDOM@example.org\",\"password\":\"a password of no worth\"}"
readonly credentials

ask() { curl --silent --show-error --fail --header 'Content-Type: application/json' "$@"; }

ask "$api/v1/users" --data "$credentials" >/dev/null
while true; do
  # A token lives shorter than a load may.
  token=$(ask "$api/v1/sessions" --data "$credentials" | sed -E 's/.*"token":"([^"]+)".*/\1/')
  wrk --threads 1 --connections "$connections" --duration "${seconds}s" \
    --header "Authorization: Bearer $token" "$api/v1/settings" | grep -E 'Requests/sec|Socket errors|Non-2xx' &
  wait $! || true
done
