#!/usr/bin/env python3
"""Overloads backend-api on loopback in bounded scenarios, and compares each figure with its limit.

Every scenario starts the release build of its own, with the fleet's PostgreSQL and Redis, and stops it. Exit code 2 means
that a limit was missed.
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "stress"))

from arguments import checked
from crowd import crowd
from descriptors import descriptors
from guesses import guesses
from incomplete import incomplete
from overload import overload
from own_answers import own_answers
from readers import readers
from rollout import rollout
from signing_in import signing_in
from slow_clients import slow_clients

SCENARIOS = {part.__name__: part for part in (
    signing_in, crowd, overload, descriptors, readers, incomplete, guesses, rollout, own_answers, slow_clients)}


def main():
    choices = argparse.ArgumentParser(add_help=False)
    choices.add_argument("--only", choices=SCENARIOS, action="append", help="one scenario; may be repeated")
    choices.add_argument("--seconds", type=int, default=5, help="length of each load")
    parser = checked(choices, __doc__)
    parser.add_argument("--programs", required=True, help="folder of the release build")
    parser.add_argument("--clients", required=True, help="the compiled load generator")
    parser.add_argument("--work", required=True, help="folder for logs and the key")
    options = parser.parse_args()
    met = [part(options) for name, part in SCENARIOS.items() if name in (options.only or SCENARIOS)]
    sys.exit(0 if all(met) else 2)


if __name__ == "__main__":
    main()
