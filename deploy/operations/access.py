"""The parts of both manifests that deployments need: the owner of each account and secret, programs, and network edges."""

import dataclasses
import pathlib

import yaml

PATH = pathlib.Path(__file__).resolve().parents[1] / "access.yaml"
FLEET = PATH.with_name("fleet.yaml")
# The databases of the composed fleet: DB_TYPE, superuser, port.
COMPOSED_DATABASES = {"postgres": ("postgresql", "postgres", 5432), **dict.fromkeys(("mariadb", "galera", "mysql"), ("mysql", "root", 3306))}
# {container: its database}; a cluster has a container for each node.
DATABASE_CONTAINERS = {name: database for database in COMPOSED_DATABASES for name in (
    [f"galera-{number}" for number in (1, 2, 3)] if database == "galera" else [database])}
# The files in compose/secrets that every program may read.
PUBLIC = {"jwks": "jwks.json", "password-key": "password-key-public.pem"}


@dataclasses.dataclass(frozen=True)
class Service:
    name: str
    database_account: str
    cache_account: str  # None for a service without a cache
    secrets: frozenset
    kinds: dict  # {secret: how it is created}
    variables: dict  # {secret: the setting that takes it}
    program: str
    port: int  # on loopback, and in compose
    host: str
    environment: dict
    local: dict  # in compose only
    sides: frozenset  # network sides: edge, outside
    connections: int

    @property
    def signs(self):
        """Whether it holds the key that signs tokens."""
        return "ed25519" in self.kinds.values()

    @property
    def files(self):
        """The names of all secrets of the service, passwords included."""
        return {self.database_account, self.cache_account, *self.secrets} - {None}


class Access:
    def __init__(self, path=PATH, fleet=FLEET):
        document = yaml.safe_load(path.read_text())
        runs = yaml.safe_load(fleet.read_text())
        self.programs = list(runs["programs"])
        administrators = document["administrators"]
        self.database_administrator = administrators["database"]["account"]
        self.cache_administrator = administrators["cache"]["account"]
        self.services = {name: self._service(name, entry, runs["services"][name])
                         for name, entry in document["services"].items() if "used_by" not in entry}
        self.people = {name: entry["database"]["account"]
                       for name, entry in document["services"].items() if "used_by" in entry}

    @staticmethod
    def _service(name, entry, runs):
        secrets = runs.get("secrets", {})
        texts = [{key: str(value) for key, value in runs.get(what, {}).items()} for what in ("environment", "local")]
        return Service(
            name=name, database_account=entry["database"]["account"],
            cache_account=entry.get("cache", {}).get("account"), secrets=frozenset(entry.get("secrets", {})),
            kinds={s: given["kind"] for s, given in secrets.items()},
            variables={s: f"{given['variable']}_FILE" for s, given in secrets.items()},
            program=runs["program"], port=runs["port"], host=runs.get("host", name), environment=texts[0], local=texts[1],
            sides=frozenset(entry.get("network", {})), connections=entry["database"]["limits"]["connections"])

    @property
    def administrators(self):
        return {self.database_administrator, self.cache_administrator}

    @property
    def accounts(self):
        """The accounts of all services, and those that people use."""
        of_services = {a for s in self.services.values() for a in (s.database_account, s.cache_account) if a}
        return of_services | set(self.people.values())

    def composed_secrets(self, engine):
        """{container of the composed fleet on this database: the names of its secret files}; others have none."""
        database, cache = self.database_administrator, self.cache_administrator
        held = {name: {f"{of}-superuser", *(["password-key.pem"] if of == "mysql" else [])} for name, of in DATABASE_CONTAINERS.items()}
        return {**held, "redis": {cache}, "valkey": {cache},
                "bootstrap": {f"{engine}-superuser", database, cache},
                "migrate": {database}, "access": self.administrators | self.accounts,
                **{s.name: {file_of(f) for f in s.files} for s in self.services.values()}}


def file_of(secret):
    """The name of a secret's file in compose."""
    return f"{secret}.pem" if secret == "token-key" else secret


def main():
    """Prints each Secret that a cluster must contain and its keys for the scripts: one `SECRET KEY KIND` a line."""
    access = Access()
    for account in sorted(access.administrators):
        print("administrators", account, "random")
    for service in access.services.values():
        for key in sorted(service.files):
            print(service.name, key, service.kinds.get(key, "random"))
    for name, account in access.people.items():
        print(name, account, "random")


if __name__ == "__main__":
    main()
