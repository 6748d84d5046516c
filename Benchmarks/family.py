#!/usr/bin/env python3
"""The MySQL family, and the proof on each engine: `family.py --programs FOLDER [--only PART]`. Servers are its own."""
import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request

from contestants import CORES, Contestant, check, free_port, measure
from database import PGBENCH_CLIENTS, SCRIPTS, Program, session_of, sign_up
from fleet import Fleet
from tool import cells_of
from web import gunicorn

FLASK = "Flask + PyDAL + gunicorn"
CELLS = 2_000
# The engines of the proof: the database, and the cache where the cache is what is measured.
ENGINES = [
    ("SQLite", None, None), ("PostgreSQL 16", "postgresql", None), ("MariaDB 10.11", "mariadb", None),
    ("Galera, three nodes", "galera", None), ("MySQL 9", "mysql", None), ("Redis 7", None, "redis"),
    ("Valkey 8", None, "valkey"),
]


class Sysbench(Program):
    """Debian's sysbench: one prepared statement, on the same server and under the same account."""

    def __init__(self, name, statement, key, settings, factor=1):
        super().__init__(name, factor)
        self.statement, self.key, self.settings = statement, key, settings

    def load(self, options, seconds):
        command = [
            "sysbench", f"--config-file={self.settings}", f"--threads={PGBENCH_CLIENTS}", f"--time={seconds}",
            f"--statement={self.statement}", f"--key={self.key}", os.path.join(SCRIPTS, "point_read.lua"), "run",
        ]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rate = float(re.search(r"transactions: +\d+ +\(([\d.]+) per sec", output).group(1))
        latency = re.search(r"95th percentile: +([\d.]+)", output).group(1)
        return rate * self.factor, f"95 %: {latency} ms", float("nan")


def statement(name):
    """A statement of the benchmarks, with a placeholder in place of pgbench's variable."""
    with open(os.path.join(SCRIPTS, name), encoding="ascii") as file:
        return re.sub(r":\w+", "?", file.read()).strip().rstrip(";")


def settings_of(fleet, account):
    """sysbench's settings with the account's password, which then is in no command line."""
    path = fleet.folder / "sysbench"
    lines = {
        "db-driver": "mysql", "mysql-host": fleet.env["DB_HOST"], "mysql-port": fleet.env["DB_PORT"],
        "mysql-user": account, "mysql-password": (fleet.credentials / account).read_text().strip(), "mysql-db": "app_db",
        "report-interval": 0,
    }
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.writelines(f"{name}={value}\n" for name, value in lines.items())
    return path


def backend(fleet, options):
    """backend-api on the fleet's servers, as many connections as sysbench has."""
    port = free_port()
    env = {name: value for name, value in fleet.env.items() if name.startswith(("DB_", "CACHE_"))}
    env |= fleet.account("backend-api-rw", "backend-api-cache") | {
        "HTTP_PORT": str(port), "LOG_FORMAT": "json", "USER_CHANGES": "1000000", "TOKEN_KEY_FILE": str(fleet.folder / "token-key.pem"),
        "DB_POOL_SIZE": str(PGBENCH_CLIENTS + CORES), "ACCESS_TOKEN_SECONDS": "43200",
    }
    return Contestant("bulkhead", [os.path.join(options.programs, "backend-api")], port, "/readyz", env=env)


def mariadb(options, fleet=None, log=None):
    """GET /v1/users/{id} on MariaDB against Flask + PyDAL; its two reads by key against sysbench's."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-family-") as folder:
        os.chmod(folder, 0o755)
        own = Fleet("mariadb", options.programs, pathlib.Path(folder), "mariadb")
        ours = None
        try:
            own.start()
            ours = backend(own, options)
            ours.start(log)
            return compare(options, own, ours, log)
        finally:
            if ours:
                ours.stop()
            own.stop()


def compare(options, own, ours, log):
    base = f"http://127.0.0.1:{ours.port}"
    user, token = sign_up(base, 1)[0]
    ours.path, ours.headers = f"/v1/users/{user}", {"Authorization": f"Bearer {token}"}
    keys = own.folder / "jwks.json"
    with urllib.request.urlopen(f"{base}/.well-known/jwks.json", timeout=10) as response:
        keys.write_bytes(response.read())
    port = free_port()
    env = {name: own.env[name] for name in ("DB_TYPE", "DB_HOST", "DB_PORT", "DB_NAME")} | own.account("backend-api-rw")
    peer = Contestant(FLASK, gunicorn("flask_pydal", port), port, ours.path, env | {"JWKS_FILE": str(keys)}, ours.headers)
    try:
        peer.start(log)
        met = check(measure("GET /v1/users/{id} on MariaDB", [ours, peer], options), {FLASK: 10})
    finally:
        peer.stop()
    ours.factor = 2
    settings = settings_of(own, "backend-api-rw")
    point = Sysbench("sysbench", statement("read_user.sql"), user, settings)
    joined = Sysbench("sysbench, the same join", statement("read_caller.sql"), session_of(base, token), settings, factor=2)
    title = f"Reads by unique key on MariaDB, with authentication, sysbench with {PGBENCH_CLIENTS} clients"
    return check(measure(title, [ours, point, joined], options), {"sysbench": 0.8}) and met


def cells(options, fleet=None, log=None):
    """Cells that `access prove` tries in a second, on each engine."""
    met, lines = True, []
    for name, database, cache in ENGINES:
        if database == "mysql" and not (pathlib.Path(__file__).parent.parent / ".tools" / "mysql").exists():
            lines.append(f"| {name} | not measured: scripts/install.sh mysql | | | |")
            continue
        with tempfile.TemporaryDirectory(prefix="bulkhead-cells-") as folder:
            os.chmod(folder, 0o755)
            own = Fleet("proof", options.programs, pathlib.Path(folder), database, cache)
            try:
                own.start()
                side = "cache" if cache else "database"
                proofs = [own.do("access", "prove", "--only", side) for _ in range(options.rounds)]
            finally:
                own.stop()
        rates = [cells_of(output)[1] for _, _, output in proofs]
        rate = statistics.median(rates)
        met &= rate >= CELLS
        lines.append(
            f"| {name} | {cells_of(proofs[0][2])[0]:,} | {rate:,.0f} | {min(rates):,.0f} to {max(rates):,.0f} "
            f"| {'met' if rate >= CELLS else 'MISSED'} |")
        print(lines[-1], file=sys.stderr)
    print(f"\nCells of the proof a second, {options.rounds} proofs each; target: at least {CELLS:,}")
    print("| engine | cells | cells/s: median | range | target |\n|---|---:|---:|---|---|")
    print("\n".join(lines))
    return met


def main(parts):
    """Runs parts without the rest of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", required=True, help="folder of the programs")
    parser.add_argument("--only", choices=[part.__name__ for part in parts], action="append")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile(prefix="bulkhead-bench-") as log:
        options.access_log = options.log = log.name
        met = [part(options, log=log) for part in parts if part.__name__ in (options.only or [part.__name__])]
    sys.exit(0 if all(met) else 2)


if __name__ == "__main__":
    main([mariadb, cells])
