"""docker-compose.yml as the rules read it, with the ingress's configuration and .env."""

import copy
import pathlib
import re

import yaml

PATH = pathlib.Path(__file__).resolve().parents[2] / "docker-compose.yml"
INGRESS = PATH.parent / "deploy" / "compose" / "ingress.cfg"
SETTINGS = PATH.parent / ".env"
# The files that compose reads automatically, instead of docker-compose.yml or with it.
READ_BY_ITSELF = {f"{name}.{ending}" for name in ("compose", "compose.override", "docker-compose", "docker-compose.override")
                  for ending in ("yaml", "yml")}
# The words that begin a section of HAProxy's configuration, at any indentation.
SECTIONS = ("global", "defaults", "listen", "frontend", "backend", "resolvers", "peers", "userlist", "mailers", "program",
            "cache", "http-errors", "ring", "log-forward", "log-profile", "fcgi-app", "crt-store", "traces", "acme")


def file_of(secret):
    """The file name, and so the compose secret, for a secret of access.yaml."""
    return f"{secret}.pem" if secret == "token-key" else secret


class Container:
    """One service of the compose file."""

    def __init__(self, name, entry):
        self.name, self.entry = name, entry

    def names(self, key):
        """The entries under a key, as they are written. An entry that is not a name is converted to text."""
        return sorted(str(entry) for entry in self.entry.get(key) or [])

    @property
    def environment(self):
        given = self.entry.get("environment") or {}
        if isinstance(given, list):
            given = {name: value if sign else None for name, sign, value in (line.partition("=") for line in given)}
        return given

    @property
    def networks(self):
        """{network: its options for this container}"""
        given = self.entry.get("networks") or ["default"]
        return {name: {} for name in given} if isinstance(given, list) else {n: e or {} for n, e in given.items()}


class Composition:
    def __init__(self, document, ingress, settings, beside):
        self.document, self.ingress, self.settings, self.beside = document, ingress, settings, beside

    @classmethod
    def load(cls):
        beside = {p.name for p in PATH.parent.iterdir()} & READ_BY_ITSELF - {PATH.name}
        return cls(yaml.safe_load(PATH.read_text()), INGRESS.read_text(), SETTINGS.read_text(), beside)

    def copy(self):
        # Anchors share one mapping between services. A change for one service must not affect the others.
        return Composition({**copy.deepcopy({k: v for k, v in self.document.items() if k != "services"}),
                            "services": {n: copy.deepcopy(e) for n, e in self.document["services"].items()}},
                           self.ingress, self.settings, set(self.beside))

    @property
    def containers(self):
        return [Container(n, e) for n, e in self.document["services"].items()]

    def container(self, name):
        return Container(name, self.document["services"][name])

    @property
    def sections(self):
        """[(first line, other lines)] of the ingress's configuration, without comments."""
        found = []
        for line in (line.split(" #")[0].strip() for line in self.ingress.splitlines()):
            if line and not line.startswith("#"):
                if line.split()[0] in SECTIONS or not found:
                    found.append((line, []))
                else:
                    found[-1][1].append(line)
        return found

    def differs_from(self, read):
        """(subject, compose's value, our value) for every difference from `docker compose config`."""
        for name in sorted({*read["services"], *self.document["services"]}):
            if name not in read["services"] or name not in self.document["services"]:
                yield name, name in read["services"], name in self.document["services"]
                continue
            theirs, ours = read["services"][name], self.container(name)
            # A value with a variable depends on the environment of compose, so it is not compared.
            own = {k: v for k, v in ours.environment.items() if "${" not in str(v)}
            given = theirs.get("environment", {})
            pairs = {
                "secrets": (sources(theirs.get("secrets")), ours.names("secrets")),
                "configs": (sources(theirs.get("configs")), sources(ours.entry.get("configs"))),
                "networks": (sorted(theirs["networks"]), sorted(ours.networks)),
                "mounts": (sorted(v["target"] for v in theirs.get("volumes", [])),
                           sorted(v.split(":")[1] for v in ours.names("volumes"))),
                "ports": (sorted(f"{p.get('host_ip')}:{p['published']}:{p['target']}" for p in theirs.get("ports", [])),
                          sorted(default(p) for p in ours.names("ports"))),
                "the names of variables": (sorted(given), sorted(ours.environment)),
                "variables": ({k: v for k, v in given.items() if k in own}, {k: str(v) for k, v in own.items()})}
            yield from ((f"{name}, {what},", *pair) for what, pair in pairs.items() if pair[0] != pair[1])


def default(text):
    """The text with the default of each variable: compose runs without any here."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)


def sources(entries):
    return sorted(e["source"] for e in entries or [])
