#!/usr/bin/env python3
"""Compares routes of the fleet with their peers, on this machine, in one run.

Every contestant starts once. Each round loads each of them in turn, so that a change of the machine's speed affects all of
them. The result is the median of the ratios of two contestants over all rounds.
"""
import argparse
import os
import sys

from access import access
from arguments import checked
from database import reads, rollup, rows, slow, writes
from documents import documents
from family import cells, mariadb
from rotation import rotation
from scale import peers, sizes
from tool import tool
from transport import encrypted, idle, pipelined, posted, starting
from web import livez, users

PARTS = {
    part.__name__: part
    for part in (
        livez, pipelined, encrypted, posted, idle, starting, users, reads, writes, rows, slow, rollup, access, rotation, tool,
        documents, mariadb, cells, peers, sizes)
}


def main():
    choices = argparse.ArgumentParser(add_help=False)
    choices.add_argument("--only", choices=PARTS, action="append", help="a part of the comparison; may be repeated")
    choices.add_argument("--against", help="folder of another build's programs, measured beside this one")
    choices.add_argument("--rounds", type=int, default=5)
    choices.add_argument("--seconds", type=int, default=5)
    choices.add_argument("--connections", type=int, default=64, help="`livez` has numbers of its own")
    choices.add_argument("--threads", type=int, default=1, help="threads of the load generator")
    choices.add_argument("--plot", help="file for a chart of `livez` (SVG)")
    parser = checked(choices, __doc__)
    parser.add_argument("--epoll", required=True, help="the compiled C server")
    parser.add_argument("--go", required=True, help="the compiled Go server")
    parser.add_argument("--port", type=int, required=True, help="port of backend-api")
    parser.add_argument("--pid", type=int, required=True, help="process id of backend-api")
    parser.add_argument("--programs", required=True, help="folder of the programs")
    parser.add_argument("--access-log", required=True, help="log file of backend-api; emptied after every round")
    parser.add_argument("--token-key", required=True, help="file of backend-api's private key")
    parser.add_argument("--pgbench", required=True, help="PostgreSQL's load generator")
    parser.add_argument("--superuser", required=True, help="superuser of the benchmark's own server")
    parser.add_argument("--superuser-password", required=True, help="file of the superuser's password")
    parser.add_argument("--cache-admin", required=True, help="administrator of the benchmark's own cache")
    parser.add_argument("--cache-admin-password", required=True, help="file of that administrator's password")
    parser.add_argument("--hummingbird", help="the compiled server of Benchmarks/peers/hummingbird-peer")
    parser.add_argument("--log", default=os.devnull, help="file for the peers' output")
    options = parser.parse_args()
    fleet = {
        "port": options.port,
        "env": {k: os.environ[k] for k in ("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASS_FILE", "JWKS_FILE")},
    }
    with open(options.log, "ab") as log:
        met = [part(options, fleet, log) for name, part in PARTS.items() if name in (options.only or PARTS)]
    sys.exit(0 if all(met) else 2)


if __name__ == "__main__":
    main()
