#!/usr/bin/env bash
# Uses the page of `bulkhead console` in headless Chromium: `console-test.sh [--screenshots FOLDER]`.
#
# Runs the fleet on a PostgreSQL and a Redis of its own, on free loopback ports and with data of its own, and removes them.
# `make test` does not need a browser: what the page is answered is tested there. Exit codes: 0 no failure, 1 a failure.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
cd "$checkout"
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh

say() { printf 'console: %s\n' "$*" >&2; }

bulkhead=$(swift build --show-bin-path)/bulkhead
readonly bulkhead
start_real_servers "$checkout/.bulkhead/console-servers"
bootstrap_fleet "$bulkhead"
port=$(first_free_port)
readonly port output=$real_servers/fleet
# The fleet prints the link with its token.
(umask 077 && : >"$output")
"$bulkhead" up --first-port "$port" >"$output" 2>&1 &
fleet=$!
stop_fleet() {
  kill "$fleet" 2>/dev/null || true
  wait "$fleet" || true
  stop_real_servers
}
trap stop_fleet EXIT
wait_for_fleet "$fleet" "$output"
# Not as an argument, which other users of the machine can read.
CONSOLE_LINK=$(sed -n 's/^See it: *//p' "$output")
export CONSOLE_LINK CONSOLE_API=http://127.0.0.1:$port
export POSTGRES_PSQL POSTGRES_HOST POSTGRES_PORT POSTGRES_SUPERUSER POSTGRES_PASSWORD_FILE
say 'a browser uses the page'
"$checkout/.tools/venv/bin/python" Tests/WebConsole/browser.py "$@"
