"""Prints those of the objects in its arguments that rendered manifests (standard input) do not have.

An argument is KIND.GROUP/NAME, as `kubectl get --output=name` prints it."""

import sys

from operations.fleet import read


def leftovers(fleet, found):
    ours = {(d["kind"].lower(), d["metadata"]["name"]) for d in fleet.documents}
    return [name for name in found if (name.partition("/")[0].partition(".")[0], name.partition("/")[2]) not in ours]


if __name__ == "__main__":
    print("\n".join(leftovers(read(sys.stdin), sys.argv[1:])))
