"""Rules on manifests, and the faults that each rule must find.

A fault is a line: `NAME PATH = YAML` sets a field, `NAME PATH + YAML` appends to a list, `NAME PATH -` removes. NAME is a
workload's, or KIND/NAME. `+ YAML` adds a document, and `- KIND/NAME` removes one. `production:` before it takes that overlay.
A function of the fleet is a fault too. `pod`, `main` and `init` are short for paths; `name=X` is a list's entry X."""

import copy
import functools
import pathlib
import re
import subprocess

import yaml

from operations.fleet import WORKLOADS, Fleet

DEPLOY = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = {p.name: p for p in (*sorted((DEPLOY / "k8s/overlays").iterdir()), DEPLOY / "tests/every")}
OVERLAYS = list(FOLDERS)
SHORT = {"pod": "spec template spec", "main": "spec template spec containers 0", "init": "spec template spec initContainers 0"}


class Rules(list):
    def rule(self, name, *faults):
        """Registers a generator of complaints as a rule."""
        assert faults, f"{name}: a rule without a fault that it finds proves nothing"
        return lambda check: self.append((name, check, faults)) or check

    @property
    def faults(self):
        return [(f"{name}: {getattr(fault, '__name__', fault)} ({n})", check, fault)
                for name, check, faults in self for n, fault in enumerate(faults, 1)]


@functools.cache
def rendered(overlay):
    made = subprocess.run(["kubectl", "kustomize", FOLDERS[overlay]], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    # scripts/cluster.sh adds the release to our images; the manifests have none.
    return Fleet([d for d in yaml.safe_load_all(re.sub(r"(image: bulkhead/[a-z-]+)$", r"\1:release", made.stdout,
                                                       flags=re.MULTILINE)) if d])


def find(fleet, target):
    kind, _, name = target.rpartition("/")
    return next(d for d in fleet.documents if (d["kind"] == kind if kind else d["kind"] in WORKLOADS)
                and re.sub("-[a-z0-9]{10}$", "", d["metadata"]["name"]) == re.sub("-[a-z0-9]{10}$", "", name))


def step(value, key):
    if isinstance(value, list):
        return next(e for e in value if e["name"] == key[5:]) if key.startswith("name=") else value[int(key)]
    return value.setdefault(key, {})


def change(find, text):
    """Makes the change of a fault in what `find` returns."""
    head, sign, value = re.fullmatch(r"(.*?) ([=+-])(?: (.*))?", text).groups()
    target, *path = " ".join(SHORT.get(word, word) for word in head.split()).split()
    place, last = functools.reduce(step, path[:-1], find(target)), path[-1]
    value = yaml.safe_load(value) if value else None
    if sign == "+":
        (step(place, last) if isinstance(place, list) else place.setdefault(last, [])).append(value)
    elif sign == "=":
        place[int(last) if isinstance(place, list) else last] = value
    else:
        del place[int(last) if isinstance(place, list) else last]


def broken(fault):
    """A copy of the manifests with a fault."""
    overlay, text = (fault.split(": ", 1) if not callable(fault) and fault.split(": ")[0] in OVERLAYS else ("", fault))
    fleet = copy.deepcopy(rendered(overlay or getattr(fault, "overlay", "staging")))
    if callable(text):
        text(fleet)
    elif text.startswith("+ "):
        fleet.documents.append(yaml.safe_load(text[2:]))
    elif text.startswith("- "):
        fleet.documents.remove(find(fleet, text[2:]))
    else:
        change(functools.partial(find, fleet), text)
    return fleet
