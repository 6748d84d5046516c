"""The rules on the composed fleet, and the fleets that each of them must find wrong."""

import copy
import functools
import itertools
import json
import os
import subprocess

import pytest
from kit import CHECKOUT, FAULTS, change

from operations.access import COMPOSED_DATABASES, DATABASE_CONTAINERS
from operations.composed import CACHES, ENGINES, JOBS, SERVICES, networks, secrets, walls

COMPOSE = next((command for command in ("docker compose", "docker-compose") if not subprocess.run(
    f"{command} version", shell=True, capture_output=True).returncode), None)
RULES = (secrets, walls, networks)
pytestmark = pytest.mark.skipif(not COMPOSE, reason="docker compose is not installed")


@functools.cache
def read(*options, **variables):
    """All containers, or with options those that they select."""
    # The developer's exported variables must not change the result.
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [*COMPOSE.split(), *(options or ("--profile", "*")), "config", "--format", "json"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, env={**plain, **variables})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def broken(fault):
    fleet = copy.deepcopy(read())
    if fault.startswith("- "):
        del fleet["services"][fault[2:]]
    else:
        change(lambda name: fleet["services"][name] if name in fleet["services"] else fleet[name], fault)
    return fleet


@pytest.mark.parametrize("rule, fault", [
    (rule, fault) for rule in RULES for fault in FAULTS[f"composed {rule.__name__}"]])
def test_rule_finds(rule, fault):
    assert list(rule(broken(fault))), "the rule accepts it"


@pytest.mark.parametrize("database, cache", itertools.product(COMPOSED_DATABASES, CACHES))
def test_the_composed_fleet_follows_on_each_database_and_cache_and_runs_no_other(database, cache):
    selected = read("--project-directory", ".", BULKHEAD_DATABASE=database, BULKHEAD_CACHE=cache)
    whole = read(BULKHEAD_DATABASE=database, BULKHEAD_CACHE=cache)
    assert not [complaint for rule in RULES for complaint in rule(whole)]
    nodes = [name for name, of in DATABASE_CONTAINERS.items() if of == database]
    assert {name for name in selected["services"] if name in ENGINES} == {*nodes, cache}
    programs = {name: selected["services"][name]["environment"] for name in (*SERVICES, *JOBS)}
    kind, superuser, _ = COMPOSED_DATABASES[database]
    assert {(given["DB_TYPE"], given["DB_HOST"]) for given in programs.values()} == {(kind, ",".join(nodes))}
    assert [name for name, given in programs.items() if given["DB_USER"] == superuser] == ["bootstrap"]
    assert programs["bootstrap"]["DB_PASS_FILE"] == f"/run/secrets/{database}-superuser"
