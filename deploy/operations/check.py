"""Holds rendered manifests (standard input) to the rules: scripts/deploy.sh runs it before anything is applied.

It prints what breaks a rule, one a line, and ends with 2 where there is any."""

import sys

from operations import edges, life, pods
from operations.fleet import read

# Each is a generator of complaints about a fleet.
RULES = (edges.edges, edges.selectors, pods.namespace, pods.restricted, pods.containers, pods.service_accounts, pods.secrets,
         pods.as_rendered, life.services, life.objects, life.phases, life.connections, life.way_in)


def main():
    wrong = sorted({f"{rule.__name__}: {complaint}" for fleet in [read(sys.stdin)] for rule in RULES
                    for complaint in rule(fleet)})
    print("\n".join(wrong), end="\n" if wrong else "")
    return 2 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
