"""Holds rendered manifests (standard input) to the rules: scripts/deploy.sh runs it before anything is applied.

It prints what breaks a rule, one a line, and ends with 2 where there is any."""

import sys

from operations import edges, life, pods
from operations.fleet import read

# Each is a generator of complaints about a fleet.
RULES = (edges.edges, edges.selectors, pods.namespace, pods.restricted, pods.containers, pods.service_accounts, pods.secrets,
         pods.as_rendered, life.services, life.objects, life.phases, life.connections, life.way_in)


def complaints(rule, fleet):
    """What breaks a rule. An overlay may hold a form that a rule does not expect: that is a complaint too."""
    try:
        yield from rule(fleet)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, StopIteration) as error:
        yield f"it cannot be worked out from these manifests ({type(error).__name__}: {error})"


def report(rules, fleet):
    """Prints what breaks a rule; the exit code."""
    wrong = sorted({f"{rule.__name__}: {complaint}" for rule in rules for complaint in complaints(rule, fleet)})
    print("\n".join(wrong), end="\n" if wrong else "")
    return 2 if wrong else 0


if __name__ == "__main__":
    sys.exit(report(RULES, read(sys.stdin)))
