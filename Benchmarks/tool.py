#!/usr/bin/env python3
"""`plan`, `verify` and `prove` of the shipped manifest, with servers of their own: `tool.py --programs FOLDER [--against FOLDER]`.

An older build runs with its own manifest, migrations and servers. The rounds of both alternate.
"""
import argparse
import os
import pathlib
import re
import statistics
import sys
import tempfile

from fleet import Fleet

PLAN_SECONDS = 0.12
PLAN_MEGABYTES = 36
# Cells a second, times those of the older build.
PROOF_RATIO = 1.5


class Tool(Fleet):
    """One build of the program, and what its commands have cost."""

    def __init__(self, name, programs, folder):
        super().__init__(name, programs, folder)
        self.figures = {}

    def measure(self):
        """One round: seconds and MB of each command, and the cells that the proof tried in a second."""
        for command in ("plan", "verify", "prove"):
            seconds, megabytes, output = self.do("access", command)
            self.figures.setdefault(command, []).append((seconds, megabytes))
            if command == "prove":
                self.figures.setdefault("cells", []).append(cells_of(output))

    def median(self, figure, part):
        return statistics.median(round[part] for round in self.figures[figure])


def cells_of(output):
    """The cells that a proof has tried, and how many in a second."""
    cells, seconds = re.search(r"(\d+)(?: of \d+)? cells attempted.* in ([\d.]+) s", output).groups()
    return int(cells), int(cells) / float(seconds)


def report(new, old):
    """Prints the medians of both, and returns whether the targets are met."""
    met = True
    for command in ("plan", "verify"):
        seconds, megabytes = new.median(command, 0), new.median(command, 1)
        fits = seconds <= PLAN_SECONDS and megabytes <= PLAN_MEGABYTES
        met &= fits
        before = f" (before: {old.median(command, 0):.3f} s, {old.median(command, 1):.0f} MB)" if old else ""
        print(f"access {command}: {seconds:.3f} s, {megabytes:.0f} MB{before}: {'met' if fits else 'MISSED'}")
    rate = new.median("cells", 1)
    print(f"access prove: {new.median('cells', 0):.0f} cells, {rate:,.0f} a second, {new.median('prove', 1):.0f} MB")
    if old:
        ratios = [after[1] / before[1] for after, before in zip(new.figures["cells"], old.figures["cells"])]
        ratio = statistics.median(ratios)
        fits = ratio >= PROOF_RATIO
        met &= fits
        print(
            f"  before: {old.median('cells', 0):.0f} cells, {old.median('cells', 1):,.0f} a second; ratio {ratio:.2f} "
            f"(rounds {min(ratios):.2f} to {max(ratios):.2f}): {'met' if fits else 'MISSED'}")
    return met


def tool(options, fleet=None, log=None):
    """The shipped manifest: what `plan` and `verify` cost, and how fast `prove` is beside an older build."""
    print("\n== the tool, with the shipped manifest")
    with tempfile.TemporaryDirectory(prefix="bulkhead-tool-") as folder:
        os.chmod(folder, 0o755)
        new = Tool("new", options.programs, pathlib.Path(folder))
        old = Tool("old", options.against, pathlib.Path(folder)) if options.against else None
        try:
            for build in filter(None, (new, old)):
                build.start()
            for _ in range(options.rounds):
                for build in filter(None, (new, old)):
                    build.measure()
            return report(new, old)
        finally:
            for build in filter(None, (new, old)):
                build.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, help="folder of the programs")
    parser.add_argument("--against", help="folder of an older build's programs")
    parser.add_argument("--rounds", type=int, default=5)
    sys.exit(0 if tool(parser.parse_args()) else 2)
