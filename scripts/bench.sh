#!/usr/bin/env bash
# Compares backend-api with its peers on this machine: `bench.sh [arguments of Benchmarks/bench.py]`.
#
# Uses the release build, its own PostgreSQL 16 and Redis, logs at their default level, and metrics. Exit code 2 means that
# a target was missed. With HUMMINGBIRD=1 it also builds Hummingbird 2, a peer whose packages come from the network.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
cd "$checkout"
.tools/venv/bin/python Benchmarks/bench.py --check "$@" || exit "$(($? == 10 ? 0 : $?))"
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh

readonly work=$checkout/.bulkhead/bench
# A port that is free now. Should another process take it meanwhile, backend-api ends, and so does the benchmark.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
readonly port

say() { printf 'bench: %s\n' "$*" >&2; }

start_backend() {
  use_backend_account
  : >"$work/backend-api.log"
  TOKEN_KEY_FILE=$work/token-key.pem HTTP_PORT=$port LOG_FORMAT=json \
    "$programs/backend-api" 2>>"$work/backend-api.log" &
  backend=$!
  trap 'kill "$backend" 2>/dev/null || true; wait "$backend" || true; stop_real_servers' EXIT
  wait_for "$backend" "$work/backend-api.log" \
    curl --silent --fail --max-time 5 --output "$work/jwks.json" "http://127.0.0.1:$port/.well-known/jwks.json"
}

programs=$(swift build --configuration release --show-bin-path)
mkdir -p "$work"
cc -O2 -pthread -o "$work/epoll" Benchmarks/peers/epoll.c
GOCACHE=$work/go-cache GOPATH=$work/go GOTOOLCHAIN=local .tools/venv/bin/go build -o "$work/livez-go" Benchmarks/peers/livez.go
peers=()
if [[ -n ${HUMMINGBIRD-} ]]; then
  say "building Hummingbird (release)"
  hummingbird=(--configuration release --package-path Benchmarks/peers/hummingbird-peer --scratch-path .build-hummingbird)
  swift build "${hummingbird[@]}" --static-swift-stdlib
  peers=(--hummingbird "$(swift build "${hummingbird[@]}" --show-bin-path)/hummingbird-peer")
fi
start_real_servers "$checkout/.bulkhead/bench-servers"
programs_postgresql=$(dirname "$POSTGRES_PSQL")
prepare_fleet "$programs/bulkhead"
# Their tokens outlast the runs.
export ACCESS_TOKEN_SECONDS=43200
start_backend
JWKS_FILE=$work/jwks.json .tools/venv/bin/python Benchmarks/bench.py --epoll "$work/epoll" --go "$work/livez-go" --port "$port" \
  --pid "$backend" --access-log "$work/backend-api.log" --log "$work/peers.log" \
  --token-key "$work/token-key.pem" --pgbench "$programs_postgresql/pgbench" --programs "$programs" \
  --superuser "$POSTGRES_SUPERUSER" --superuser-password "$POSTGRES_PASSWORD_FILE" \
  --cache-admin "$REDIS_ADMIN" --cache-admin-password "$REDIS_ADMIN_PASSWORD_FILE" "${peers[@]}" "$@"
