"""The data path: backend-api and the data-access module against pgbench, slow requests beside fast ones, the rollup."""
import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.request

from contestants import CORES, ROOT, Contestant, check, free_port, measure, post
from web import other_build

SCRIPTS = os.path.join(ROOT, "Benchmarks", "database")
PGBENCH_CLIENTS = 16


class Program:
    """A program that executes one statement for some seconds, and reports how often it did."""

    def __init__(self, name, factor=1):
        self.name, self.factor = name, factor
        self.rates, self.latencies, self.costs = [], [], []

    def start(self, log):
        """Nothing to start: each load is a process of its own."""

    def stop(self):
        """Nothing to stop."""


class Pgbench(Program):
    """PostgreSQL's own load generator, on the same server and under the same account."""

    def __init__(self, name, script, clients, variables=None, factor=1):
        super().__init__(name, factor)
        self.script, self.clients, self.variables = os.path.join(SCRIPTS, script), clients, variables or {}

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


class DataAccess(Program):
    """The data-access module without HTTP: `Benchmarks/DataAccess`."""

    def __init__(self, case):
        super().__init__("data access")
        self.case = case

    def load(self, options, seconds):
        program = os.path.join(options.programs, "data-access-bench")
        command = [program, self.case, str(seconds), str(PGBENCH_CLIENTS)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return float(output), "", float("nan")


def administer(options, sql):
    """Executes SQL as the superuser of this benchmark's own server."""
    with open(options.superuser_password, encoding="ascii") as file:
        env = {**os.environ, "PGPASSWORD": file.read().strip(), "PGOPTIONS": "-c client_min_messages=warning"}
    command = [
        os.path.join(os.path.dirname(options.pgbench), "psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
        "--set", "ON_ERROR_STOP=1", "--host", os.environ["DB_HOST"], "--port", os.environ["DB_PORT"],
        "--username", options.superuser, "--dbname", os.environ["DB_NAME"],
    ]
    return subprocess.run(command, check=True, input=sql, stdout=subprocess.PIPE, text=True, env=env).stdout


def sign_up(base, count):
    """`count` new users with tokens: [(id, token)]. Their ids follow one another."""
    users = []
    for number in range(count):
        person = {"email": f"bench-{time.time_ns()}-{number}@example.org", "password": "a password for benches"}
        made = post(f"{base}/v1/users", person)
        users.append((made["id"], post(f"{base}/v1/sessions", person)["token"]))
    return users


def session_of(base, token):
    """The id of the token's session."""
    request = urllib.request.Request(f"{base}/v1/sessions/current", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)["id"]


def reads(options, fleet, log):
    """Reads by unique key, with authentication. A request reads the session and the user, each by a unique key.

    One statement reads both rows. A second peer executes that very statement, for a comparison without a target.
    """
    base = f"http://127.0.0.1:{fleet['port']}"
    user, token = sign_up(base, 1)[0]
    headers = {"Authorization": f"Bearer {token}"}
    ours = Contestant(
        "bulkhead, reads", None, fleet["port"], f"/v1/users/{user}", headers=headers, pid=options.pid, factor=2
    )
    peer = Pgbench("pgbench", "read_user.sql", PGBENCH_CLIENTS, {"id": user})
    session = session_of(base, token)
    joined = Pgbench("pgbench, the same join", "read_caller.sql", PGBENCH_CLIENTS, {"session": session}, factor=2)
    others = [joined, *other_build(options, ours.path, headers, factor=2)]
    title = f"Reads by unique key, with authentication, pgbench with {PGBENCH_CLIENTS} clients"
    try:
        for other in others:
            other.start(log)
        return check(measure(title, [ours, peer, *others], options), {"pgbench": 0.95})
    finally:
        for other in others:
            other.stop()


def writes(options, fleet, log):
    """A setting and its event in one transaction, after the check of the session. pgbench runs the same statements."""
    users = sign_up(f"http://127.0.0.1:{fleet['port']}", PGBENCH_CLIENTS)
    tokens = os.path.join(os.path.dirname(options.token_key), "tokens")
    with open(os.open(tokens, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.writelines(f"{token}\n" for _, token in users)
    port = free_port()
    # As many connections as pgbench's for transactions, and one on each loop for reads.
    pool = str(PGBENCH_CLIENTS + CORES)
    ours = Contestant(
        "bulkhead, writes", [os.path.join(options.programs, "backend-api")], port, "/v1/settings/theme",
        env={"TOKENS_FILE": tokens, "HTTP_PORT": str(port), "TOKEN_KEY_FILE": options.token_key, "DB_POOL_SIZE": pool,
             "USER_CHANGES": "1000000"},
        script=os.path.join(SCRIPTS, "put_setting.lua"), headers={"Authorization": f"Bearer {users[0][1]}"},
    )
    same = argparse.Namespace(**{**vars(options), "connections": PGBENCH_CLIENTS})
    # The users were made one after the other, and so were their sessions.
    ahead = session_of(f"http://127.0.0.1:{fleet['port']}", users[0][1]) - users[0][0]
    variables = {"first": users[0][0], "last": users[-1][0], "sessions_ahead": ahead}
    peer = Pgbench("pgbench", "put_setting.sql", PGBENCH_CLIENTS, variables)
    put(f"http://127.0.0.1:{fleet['port']}/v1/settings/theme", users[0][1])
    try:
        ours.start(log)
        ours.load(same, 1)  # creates the settings that pgbench changes
        ratios = measure("One setting and its event in a transaction, as many clients as pgbench", [ours, peer], same)
    finally:
        ours.stop()
        os.remove(tokens)
    return check(ratios, {"pgbench": 0.8})


def put(url, token):
    """Stores a setting, so that a GET of it succeeds."""
    request = urllib.request.Request(
        url, data=b'{"value":"dark"}', method="PUT",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


WIDE_ROWS = """
DROP TABLE IF EXISTS wide_rows;
CREATE TABLE wide_rows AS SELECT id::bigint, {columns} FROM generate_series(1, 10000) AS id;
ALTER TABLE wide_rows ADD PRIMARY KEY (id);
GRANT SELECT ON wide_rows TO "{account}";
VACUUM ANALYZE wide_rows;
"""
COLUMN_KINDS = [("text", "'value ' || id"), ("number", "id * 7"), ("flag", "id % 2 = 0"), ("time", "now()")]


def rows(options, fleet, log):
    """Rows of 10 and 40 columns, and pages of 100 rows, without HTTP."""
    columns = [f"{kind}{i // 4 + 1}" for i, (kind, _) in ((i, COLUMN_KINDS[i % 4]) for i in range(39))]
    values = ", ".join(f"{COLUMN_KINDS[i % 4][1]} AS {name}" for i, name in enumerate(columns))
    administer(options, WIDE_ROWS.format(columns=values, account=os.environ["DB_USER"]))
    cases = {
        "columns-10": ("One row of 10 columns by its key", 10, "WHERE id = :id"),
        "columns-40": ("One row of 40 columns by its key", 40, "WHERE id = :id"),
        "page-100": ("Pages of 100 rows of 10 columns", 10, "WHERE id > :id ORDER BY id LIMIT 100"),
    }
    met = True
    for case, (title, width, condition) in cases.items():
        names = ", ".join(["id", *columns][:width])
        script = os.path.join(os.path.dirname(options.token_key), f"{case}.sql")
        with open(script, "w", encoding="ascii") as file:
            file.write(f"\\set id random(1, 9900)\nSELECT {names} FROM wide_rows {condition};\n")
        contestants = [DataAccess(case), Pgbench("pgbench", script, PGBENCH_CLIENTS)]
        met = check(measure(f"{title}, {PGBENCH_CLIENTS} clients each", contestants, options), {"pgbench": 0.95}) and met
    return met


SLOW_SETTINGS = """
ALTER TABLE settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY slow ON settings USING (pg_sleep(0.2)::text = '');
"""
FAST_SETTINGS = "DROP POLICY slow ON settings; ALTER TABLE settings DISABLE ROW LEVEL SECURITY;"
# Connections of the process (None: as many as by default) and slow clients. Two slow clients occupy two connections. Sixteen
# are more than the pool of a few cores has: theirs wait in its queue.
SLOW_CASES = [(None, 2), (None, 16)]
# A hundredth of all requests needs more connections.
LARGE_POOLS = range(16, 33)


def slow_cases(options):
    """With a large pool in a process of its own, if the account may have the connections beside those of the first one."""
    account = os.environ["DB_USER"]
    allowed = int(administer(options, f"SELECT rolconnlimit FROM pg_roles WHERE rolname = '{account}';"))
    # The first process has the pool of the default size. Each has one connection more, for its readiness.
    pool = min(LARGE_POOLS[-1], allowed - (2 * CORES + 1) - 2)
    if pool in LARGE_POOLS:
        return [*SLOW_CASES, (pool, pool - 2)]
    print(f"  the {allowed} connections of {account} are too few for a large pool on {CORES} cores: left out", file=sys.stderr)
    return SLOW_CASES


def milliseconds(text):
    """wrk's latency as a number: `853.00us`, `1.20ms`, `2.00s`."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def slow(options, fleet, log):
    """The slowest hundredth of fast reads, while other clients' reads of another table take 200 ms each."""
    base = f"http://127.0.0.1:{fleet['port']}"
    user, token = sign_up(base, 1)[0]
    headers = {"Authorization": f"Bearer {token}"}
    put(f"{base}/v1/settings/theme", token)
    path = f"/v1/users/{user}"
    fast = {None: Contestant("fast reads", None, fleet["port"], path, headers=headers, pid=options.pid)}
    cases = slow_cases(options)
    for pool in {pool for pool, _ in cases} - {None}:
        port = free_port()
        env = {"HTTP_PORT": str(port), "TOKEN_KEY_FILE": options.token_key, "DB_POOL_SIZE": str(pool)}
        program = os.path.join(options.programs, "backend-api")
        fast[pool] = Contestant(f"fast reads, pool of {pool}", [program], port, path, env=env, headers=headers)
    quiet, disturbed, shares = ({case: [] for case in cases} for _ in range(3))
    administer(options, SLOW_SETTINGS)
    try:
        for one in fast.values():
            if one.command:
                one.start(log)
            one.load(options, 1)
        for number in range(options.rounds):
            for case in cases:
                one, clients = fast[case[0]], case[1]
                quiet[case].append(milliseconds(one.load(options, options.seconds)[1]))
                command = ["wrk", "-t", "1", "-c", str(clients), "-d", f"{options.seconds + 1}s"]
                command += ["-H", f"Authorization: Bearer {token}", f"http://127.0.0.1:{one.port}/v1/settings"]
                beside = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
                time.sleep(0.5)
                rate, latency, _ = one.load(options, options.seconds)
                output = beside.communicate(timeout=60)[0]
                slow_rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
                shares[case].append(slow_rate / (slow_rate + rate))
                disturbed[case].append(milliseconds(latency))
            os.truncate(options.access_log, 0)
            print(f"  round {number + 1}: {[(quiet[c][-1], disturbed[c][-1]) for c in cases]} ms", file=sys.stderr)
    finally:
        administer(options, FAST_SETTINGS)
        for one in fast.values():
            one.stop()
    print(f"\nFast reads beside slow ones (200 ms each), {options.connections} connections, {options.rounds} rounds")
    print("| connections | slow clients | slow requests among all | 99 % of the fast: quiet | beside slow | ratio |")
    print("|---:|---:|---:|---:|---:|---:|")
    met = True
    for case in cases:
        ratio = statistics.median(b / a for a, b in zip(quiet[case], disturbed[case]))
        met = met and ratio <= 2
        print(
            f"| {case[0] or 'default'} | {case[1]} | {100 * statistics.median(shares[case]):.2f} % "
            f"| {statistics.median(quiet[case]):.2f} ms | {statistics.median(disturbed[case]):.2f} ms | {ratio:.2f} |")
    print(f"target: at most 2 x the quiet value: {'met' if met else 'NOT met'}")
    return met


HISTORY = """
INSERT INTO users (email, password, fs_uniquifier, created_at)
  SELECT 'past-' || n || '@example.org', 'none', md5('past' || n), now() - n % 30 * interval '1 day'
  FROM generate_series(1, 300000) AS n;
INSERT INTO events (type, source, subject, occurred_at)
  SELECT 'user.created', 'backend-api', n % 300000, now() - n % 30 * interval '1 day'
  FROM generate_series(1, 10000000) AS n;
VACUUM (ANALYZE, FREEZE) users, events;
"""
ROLLUP_ROUNDS = 20


def rollup(options, fleet, log):
    """The worker of analytics over 300,000 users and 10 million events of 30 days."""
    print("  inserting 10 million events: this takes minutes", file=sys.stderr)
    administer(options, HISTORY)
    credentials = os.environ["CREDENTIALS_DIR"]
    env = {
        **os.environ, "ROLE": "rollup", "ROLLUP_INTERVAL": "1", "LOG_LEVEL": "debug", "LOG_FORMAT": "json",
        "HTTP_PORT": str(free_port()), "DB_USER": "analytics-rollup-rw",
        "DB_PASS_FILE": os.path.join(credentials, "analytics-rollup-rw"), "CACHE_USER": "analytics-rollup-cache",
        "CACHE_PASS_FILE": os.path.join(credentials, "analytics-rollup-cache"),
    }
    worker = subprocess.Popen(
        [os.path.join(options.programs, "analytics")], env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    times, memory = [], []
    try:
        for line in worker.stderr:
            if "rollups not written" in line:
                sys.exit(f"the rollup failed: {line}")
            found = re.search(r'"milliseconds":"?(\d+)', line) if "rollups written" in line else None
            if found:
                times.append(int(found.group(1)))
                with open(f"/proc/{worker.pid}/status", encoding="ascii") as status:
                    memory.append(int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024)
            if len(times) > ROLLUP_ROUNDS:
                break
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=25)
    day = statistics.median(times[1:]) / 2
    print(f"\nRollup over 10 million events: first round, 30 days: {times[0]} ms; a later round, two days: "
          f"{statistics.median(times[1:]):.0f} ms; memory {memory[1]:.1f} MB after round 2, {memory[-1]:.1f} MB after "
          f"round {len(memory)}")
    met = day < 1000 and memory[-1] - memory[1] < 2
    print(f"target: a day in under 1000 ms ({day:.0f} ms), memory flat: {'met' if met else 'NOT met'}")
    return met

