#!/usr/bin/env bash
# Measures the rollup worker over 300,000 users, a million sessions and 10 million events: `bench-rollup.sh [debug]`.
#
# It starts its own PostgreSQL 16 and Redis, fills the tables, and runs the worker under its own account. Exit code 2 means
# that a target was missed: a round of two days in less than a second, and memory that does not grow with the rows.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
cd "$checkout"
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh

readonly configuration=${1:-release}
readonly users=300000 sessions=1000000 events=10000000
readonly rounds=5
readonly limit_milliseconds=1000 limit_growth_kilobytes=8192
readonly work=$checkout/.bulkhead/bench-rollup

say() { printf 'bench: %s\n' "$*" >&2; }

# The rows end now and reach back about a year. Row security is forced on events, so it is lifted while the owner fills the table.
fill() {
  PGPASSWORD=$(<"$DB_PASS_FILE") "$POSTGRES_PSQL" --host="$DB_HOST" --port="$DB_PORT" --username=migrate-admin \
    --dbname="$DB_NAME" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<SQL
INSERT INTO users (email, password, fs_uniquifier, confirmed_at, created_at)
SELECT 'user-' || n || '@example.org', 'x', 'u' || n, CASE WHEN n % 2 = 0 THEN now() END,
  now() - ($users - n) * interval '105 seconds' FROM generate_series(1, $users) n;
INSERT INTO sessions (user_id, token_hash, created_at, expires_at, revoked_at)
SELECT id, md5(n::text) || md5('x' || n), now() - ($sessions - n) * interval '31 seconds',
  now() - ($sessions - n) * interval '31 seconds' + interval '12 hours', CASE WHEN n % 3 = 0 THEN now() END
FROM generate_series(1, $sessions) n JOIN users ON email = 'user-' || 1 + n % $users || '@example.org';
ALTER TABLE events NO FORCE ROW LEVEL SECURITY;
INSERT INTO events (type, source, subject, payload, occurred_at)
SELECT 'user.created', 'backend-api', n % $users, '{"n":1}', now() - ($events - n) * interval '3 seconds'
FROM generate_series(1, $events) n;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
VACUUM ANALYZE users, sessions, events;
SQL
}

start_worker() {
  : >"$work/worker.log"
  DB_USER=analytics-rollup-rw DB_PASS_FILE=$CREDENTIALS_DIR/analytics-rollup-rw \
    CACHE_USER=analytics-rollup-cache CACHE_PASS_FILE=$CREDENTIALS_DIR/analytics-rollup-cache \
    JWKS_FILE=$work/jwks.json ROLE=rollup ROLLUP_INTERVAL=1 HTTP_PORT=18086 LOG_FORMAT=json LOG_LEVEL=debug \
    "$programs/analytics" 2>>"$work/worker.log" &
  worker=$!
  trap 'kill "$worker" 2>/dev/null || true; wait "$worker" || true; stop_real_servers' EXIT
}

# Prints the milliseconds of each round so far, oldest first.
round_times() { sed -n 's/.*"message":"rollups written".*"milliseconds":"\([0-9]*\)".*/\1/p' "$work/worker.log"; }

wait_for_rounds() {
  local attempt
  for ((attempt = 0; attempt < 600; attempt++)); do
    if (($(round_times | wc -l) >= $1)); then return 0; fi
    sleep 0.2
  done
  tail -n 20 "$work/worker.log" >&2
  say "the worker did not finish $1 rounds"
  exit 1
}

peak_kilobytes() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$worker/status"; }

programs=$(swift build --configuration "$configuration" --show-bin-path)
mkdir -p "$work"
printf '{"keys":[]}' >"$work/jwks.json"
start_real_servers "$checkout/.bulkhead/bench-rollup-servers"
bootstrap_fleet "$programs/bulkhead"
"$programs/bulkhead" migrate up
"$programs/bulkhead" access credentials
"$programs/bulkhead" access apply
start_worker
wait_for_rounds 2
empty=$(peak_kilobytes)
say "filling the tables"
fill
before=$(round_times | wc -l)
wait_for_rounds $((before + rounds + 1))
filled=$(peak_kilobytes)
median=$(round_times | tail -n "$rounds" | sort -n | sed -n "$(((rounds + 1) / 2))p")
growth=$((filled - empty))
printf 'the rollup of two days over %d users, %d sessions and %d events: %d ms (median of %d rounds)\n' \
  "$users" "$sessions" "$events" "$median" "$rounds"
printf 'memory of the worker: %d kB with empty tables, %d kB more at its peak\n' "$empty" "$growth"
((median < limit_milliseconds && growth < limit_growth_kilobytes)) || { say "a target was missed"; exit 2; }
