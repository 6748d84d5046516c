#!/usr/bin/env bash
# Rolls a release out to an environment of deploy/k8s/overlays: migrate, deploy, look.
#
#   deploy.sh ENV        what `make deploy-ENV` runs
#
# A migration that fails ends it before any service is touched; a roll-out that does not end says so and leaves the
# old pods serving, for none of them goes before a new one is ready.
# Settings: RELEASE, REGISTRY, KUBECTL (scripts/cluster.sh).
# Exit codes: 0 done and well, 1 error or failed, 2 not well, 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

[[ $# -eq 1 && $1 != local ]] || usage
environment=$1
RELEASE=$(release_name)
export RELEASE
manifests=$(render "$environment" "$RELEASE")
"$checkout/scripts/cluster-secrets.sh" "$environment" check
"$checkout/scripts/migrate.sh" "$environment"
say "rolling out $RELEASE"
apply_phase 'bulkhead/phase=services' <<<"$manifests" >&2
exec "$checkout/scripts/health-check.sh" "$environment"
