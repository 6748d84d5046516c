"""The parts of `deploy/access.yaml` that deployments need: the owner of each account and secret, and the network edges."""

import dataclasses
import pathlib

import yaml

PATH = pathlib.Path(__file__).resolve().parents[1] / "access.yaml"
# The services whose program has another name.
PROGRAMS = {"twitch-trigger": "connector", "discord-trigger": "connector", "analytics-rollup": "analytics"}


@dataclasses.dataclass(frozen=True)
class Service:
    name: str
    database_account: str
    cache_account: str  # None for a service without a cache
    secrets: frozenset
    sides: frozenset  # network sides: edge, outside
    connections: int

    @property
    def program(self):
        return PROGRAMS.get(self.name, self.name)

    @property
    def files(self):
        """The names of all secrets of the service, passwords included."""
        return {self.database_account, self.cache_account, *self.secrets} - {None}


class Access:
    def __init__(self, path=PATH):
        document = yaml.safe_load(path.read_text())
        administrators = document["administrators"]
        self.database_administrator = administrators["database"]["account"]
        self.cache_administrator = administrators["cache"]["account"]
        self.services = {name: self._service(name, entry) for name, entry in document["services"].items()}

    @staticmethod
    def _service(name, entry):
        return Service(
            name=name, database_account=entry["database"]["account"],
            cache_account=entry.get("cache", {}).get("account"), secrets=frozenset(entry.get("secrets", {})),
            sides=frozenset(entry.get("network", {})), connections=entry["database"]["limits"]["connections"])

    @property
    def administrators(self):
        return {self.database_administrator, self.cache_administrator}

    @property
    def accounts(self):
        """The accounts of all services."""
        return {a for s in self.services.values() for a in (s.database_account, s.cache_account) if a}


def main():
    """Prints each Secret that a cluster must contain and its keys for the scripts: one `SECRET KEY` a line."""
    access = Access()
    for account in sorted(access.administrators):
        print("administrators", account)
    for service in access.services.values():
        for key in sorted(service.files):
            print(service.name, key)


if __name__ == "__main__":
    main()
