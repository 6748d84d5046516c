#!/usr/bin/env python3
"""Compares routes of the fleet with their peers, on this machine, in one run.

Every contestant starts once. Each round loads each of them in turn, so that a change of the machine's speed affects all of
them. The result is the median of the ratios of two contestants over all rounds.
"""
import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORES = os.cpu_count() or 1
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Contestant:
    """One server: how to start it, and the request to send."""

    def __init__(self, name, command, port, path, env=None, headers=None, pid=None, script=None, factor=1):
        """`script` is a Lua file for wrk; `factor` is what one request counts for in a comparison."""
        self.name, self.command, self.port, self.path, self.pid = name, command, port, path, pid
        self.script, self.factor = script, factor
        self.env, self.headers = {**os.environ, **(env or {})}, headers or {}
        self.process, self.rates, self.latencies, self.costs = None, [], [], []

    def start(self, log):
        self.process = subprocess.Popen(
            self.command, env=self.env, stdout=log, stderr=log, start_new_session=True, cwd=ROOT
        )
        self.pid = self.process.pid
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended with {self.process.returncode}; see {log.name}")
            if self.answers():
                return
            time.sleep(0.1)
        sys.exit(f"{self.name} did not answer within 30 s; see {log.name}")

    def answers(self):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{self.path}", headers=self.headers)
        try:
            with urllib.request.urlopen(request, timeout=2) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def processor_seconds(self):
        """The processor time of the server and its workers so far, without the database's time."""
        ticks = 0
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(entry) == self.pid or (self.process and int(fields[2]) == self.pid):
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS_PER_SECOND

    def load(self, options, seconds):
        command = ["wrk", "-t", str(options.threads), "-c", str(options.connections), "-d", f"{seconds}s", "--latency"]
        for name, value in self.headers.items():
            command += ["-H", f"{name}: {value}"]
        if self.script:
            command += ["-s", self.script]
        command.append(f"http://127.0.0.1:{self.port}{self.path}")
        before = self.processor_seconds()
        output = subprocess.run(command, check=True, capture_output=True, text=True, env=self.env).stdout
        used = self.processor_seconds() - before
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        if failed:
            sys.exit(f"{self.name}: {failed.group(1)} requests got a status other than 2xx or 3xx\n{output}")
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
        latency = re.search(r"^\s+99%\s+(\d\S*)", output, re.MULTILINE).group(1)
        return rate * self.factor, latency, 1e6 * used / int(re.search(r"(\d+) requests in", output).group(1))

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=25)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)


class Pgbench:
    """PostgreSQL's own load generator, on the same server and under the same account."""

    def __init__(self, name, script, clients, variables=None, factor=1):
        self.name, self.script, self.clients, self.factor = name, script, clients, factor
        self.variables = variables or {}
        self.rates, self.latencies, self.costs = [], [], []

    def start(self, log):
        pass

    def stop(self):
        pass

    def load(self, options, seconds):
        with open(os.environ["DB_PASS_FILE"], encoding="ascii") as file:
            env = {**os.environ, "PGPASSWORD": file.read().strip()}
        command = [
            options.pgbench, "--no-vacuum", "--protocol", "prepared", "--client", str(self.clients),
            "--jobs", str(CORES), "--time", str(seconds), "--file", self.script,
            "--host", os.environ["DB_HOST"], "--port", os.environ["DB_PORT"],
            "--username", os.environ["DB_USER"], os.environ["DB_NAME"],
        ]
        for name, value in self.variables.items():
            command += ["--define", f"{name}={value}"]
        output = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
        if not re.search(r"number of failed transactions: 0 ", output):
            sys.exit(f"{self.name}: transactions failed\n{output}")
        rate = float(re.search(r"tps = ([\d.]+)", output).group(1))
        latency = re.search(r"latency average = (\S+)", output).group(1)
        return rate * self.factor, f"mean {latency} ms", float("nan")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def gunicorn(module, port):
    return [
        os.path.join(ROOT, ".tools/venv/bin/gunicorn"), "--chdir", os.path.join(ROOT, "Benchmarks/peers"),
        "--bind", f"127.0.0.1:{port}", "--workers", str(2 * CORES + 1), "--worker-class", "gthread",
        "--threads", "4", f"{module}:app",
    ]


def post(url, body):
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def other_build(options, path, headers=None):
    """backend-api of another build, on the same database and cache and under the same accounts; none without it."""
    if not options.against:
        return []
    port = free_port()
    env = {"HTTP_PORT": str(port), "LOG_FORMAT": "json", "TOKEN_KEY_FILE": options.token_key}
    return [Contestant("the other build", [os.path.join(options.against, "backend-api")], port, path, env, headers)]


def measure(title, contestants, options):
    for round_number in range(options.rounds):
        for contestant in contestants:
            if round_number == 0:
                contestant.load(options, 1)
            rate, latency, cost = contestant.load(options, options.seconds)
            contestant.rates.append(rate)
            contestant.latencies.append(latency)
            contestant.costs.append(cost)
            # The log has a line for every request: without this, the disk would still write it during the next round.
            os.truncate(options.access_log, 0)
            if options.log != os.devnull:
                os.truncate(options.log, 0)
            print(f"  round {round_number + 1}: {contestant.name}: {rate:,.0f}/s, {cost:.1f} us", file=sys.stderr)
    print(f"\n{title}, {options.connections} connections, {options.rounds} rounds of {options.seconds} s")
    print("| server | requests/s: median | min | max | CPU us/request | 99 % (last round) | bulkhead / it | min | max |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    ratios = {}
    for c in contestants:
        each = [ours / theirs for ours, theirs in zip(contestants[0].rates, c.rates)]
        ratios[c.name] = statistics.median(each)
        print(
            f"| {c.name} | {statistics.median(c.rates):,.0f} | {min(c.rates):,.0f} | {max(c.rates):,.0f} "
            f"| {statistics.median(c.costs):.1f} | {c.latencies[-1]} "
            f"| {ratios[c.name]:.2f} | {min(each):.2f} | {max(each):.2f} |"
        )
    return ratios


def check(ratios, bars):
    met = True
    for name, bar in bars.items():
        verdict = "met" if ratios[name] >= bar else "NOT met"
        met = met and ratios[name] >= bar
        print(f"target: at least {bar:g} x {name}: {ratios[name]:.2f}: {verdict}")
    return met


def livez(options, fleet, log):
    ports = [free_port(), free_port()]
    peers = [
        Contestant("C epoll", [options.epoll, str(ports[0]), str(CORES)], ports[0], "/livez"),
        Contestant("Flask + gunicorn", gunicorn("flask_livez", ports[1]), ports[1], "/livez"),
        *other_build(options, "/livez"),
    ]
    ours = Contestant("bulkhead", None, fleet["port"], "/livez", pid=options.pid)
    try:
        for peer in peers:
            peer.start(log)
        ratios = measure("GET /livez", [ours, *peers], options)
        return check(ratios, {"C epoll": 0.75, "Flask + gunicorn": 12})
    finally:
        for peer in peers:
            peer.stop()


def users(options, fleet, log):
    base = f"http://127.0.0.1:{fleet['port']}"
    person = {"email": f"bench-{os.getpid()}@example.org", "password": "a password for benches"}
    made = post(f"{base}/v1/users", person)
    token = post(f"{base}/v1/sessions", person)["token"]
    path, headers = f"/v1/users/{made['id']}", {"Authorization": f"Bearer {token}"}
    target = "Flask + PyDAL + gunicorn"
    ratios = {}
    # One peer after the other: together they would exceed the account's connection limit.
    for name, more in [(target, {}), (f"{target}, caching tokens", {"CACHE_TOKENS": "1"})]:
        port = free_port()
        env = {**fleet["env"], **more}
        peers = [Contestant(name, gunicorn("flask_pydal", port), port, path, env, headers)]
        peers += other_build(options, path, headers)
        ours = Contestant("bulkhead", None, fleet["port"], path, headers=headers, pid=options.pid)
        try:
            for peer in peers:
                peer.start(log)
            ratios |= measure("GET /v1/users/{id} on PostgreSQL", [ours, *peers], options)
        finally:
            for peer in peers:
                peer.stop()
    return check(ratios, {target: 10})


DATABASE = os.path.join(ROOT, "Benchmarks", "database")
PGBENCH_CLIENTS = 16


def sign_up(base, count):
    """`count` new users with tokens: [(id, token)]. Their ids follow one another."""
    users = []
    for number in range(count):
        person = {"email": f"bench-{os.getpid()}-{number}@example.org", "password": "a password for benches"}
        made = post(f"{base}/v1/users", person)
        users.append((made["id"], post(f"{base}/v1/sessions", person)["token"]))
    return users


def database(options, fleet, log):
    """Reads and writes of backend-api against pgbench with the same statements."""
    base = f"http://127.0.0.1:{fleet['port']}"
    users = sign_up(base, PGBENCH_CLIENTS)
    first, last = users[0][0], users[-1][0]
    headers = {"Authorization": f"Bearer {users[0][1]}"}
    # A request reads the session and the user, each by a unique key.
    ours = Contestant(
        "bulkhead, reads", None, fleet["port"], f"/v1/users/{first}", headers=headers, pid=options.pid, factor=2
    )
    script = os.path.join(DATABASE, "read_user.sql")
    peer = Pgbench("pgbench", script, PGBENCH_CLIENTS, {"id": first})
    title = f"Reads by unique key, with authentication, pgbench with {PGBENCH_CLIENTS} clients"
    met = check(measure(title, [ours, peer], options), {"pgbench": 0.95})

    tokens = os.path.join(os.path.dirname(options.token_key), "tokens")
    with open(os.open(tokens, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.writelines(f"{token}\n" for _, token in users)
    script = os.path.join(DATABASE, "put_setting.lua")
    ours = Contestant(
        "bulkhead, writes", None, fleet["port"], "/v1/settings/theme", env={"TOKENS_FILE": tokens}, pid=options.pid,
        script=script,
    )
    same = argparse.Namespace(**{**vars(options), "connections": PGBENCH_CLIENTS})
    ours.load(same, 1)  # creates the settings that pgbench changes
    script = os.path.join(DATABASE, "put_setting.sql")
    peer = Pgbench("pgbench", script, PGBENCH_CLIENTS, {"first": first, "last": last})
    ratios = measure("One setting and its event in a transaction, as many clients as pgbench", [ours, peer], same)
    os.remove(tokens)
    return check(ratios, {"pgbench": 0.8}) and met


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epoll", required=True, help="the compiled C server")
    parser.add_argument("--port", type=int, required=True, help="port of backend-api")
    parser.add_argument("--pid", type=int, required=True, help="process id of backend-api")
    parser.add_argument("--access-log", required=True, help="log file of backend-api; emptied after every round")
    parser.add_argument("--token-key", required=True, help="file of backend-api's private key")
    parser.add_argument("--pgbench", required=True, help="PostgreSQL's load generator")
    parser.add_argument("--only", choices=["livez", "users", "database"], help="one part of the comparison")
    parser.add_argument("--against", help="folder of another build's programs, measured beside this one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1, help="threads of the load generator")
    parser.add_argument("--log", default=os.devnull, help="file for the peers' output")
    options = parser.parse_args()
    fleet = {
        "port": options.port,
        "env": {k: os.environ[k] for k in ("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASS_FILE", "JWKS_FILE")},
    }
    with open(options.log, "ab") as log:
        met = True
        for part in (livez, users, database):
            if options.only in (None, part.__name__):
                met = part(options, fleet, log) and met
    sys.exit(0 if met else 2)


if __name__ == "__main__":
    main()
