#!/usr/bin/env bash
# Overloads backend-api on this machine: `stress.sh [arguments of Benchmarks/stress.py]`.
#
# Uses the release build, its own PostgreSQL 16 and Redis on loopback, logs at their default level, and metrics. Exit code 2
# means that a limit was missed.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
cd "$checkout"
.tools/venv/bin/python Benchmarks/stress.py --check "$@" || exit "$(($? == 10 ? 0 : $?))"
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh

readonly work=$checkout/.bulkhead/stress

programs=$(swift build --configuration release --show-bin-path)
mkdir -p "$work"
cc -O2 -o "$work/clients" Benchmarks/stress/clients.c
start_real_servers "$checkout/.bulkhead/stress-servers"
prepare_fleet "$programs/bulkhead"
# Their tokens outlast the runs.
export ACCESS_TOKEN_SECONDS=43200
use_backend_account
.tools/venv/bin/python Benchmarks/stress.py --programs "$programs" --clients "$work/clients" --work "$work" "$@"
