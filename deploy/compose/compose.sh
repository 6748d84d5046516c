#!/usr/bin/env bash
# Runs docker compose on the database and the cache that run here: `compose.sh ARGUMENT ...`.
#
# Settings: ENGINE and COMPOSE_PROFILES (engines.sh).
# Exit codes: those of docker compose; 1 for engines that cannot be selected.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
fail() { printf 'compose: error: %s\n' "$*" >&2 && exit 1; }
# shellcheck source=deploy/compose/engines.sh
source deploy/compose/engines.sh
choose_engines
exec docker compose "$@"
