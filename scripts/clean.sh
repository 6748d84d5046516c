#!/usr/bin/env bash
# Removes built and fetched files, and what builds, tests and runs left in .bulkhead. Servers of runs that were killed are stopped.
#
# The folder of a run that has not ended stays, and so does that of a server that cannot be stopped. The rest of .bulkhead stays too:
# passwords of servers that live on, keys, messages to users. Exit codes: 0 done, 1 a server was not stopped.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/real-servers.sh
source scripts/real-servers.sh

code=0
# Their names end with the process id of their run, and that of a file with its kind.
for path in .bulkhead/{*-servers,alerts,contract,compliance}-*; do
  run=${path##*-}
  run=${run%%.*}
  if [[ ! -e $path || ! $run =~ ^[0-9]+$ || -d /proc/$run ]]; then continue; fi
  stop_servers_in "$path" || code=1
done
rm -rf .build .build-* .tools .bulkhead/{release,logs,alerts,bench,fuzz,sanitize,stress}
exit "$code"
