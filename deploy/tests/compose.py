"""docker-compose.yml as the rules see it: YAML anchors resolved, short forms made long."""

import copy
import pathlib

import yaml

PATH = pathlib.Path(__file__).resolve().parents[2] / "docker-compose.yml"


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


class Composition:
    def __init__(self, document):
        self.document = document

    @classmethod
    def load(cls, path=PATH):
        return cls(yaml.safe_load(path.read_text()))

    def copy(self):
        # Anchors make several services share one mapping; a change for one must not reach the others.
        return Composition({**copy.deepcopy({k: v for k, v in self.document.items() if k != "services"}),
                            "services": {n: copy.deepcopy(e) for n, e in self.document["services"].items()}})

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
