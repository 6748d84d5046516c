"""docker-compose.yml as the rules see it: YAML anchors resolved, short forms made long."""

import copy
import pathlib
import re

import yaml

PATH = pathlib.Path(__file__).resolve().parents[2] / "docker-compose.yml"
INGRESS = PATH.parent / "deploy" / "compose" / "ingress.cfg"


class Container:
    """One service of the compose file."""

    def __init__(self, name, entry):
        self.name, self.entry = name, entry

    @property
    def environment(self):
        given = self.entry.get("environment") or {}
        if isinstance(given, list):
            given = dict(line.partition("=")[::2] for line in given)
        return {k: "" if v is None else str(v) for k, v in given.items()}

    @property
    def secrets(self):
        """{path in the container: name of the secret}"""
        found = {}
        for secret in self.entry.get("secrets") or []:
            secret = {"source": secret} if isinstance(secret, str) else secret
            target = secret.get("target", secret["source"])
            found[target if target.startswith("/") else f"/run/secrets/{target}"] = secret["source"]
        return found

    @property
    def networks(self):
        return set(self.entry.get("networks") or ["default"])

    @property
    def conditions(self):
        """{what it waits for: what must be true of it}"""
        given = self.entry.get("depends_on") or {}
        return {n: "service_started" for n in given} if isinstance(given, list) else {
            n: e["condition"] for n, e in given.items()}

    @property
    def ports(self):
        return [str(p if not isinstance(p, dict) else f"{p.get('host_ip', '')}:{p.get('published')}:{p['target']}")
                for p in self.entry.get("ports") or []]


class Way:
    """One way through the ingress: the address and port that it listens on, the name and port that it sends to."""

    def __init__(self, bind, server):
        self.address, _, self.port = bind.rpartition(":")
        self.service, _, self.service_port = server.rpartition(":")


class Composition:
    def __init__(self, document, ingress):
        self.document, self.ingress = document, ingress

    @classmethod
    def load(cls, path=PATH, ingress=INGRESS):
        return cls(yaml.safe_load(path.read_text()), ingress.read_text())

    @property
    def ways(self):
        """Every pair of a listener and a server behind it that the ingress is configured with."""
        found = []
        for section in re.split(r"^(?=\S)", self.ingress, flags=re.MULTILINE):
            binds = re.findall(r"^  bind (\S+)", section, flags=re.MULTILINE)
            servers = re.findall(r"^  (?:server \S+|server-template \S+ \S+) (\S+)", section, flags=re.MULTILINE)
            found += [Way(bind, server) for bind in binds for server in servers]
        return found

    def copy(self):
        # Anchors make several services share one mapping; a change for one must not reach the others.
        return Composition({**copy.deepcopy({k: v for k, v in self.document.items() if k != "services"}),
                            "services": {n: copy.deepcopy(e) for n, e in self.document["services"].items()}},
                           self.ingress)

    @property
    def containers(self):
        return [Container(n, e) for n, e in self.document["services"].items()]

    def network(self, name):
        """(whether neighbours can talk on it, whether it leads out)"""
        entry = (self.document.get("networks") or {}).get(name) or {}
        options = {k.rpartition(".")[2]: v for k, v in (entry.get("driver_opts") or {}).items()}
        leads_out = not entry.get("internal") and options.get("enable_ip_masquerade") != "false"
        return options.get("enable_icc") != "false", leads_out

    def meet(self, one, other):
        """Whether two containers are on a network where neighbours can talk."""
        return any(self.network(name)[0] for name in one.networks & other.networks)

    def container(self, name):
        return Container(name, self.document["services"][name])
