"""`access plan` over a live manifest with many accounts and tables, imported from the benchmark's own server."""
import os
import statistics
import subprocess
import sys
import threading
import time

SIZES = (100, 200, 300)
# Tables that each account reads, beside the one that is its own.
READS = 10
PLAN_SECONDS = 5
PLAN_MEGABYTES = 300
# How much steeper than a straight line the cost may grow from the smallest size to the largest.
STEEPNESS = 1.5
OWNER = "access_bench_owner"


def psql(options, user, password_file, database, sql):
    """Executes SQL on this benchmark's own server."""
    with open(password_file, encoding="ascii") as file:
        env = {**os.environ, "PGPASSWORD": file.read().strip(), "PGOPTIONS": "-c client_min_messages=warning"}
    command = [
        os.path.join(os.path.dirname(options.pgbench), "psql"), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1",
        "--host", os.environ["DB_HOST"], "--port", os.environ["DB_PORT"], "--username", user, "--dbname", database,
    ]
    subprocess.run(command, check=True, input=sql, stdout=subprocess.DEVNULL, text=True, env=env)


def account_prefix(size, dense):
    """Roles belong to the whole server, so each database has its own."""
    return f"{'d' if dense else 'a'}{size}"


def schema(size, dense, tables):
    """Tables, roles and grants: each account owns the work on one table, and reads some others, or all of them."""
    prefix = account_prefix(size, dense)
    lines = [
        f"CREATE TABLE t_{index} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text, body text);"
        for index in range(tables)
    ]
    lines += [f"CREATE ROLE {prefix}_{index} LOGIN CONNECTION LIMIT 5;" for index in range(size)]
    for index in range(size):
        role, own = f"{prefix}_{index}", index % tables
        lines.append(f"GRANT SELECT, INSERT, UPDATE, DELETE ON t_{own} TO {role};")
        others = range(tables) if dense else [(index + step * 7) % tables for step in range(1, READS + 1)]
        for other in set(others) - {own}:
            columns = " (id, tenant)" if other % 3 == 0 and not dense else ""
            lines.append(f"GRANT SELECT{columns} ON t_{other} TO {role};")
    return "\n".join(lines)


def run(command, env, limit=600):
    """Returns the exit code, the seconds, the largest memory in MB and the output of one run.

    Nothing waits for a person: the command has no input, and is ended after `limit` seconds.
    """
    start = time.monotonic()
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    timer = threading.Timer(limit, process.kill)
    timer.start()
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, time.monotonic() - start, usage.ru_maxrss / 1024, output


def prepare(options, size, dense, tables=None):
    """A database with its rights imported into a manifest; returns the environment of the tool."""
    tables = tables or size
    work = os.path.join(os.path.dirname(options.access_log), f"access-{size}{'-dense' if dense else ''}")
    os.makedirs(os.path.join(work, "credentials"), exist_ok=True)
    password = os.path.join(work, "owner")
    with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write("a password of this benchmark\n")
    database = f"access_bench_{size}{'_dense' if dense else ''}"
    administer = lambda name, sql: psql(options, options.superuser, options.superuser_password, name, sql)
    administer("postgres", f"DROP DATABASE IF EXISTS {database};")
    administer(
        "postgres",
        f"""DO $$ DECLARE r name; BEGIN
          FOR r IN SELECT rolname FROM pg_roles WHERE rolname ~ '^{account_prefix(size, dense)}_' LOOP
            EXECUTE format('DROP ROLE %I', r); END LOOP;
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
            CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD 'a password of this benchmark'; END IF; END $$;""")
    administer("postgres", f"CREATE DATABASE {database} OWNER {OWNER};")
    psql(options, OWNER, password, database, schema(size, dense, tables))
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CACHE_", "DATABASE_", "DB_"))}
    env |= {name: os.environ[name] for name in ("DB_TYPE", "DB_HOST", "DB_PORT")}
    env |= {
        "DB_NAME": database, "DB_USER": OWNER, "DB_PASS_FILE": password, "CACHE_TYPE": "memory",
        "ACCESS_MANIFEST": os.path.join(work, "access.yaml"), "CREDENTIALS_DIR": os.path.join(work, "credentials"),
    }
    tool = os.path.join(options.programs, "bulkhead")
    roles = [word for index in range(size) for word in ("--role", f"{account_prefix(size, dense)}_{index}")]
    for words in (
        ["import", "--schema", "public", "--to", env["ACCESS_MANIFEST"], "--force", *roles],
        ["credentials"], ["apply"],
    ):
        code, seconds, memory, output = run([tool, "access", *words], env)
        if code != 0:
            sys.exit(f"access {words[0]}: exit code {code}\n{output[-2000:]}")
        print(f"  {size}: access {words[0]:12} {seconds:6.2f} s {memory:5.0f} MB")
    return env


def access(options, fleet, log):
    """Plans of imported manifests that match, by size; then that of a manifest in which each account reads each table."""
    print("\n== access plan: accounts x tables, imported")
    met, medians = True, {}
    tool = os.path.join(options.programs, "bulkhead")
    for size, dense in [(size, False) for size in SIZES] + [(size, True) for size in SIZES]:
        env = prepare(options, size, dense)
        runs = [run([tool, "access", "plan"], env) for _ in range(options.rounds)]
        codes = {code for code, *_ in runs}
        seconds = statistics.median(run[1] for run in runs)
        memory = max(run[2] for run in runs)
        fits = codes == {0} and (seconds < PLAN_SECONDS and memory < PLAN_MEGABYTES)
        met &= fits
        medians[size, dense] = seconds
        name = "every account reads every table" if dense else f"{READS} grants to read for each account"
        print(f"{size} x {size}, {name}: plan {seconds:.2f} s, {memory:.0f} MB, exit {codes}: {'met' if fits else 'MISSED'}")
    small, large = SIZES[0], SIZES[-1]
    growth = medians[large, False] / medians[small, False]
    linear = growth <= STEEPNESS * large / small
    print(f"{large} costs {growth:.1f} times what {small} does: {'met' if linear else 'MISSED'}")
    return met and linear
