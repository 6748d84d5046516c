#!/usr/bin/env bash
# Builds everything once and runs every test against real servers of its own: `test.sh [arguments of swift test]`.
#
# The tests find their servers through TEST_POSTGRES_ENV and TEST_REDIS_ENV (files of NAME=value lines), and a Python
# with the packages they check against through TEST_PYTHON.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
readonly run_seconds=1200
cd "$checkout"
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh

say() { printf 'test: %s\n' "$*" >&2; }

say "building (debug, with the tests)"
swift build --build-tests
start_real_servers "$checkout/.bulkhead/test-servers"
export TEST_POSTGRES_ENV=$real_servers/postgresql/env
export TEST_REDIS_ENV=$real_servers/redis/env
export TEST_PYTHON=$checkout/.tools/venv/bin/python
say "running the tests"
# A test that hangs must not keep its servers, nor whoever waits for the result, for ever.
# All tests start at once unless they are told not to, and then wait for each other and for two cores.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4
timeout --foreground "$run_seconds" swift test --skip-build --disable-xctest "$@"
