"""Runs the tests against small, serious faults (mutants), and reports those that no test noticed.

The lists beside this file hold the faults: docs/mutants.md says how one is written. Every fault is written as a
switch into a copy of the checkout, which is built once. The tests run without a fault, and must pass; then they run
once for each. A fault is noticed when a test fails, when the tests crash, or when they take much longer than before.
"""

import argparse
import json
import shutil
import signal
import sys

import checkout_copy
import mutants
import runs
from servers import RealServers

WANTED_PERCENT = 97
NOTICED, UNSEEN, STALE = "noticed", "UNSEEN", "does not apply"


def say(text):
    print(f"mutants: {text}", file=sys.stderr, flush=True)


def main():
    arguments = parse()
    chosen = [m for m in mutants.load() if arguments.only is None or m.is_about(arguments.only)]
    if not chosen:
        say(f"no mutant is about '{arguments.only}'")
        return 64
    if arguments.list:
        return name_all(chosen)
    try:
        return report(examine(chosen, arguments), arguments.json)
    finally:
        if not arguments.keep:
            shutil.rmtree(checkout_copy.WORK, ignore_errors=True)


def parse():
    parser = argparse.ArgumentParser(
        prog="run.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"Exit codes: 0 at least {WANTED_PERCENT} % were noticed, 1 error, 2 fewer, 64 wrong usage.",
    )
    parser.add_argument("--only", metavar="WORD", help="the mutants with this word in name, file or tests")
    parser.add_argument("--list", action="store_true", help="name the mutants and those that do not apply; run nothing")
    parser.add_argument("--json", action="store_true", help="write the result as JSON to standard output")
    parser.add_argument("--keep", action="store_true", help="keep the copy, so that the next run builds less")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="runs of tests at once (2)")

    def refuse(message):
        parser.print_usage(sys.stderr)
        say(message)
        sys.exit(64)

    parser.error = refuse
    return parser.parse_args()


def name_all(chosen):
    """Names the mutants, and those that the code has left behind."""
    _, stale = checkout_copy.switched(checkout_copy.tracked_files(), chosen)
    for m in chosen:
        print(f"{'+'.join(m.tests):<28} {m.file:<40} {m.name}")
    for m, reason in stale.items():
        say(f"{STALE}: {m.name}: {reason}")
    return 2 if stale else 0


def examine(chosen, arguments):
    """Runs everything, prints a line for each mutant, and answers the entries of the report."""
    files = checkout_copy.tracked_files()
    changed, stale = checkout_copy.switched(files, chosen)
    entries = []

    def note(m, verdict, detail):
        entries.append({"name": m.name, "tests": list(m.tests), "verdict": verdict, "detail": detail})
        text = f"{verdict:<14}  {'+'.join(m.tests):<28}  {m.name}" + (f"  <- {detail}" if detail else "")
        print(text, file=sys.stderr if arguments.json else sys.stdout, flush=True)

    for m, reason in stale.items():
        note(m, STALE, reason)
    rest = [m for m in chosen if m not in stale]
    if not rest:
        return entries
    checkout_copy.make(files, changed)
    say("building the copy (debug, with the tests)")
    checkout_copy.build()
    with RealServers() as servers:
        environment = servers.environment()
        say("running the tests without a mutant")
        seconds = runs.baselines(rest, environment, arguments.jobs)
        say(f"running the tests with {len(rest)} mutants, one at a time")
        for m, outcome in runs.verdicts(rest, seconds, environment, arguments.jobs):
            note(m, UNSEEN if outcome.verdict == "passed" else NOTICED, outcome.detail)
    return entries


def report(entries, is_json):
    noticed = sum(entry["verdict"] == NOTICED for entry in entries)
    percent = 100 * noticed / len(entries)
    if is_json:
        result = {"mutants": len(entries), "noticed": noticed, "percent": round(percent, 1), "results": entries}
        print(json.dumps(result, indent=2))
    for entry in entries:
        if entry["verdict"] != NOTICED:
            say(f"{entry['verdict']}: {entry['name']}")
    say(f"{noticed} of {len(entries)} noticed: {percent:.1f} % (wanted: {WANTED_PERCENT} %)")
    return 0 if percent >= WANTED_PERCENT else 2


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    try:
        sys.exit(main())
    except mutants.Problem as problem:
        say(f"error: {problem}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
