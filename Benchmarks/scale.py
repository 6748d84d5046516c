#!/usr/bin/env python3
"""The tool beside ldap2pg and pgbedrock, and up to 1,000 accounts: `scale.py --programs FOLDER [--only PART]`."""
import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import types

from access import account_prefix, prepare, psql, run
from contestants import ROOT
from family import main
from fleet import Fleet

PEER_SIZE = 40
# How many times as fast as the faster peer each command must be. The peers compare rights and log in as no account, so the
# contestant does neither; the commands that log in are measured beside it, without a target.
PEER_RATIO = 5
CONTESTANT, COMPLETE, RIGHTS_ALONE = "bulkhead --without-logins", "bulkhead", "--without-logins"
SMALL, LARGE, TABLES = 100, 1_000, 200
# The cost of an empty plan, in readings of the catalog; its memory; the steepness, as in access.py.
READINGS, MEGABYTES, STEEPNESS = 10, 300, 1.5
VENV = os.path.join(ROOT, ".tools", "venv", "bin")


@contextlib.contextmanager
def server(options, database):
    """A fleet's server, and the options by which access.py reaches it."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-scale-") as folder:
        os.chmod(folder, 0o755)
        own = Fleet(database, options.programs, pathlib.Path(folder), database, None)
        before = dict(os.environ)
        try:
            own.start()
            os.environ |= {name: own.env[name] for name in ("DB_TYPE", "DB_HOST", "DB_PORT")}
            at = own.nodes(database)[0]
            yield own, types.SimpleNamespace(
                programs=options.programs, rounds=options.rounds, access_log=os.path.join(folder, "log"),
                superuser=own.superuser["DB_USER"], superuser_password=own.superuser["DB_PASS_FILE"],
                pgbench=at.get("POSTGRES_PSQL", ""))
        finally:
            os.environ.clear()
            os.environ.update(before)
            own.stop()


def median(command, env, rounds):
    """The median of the seconds, and the largest memory in MB."""
    runs = [run(command, env) for _ in range(rounds)]
    for code, _, _, output in runs:
        if code != 0:
            sys.exit(f"{' '.join(map(str, command))}: exit code {code}\n{output[-2000:]}")
    return statistics.median(run[1] for run in runs), max(run[2] for run in runs)


# ---- Peers ------------------------------------------------------------------------------------------

LDAP2PG = """
version: 5
postgres:
  databases_query: SELECT '{database}'
  schemas_query: SELECT 'public'
  managed_roles_query: SELECT rolname FROM pg_roles WHERE rolname ~ '^{prefix}_'
privileges:
  reader: [__usage_on_schemas__, __select_on_tables__]
sync_map:
- roles:
  - names: [{roles}]
    options: LOGIN
- grant:
  - {{ privilege: reader, roles: [{roles}], database: {database}, schema: public }}
"""


def as_superuser(at, database, sql):
    psql(at, at.superuser, at.superuser_password, database, sql)


def commands(own, at, env, roles):
    """Apply, plan and verify of each tool, with its environment. pgbedrock has one command for plan and verify."""
    database = env["DB_NAME"]
    with open(at.superuser_password, encoding="ascii") as file:
        password = file.read().strip()
    tool = [str(own.programs / "bulkhead"), "access"]
    words = [word for role in roles for word in ("--role", role)]
    for command in ([*tool, "import", "--schema", "public", "--to", env["ACCESS_MANIFEST"], "--force", *words], [*tool, "apply"]):
        median(command, env, 1)
    # pgbedrock gives libpq an empty password, so the one of the environment is not used, and that of a file is.
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    file = own.folder / "pgpass"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as opened:
        opened.write(f"*:*:*:*:{escaped}\n")
    peer = {
        **os.environ, "PGHOST": env["DB_HOST"], "PGPORT": env["DB_PORT"], "PGUSER": at.superuser, "PGPASSWORD": password,
        "PGDATABASE": database, "PGPASSFILE": str(file),
    }
    reach = ["-h", env["DB_HOST"], "-p", env["DB_PORT"], "-U", at.superuser, "-d", database]
    made = subprocess.run(
        [f"{VENV}/pgbedrock", "generate", *reach], check=True, capture_output=True, text=True, env=peer)
    # Without the passwords, which would come from the environment, and so without what it does to roles.
    spec = "".join(line for line in made.stdout.splitlines(True) if "PASSWORD" not in line)
    (own.folder / "bedrock.yaml").write_text(spec)
    bedrock = [f"{VENV}/pgbedrock", "configure", str(own.folder / "bedrock.yaml"), *reach, "--no-attributes"]
    text = LDAP2PG.format(
        database=database, prefix=account_prefix(PEER_SIZE, False), roles=", ".join(roles))
    (own.folder / "ldap2pg.yml").write_text(text)
    ldap2pg = [f"{VENV}/ldap2pg", "--no-color", "-c", str(own.folder / "ldap2pg.yml")]
    steps = ("apply", "plan", "verify")
    return {
        COMPLETE: (*([*tool, command] for command in steps), env),
        CONTESTANT: (*([*tool, command, RIGHTS_ALONE] for command in steps), env),
        "pgbedrock": ([*bedrock, "--live"], [*bedrock, "--check"], [*bedrock, "--check"], peer),
        "ldap2pg": ([*ldap2pg, "--real"], [*ldap2pg, "--dry"], [*ldap2pg, "--dry", "--check"], peer),
    }


def peers(options, fleet=None, log=None):
    """Apply, empty plan and verify of 40 accounts that read 40 tables, beside two tools from PyPI, in turns."""
    times = {}
    with server(options, "postgresql") as (own, at):
        env = prepare(at, PEER_SIZE, False)
        database = env["DB_NAME"]
        roles = [f"{account_prefix(PEER_SIZE, False)}_{index}" for index in range(PEER_SIZE)]
        everyone = ", ".join(roles)
        closing = f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {everyone};"
        # The rights that all three tools can say: each account reads each table.
        as_superuser(at, database, f"{closing} GRANT SELECT ON ALL TABLES IN SCHEMA public TO {everyone}; "
                     f"GRANT USAGE ON SCHEMA public TO {everyone};")
        # A tool that does nothing is fast.
        granted = f"""DO $$ BEGIN IF (SELECT count(*) FROM information_schema.role_table_grants
            WHERE privilege_type = 'SELECT' AND grantee ~ '^{account_prefix(PEER_SIZE, False)}_') <> {PEER_SIZE ** 2}
            THEN RAISE 'not everything is granted'; END IF; END $$;"""
        contestants = commands(own, at, env, roles)
        # The peers grant rights on future tables too, which are none of the manifest's. They find them granted each time.
        future = f"ALTER DEFAULT PRIVILEGES FOR ROLE {at.superuser} IN SCHEMA public"
        extras = {True: f"{future} REVOKE ALL ON TABLES FROM {everyone};", False: f"{future} GRANT SELECT ON TABLES TO {everyone};"}
        for _ in range(options.rounds):
            for name, (apply, plan, verify, environment) in contestants.items():
                as_superuser(at, database, closing + extras[name in (CONTESTANT, COMPLETE)])
                spent = [median(apply, environment, 1)[0]]
                as_superuser(at, database, granted)
                spent += [median(command, environment, 1)[0] for command in (plan, verify)]
                times.setdefault(name, []).append(spent)
                print(f"  {name}: " + ", ".join(f"{seconds:.3f} s" for seconds in spent), file=sys.stderr)
    figures = {name: [statistics.median(step) for step in zip(*spent)] for name, spent in times.items()}
    print(f"\n{PEER_SIZE} accounts that read {PEER_SIZE} tables on PostgreSQL, medians of {options.rounds}; "
          f"target: at least {PEER_RATIO} times as fast as the faster peer")
    print("| tool | apply | plan | verify |\n|---|---:|---:|---:|")
    for name, seconds in figures.items():
        print(f"| {name} | " + " | ".join(f"{step:.2f} s" for step in seconds) + " |")
    best = [min(figures[name][step] for name in figures if name not in (CONTESTANT, COMPLETE)) for step in range(3)]
    ratios = [peer / ours for peer, ours in zip(best, figures[CONTESTANT])]
    met = all(ratio >= PEER_RATIO for ratio in ratios)
    print("| ratio | " + " | ".join(f"{ratio:.1f}" for ratio in ratios) + f" |\n{'met' if met else 'MISSED'}")
    return met


# ---- Sizes ------------------------------------------------------------------------------------------

PG_CATALOG = """
pg_roles pg_auth_members pg_database pg_namespace pg_class pg_attribute pg_attrdef pg_policy pg_proc pg_type pg_trigger
pg_constraint pg_rewrite pg_index pg_inherits pg_depend pg_shdepend pg_default_acl pg_db_role_setting pg_extension
pg_language pg_sequence pg_settings
""".split()
MARIADB_CATALOG = """
mysql.global_priv mysql.db mysql.tables_priv mysql.columns_priv mysql.procs_priv mysql.proxies_priv mysql.roles_mapping
mysql.proc mysql.event mysql.func information_schema.tables information_schema.views information_schema.triggers
""".split()


def reading(own, database, rounds):
    """Seconds for one query per table of the catalog, by the server's own client, whose output is thrown away."""
    with open(own.superuser["DB_PASS_FILE"], encoding="ascii") as file:
        password = file.read().strip()
    if own.database == "postgresql":
        at = own.nodes(own.database)[0]
        command = [at["POSTGRES_PSQL"], "--no-psqlrc", "--host", at["POSTGRES_HOST"], "--port", at["POSTGRES_PORT"],
                   "--username", own.superuser["DB_USER"], "--dbname", database]
        command += [word for table in PG_CATALOG for word in ("--command", f"SELECT * FROM {table}")]
    else:
        command = [*own.client, "--execute", ";".join(f"SELECT * FROM {table}" for table in MARIADB_CATALOG)]
    env, seconds = {**os.environ, "PGPASSWORD": password, "MYSQL_PWD": password}, []
    for _ in range(rounds):
        start = time.monotonic()
        subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)
        seconds.append(time.monotonic() - start)
    return statistics.median(seconds)


def wider_manifest(own, size):
    """The fleet's manifest with further accounts. Without a schema of its own, it names the fleet's tables alone."""
    text = (own.checkout / "deploy" / "access.yaml").read_text()
    tables = ["users", "sessions", "settings", "integrations", "webhooks", "webhook_deliveries", "connector_offsets",
              "connector_owners", "rollups", "events"]
    grants = ", ".join(f"{table}: [select]" for table in tables)
    reaches = ", ".join(f"{table}: measured" for table in tables if table != "events")
    lines = [
        f"  bench-{index}:\n    used_by: people\n    reaches: {{ {reaches} }}\n    database:\n"
        f"      account: bench-{index}-ro\n      level: read-only\n"
        f"      limits: {{ connections: 1, statement: 60s, idle_in_transaction: 10s }}\n      grants: {{ {grants} }}\n"
        for index in range(size)
    ]
    head, services = text.replace("max_connections: 200", "max_connections: 5000").split("\nservices:\n")
    path = own.folder / f"access-{size}.yaml"
    path.write_text(f"{head}\nservices:\n{''.join(lines)}{services}")
    return path


def sizes(options, fleet=None, log=None):
    """An empty plan of 100 and of 1,000 accounts, against the reading of the catalog. On PostgreSQL also without logins."""
    met, rows = True, []
    for name, database in (("PostgreSQL", "postgresql"), ("MariaDB", "mariadb")):
        seconds = {}
        with server(options, database) as (own, at):
            for size in (SMALL, LARGE):
                if database == "postgresql":
                    env = prepare(at, size, False, TABLES)
                    tables, catalog = TABLES, env["DB_NAME"]
                else:
                    env = own.env | {"ACCESS_MANIFEST": str(wider_manifest(own, size))}
                    tables, catalog = "10 of its", "app_db"
                    for words in (["access", "credentials"], ["access", "apply"]):
                        spent, memory = median([str(own.programs / "bulkhead"), *words], env, 1)
                        print(f"  {size}: {' '.join(words):20} {spent:6.2f} s {memory:5.0f} MB", file=sys.stderr)
                read = reading(own, catalog, options.rounds)
                for words in ([], [RIGHTS_ALONE]) if database == "postgresql" else ([],):
                    spent, memory = median(
                        [str(own.programs / "bulkhead"), "access", "plan", *words], env, options.rounds)
                    plan = " ".join(["plan", *words])
                    seconds.setdefault(plan, {})[size] = spent
                    fits = spent <= READINGS * read and memory <= MEGABYTES
                    met &= fits
                    rows.append(
                        f"| {name} | {size:,} x {tables} | {plan} | {spent:.2f} s | {memory:.0f} MB | {read:.2f} s "
                        f"| {spent / read:.1f} | {'met' if fits else 'MISSED'} |")
                    print(rows[-1], file=sys.stderr)
        for plan, by_size in seconds.items():
            growth = by_size[LARGE] / by_size[SMALL]
            linear = growth <= STEEPNESS * LARGE / SMALL
            met &= linear
            rows.append(
                f"| {name} | {LARGE:,} costs {growth:.1f} times {SMALL} | {plan} | | | | | {'met' if linear else 'MISSED'} |")
    print(f"\nEmpty plans; targets: {READINGS} readings of the catalog, {MEGABYTES} MB, linear")
    print("| engine | accounts x tables | command | time | memory | reading | time / reading | target |")
    print("|---|---|---|---:|---:|---:|---:|---|")
    print("\n".join(rows))
    return met


if __name__ == "__main__":
    main([peers, sizes])
