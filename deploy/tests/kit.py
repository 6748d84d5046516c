"""Faults of manifests.

A fault is a line: `NAME PATH = YAML` sets a field, `NAME PATH + YAML` appends to a list, `NAME PATH -` removes. NAME is
a workload's, or KIND/NAME. `+ YAML` adds a document, `- KIND/NAME` removes one. `production:` stands for that overlay.
`~ OLD -> NEW` replaces a part of a text. `pod` and `main` are short for paths; `name=X` is a list's entry X."""

import functools
import os
import pathlib
import re
import shutil
import subprocess

import yaml

from operations.fleet import WORKLOADS, kustomize

DEPLOY = pathlib.Path(__file__).resolve().parents[1]
CHECKOUT = DEPLOY.parent
FOLDERS = {p.name: p for p in (*sorted((DEPLOY / "k8s/overlays").iterdir()), DEPLOY / "tests/every")}
_, *PARTS = re.split(r"^\[([\w ]+)\]\n", (DEPLOY / "tests/faults.list").read_text(), flags=re.MULTILINE)
FAULTS = {name: lines.splitlines() for name, lines in zip(PARTS[::2], PARTS[1::2])}
SHORT = {"pod": "spec template spec", "main": "spec template spec containers 0"}


def run(*command, cwd=CHECKOUT, check=False, timeout=None, given=None, **variables):
    """A command that has ended, with what it printed; `given` is its standard input."""
    return subprocess.run(command, cwd=cwd, check=check, timeout=timeout, input=given, env={**os.environ, **variables},
                          capture_output=True, text=True, errors="replace")


def files(*patterns):
    """The names of the checkout's files as they are now, without those that git ignores."""
    listing = run("git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns, check=True).stdout
    return [name for name in listing.splitlines() if (CHECKOUT / name).is_file()]


def copy_checkout(folder, *starts):
    """Copies the files whose names have one of these starts, or all."""
    for name in files():
        if not starts or name.startswith(starts):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, folder / name)


def rendered(overlay):
    return kustomize(FOLDERS[overlay])


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
    head, sign, value = re.fullmatch(r"(.*?) ([=+~-])(?: (.*))?", text).groups()
    target, *path = " ".join(SHORT.get(word, word) for word in head.split()).split()
    place, last = functools.reduce(step, path[:-1], find(target)), path[-1]
    last = int(last) if isinstance(place, list) else last
    if sign == "~":
        old, new = value.split(" -> ")
        assert old in place[last]
        place[last] = place[last].replace(old, new)
        return
    value = yaml.safe_load(value) if value else None
    if sign == "+":
        (place[last] if isinstance(place, list) else place.setdefault(last, [])).append(value)
    elif sign == "=":
        place[last] = value
    else:
        del place[last]


def broken(fault):
    """A copy of the manifests with a fault."""
    overlay, text = fault.split(": ", 1) if fault.split(": ")[0] in FOLDERS else ("staging", fault)
    fleet = rendered(overlay).copy()
    if text.startswith("+ "):
        fleet.documents.append(yaml.safe_load(text[2:]))
    elif text.startswith("- "):
        fleet.documents.remove(find(fleet, text[2:]))
    else:
        change(functools.partial(find, fleet), text)
    return fleet
