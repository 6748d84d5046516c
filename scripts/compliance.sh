#!/usr/bin/env bash
# Runs the protocol cases over raw sockets, and prints a row for each with its clause: `compliance.sh`.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout
cd "$checkout"

readonly rows=$checkout/.bulkhead/compliance-$$.txt
mkdir -p "$(dirname "$rows")"
trap 'rm -f "$rows"' EXIT

code=0
COMPLIANCE_TABLE=$rows swift test --disable-xctest --filter ComplianceTests >"$rows.log" 2>&1 || code=$?
if ((code != 0)); then grep -E 'recorded an issue|error:' "$rows.log" | cut -c 1-600 >&2 || true; fi
rm -f "$rows.log"
[[ -s $rows ]] || { printf 'compliance: the cases did not run\n' >&2; exit 1; }

sort -V "$rows" | awk -F '\t' '{ printf "%-18s %-6s  %-11s  %s\n", $1, $2, $3, $4 }'
printf 'compliance: %s of %s cases met\n' "$(awk -F '\t' '$2 == "met"' "$rows" | wc -l)" "$(wc -l <"$rows")"
exit "$code"
