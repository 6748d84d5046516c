"""The fleet's database and cache on servers of their own, for the parts of the benchmark that need more than one engine."""
import os
import pathlib
import subprocess
import sys

from access import run

SERVERS = pathlib.Path(__file__).resolve().parent.parent / "scripts" / "servers.sh"
PREFIXES = {"postgresql": "POSTGRES", "mariadb": "MARIADB", "galera": "MARIADB", "mysql": "MYSQL"}


class Fleet:
    """One build of the programs, with a database and a cache that match its manifest.

    Without a server for the database it is SQLite, and without one for the cache the memory of each process.
    """

    def __init__(self, name, programs, folder, database="postgresql", cache="redis"):
        self.name, self.database, self.cache = name, database, cache
        self.programs = pathlib.Path(programs).resolve()
        # The defaults of the settings name files of the checkout.
        self.checkout = next(path for path in self.programs.parents if (path / "deploy" / "access.yaml").exists())
        self.folder = folder / name
        self.folder.mkdir()
        self.credentials = self.folder / "credentials"

    @property
    def kinds(self):
        return [kind for kind in (self.database, self.cache) if kind]

    def start(self):
        for kind in self.kinds:
            subprocess.run([SERVERS, "start", kind, self.folder / kind], check=True)
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("CACHE_", "DATABASE_", "DB_"))}
        self.env = outside | {
            "CREDENTIALS_DIR": str(self.credentials), "ACCESS_MANIFEST": str(self.checkout / "deploy" / "access.yaml"),
        } | self.of_database() | self.of_cache()
        self.do("bootstrap")
        self.env |= self.account("migrate-admin")
        for words in (["migrate", "up"], ["access", "credentials"], ["access", "apply"]):
            self.do(*words)

    def nodes(self, kind):
        """The variables of the server, or of each node of a cluster."""
        files = sorted((self.folder / kind).glob("[0-9]/env")) or [self.folder / kind / "env"]
        return [dict(line.split("=", 1) for line in file.read_text().splitlines()) for file in files]

    def of_database(self):
        if not self.database:
            return {"DB_TYPE": "sqlite", "DB_NAME": str(self.folder / "app_db"), "DB_USER": "migrate-admin"}
        prefix, nodes = PREFIXES[self.database], self.nodes(self.database)
        at = {name.removeprefix(f"{prefix}_"): value for name, value in nodes[0].items()}
        hosts = ",".join(f"{node[f'{prefix}_HOST']}:{node[f'{prefix}_PORT']}" for node in nodes)
        env = {
            "DB_TYPE": "postgresql" if self.database == "postgresql" else "mysql", "DB_NAME": "app_db",
            "DB_HOST": hosts if len(nodes) > 1 else at["HOST"], "DB_PORT": at["PORT"],
            "DB_USER": at["SUPERUSER"], "DB_PASS_FILE": at["PASSWORD_FILE"],
        }
        self.superuser = dict(env)
        if self.database == "postgresql":
            return env
        tls = []
        if self.database == "mysql":
            env |= {"DB_TLS": "verify-full", "DB_CA_FILE": at["CA_FILE"]}
            tls = ["--ssl-ca", at["CA_FILE"], "--ssl-verify-server-cert"]
        self.client = ["mariadb", "--no-defaults", *tls, "--host", at["HOST"], "--port", at["PORT"], "--user", at["SUPERUSER"]]
        # The account of the tests may make accounts, which the proof would report.
        self.sql(f"DROP USER '{at['TEST_OWNER']}'@'127.0.0.1'")
        return env

    def of_cache(self):
        if not self.cache:
            return {"CACHE_TYPE": "memory"}
        at = self.nodes(self.cache)[0]
        return {
            "CACHE_TYPE": "redis", "CACHE_HOST": at["REDIS_HOST"], "CACHE_PORT": at["REDIS_PORT"],
            "CACHE_USER": at["REDIS_ADMIN"], "CACHE_PASS_FILE": at["REDIS_ADMIN_PASSWORD_FILE"],
        }

    def account(self, name, cache=None):
        """The settings by which a program is that account of the database, and of the cache."""
        env = {"DB_USER": name} | ({"DB_PASS_FILE": str(self.credentials / name)} if self.database else {})
        if cache and self.cache:
            env |= {"CACHE_USER": cache, "CACHE_PASS_FILE": str(self.credentials / cache)}
        return env

    def sql(self, text):
        """Executes statements as the superuser of a server of the MySQL family, and returns what they print."""
        with open(self.superuser["DB_PASS_FILE"], encoding="ascii") as file:
            env = {**os.environ, "MYSQL_PWD": file.read().strip()}
        return subprocess.run(
            self.client, check=True, input=text, stdout=subprocess.PIPE, text=True, env=env).stdout

    def stop(self):
        for kind in self.kinds:
            if (self.folder / kind).exists():
                subprocess.run([SERVERS, "stop", self.folder / kind], check=False)

    def do(self, *words, codes=(0,)):
        """Runs the tool; returns the seconds, the largest memory in MB, and the output."""
        code, seconds, megabytes, output = run([str(self.programs / "bulkhead"), *words], self.env)
        if code not in codes:
            sys.exit(f"{self.name}: {' '.join(words)}: exit code {code}\n{output[-2000:]}")
        return seconds, megabytes, output
