"""The rules on the composed fleet, and the fleets that each of them must find wrong."""

import copy
import functools
import itertools
import json
import os
import subprocess

import pytest
from kit import CHECKOUT, change

from operations.access import COMPOSED_DATABASES, DATABASE_CONTAINERS
from operations.composed import CACHES, ENGINES, JOBS, SERVICES, networks, secrets, walls

COMPOSE = next((command for command in ("docker compose", "docker-compose") if not subprocess.run(
    f"{command} version", shell=True, capture_output=True).returncode), None)
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


FAULTS = {
    secrets: [
        "connector secrets + {source: token-key.pem, target: /x}", "connector secrets = []", "- analytics",
        "migrate secrets + {source: postgres-superuser}", "ingress secrets + {source: migrate-admin}",
        "secrets connector-rw file = /x/deploy/compose/secrets/migrate-admin", "connector configs -", "bootstrap environment DB_TYPE = sqlite",
        "configs jwks file = /x/deploy/compose/secrets/token-key.pem", "secrets connector-rw environment = HOME",
        "prometheus volumes + {type: bind, source: /x/deploy/compose/secrets, target: /s, read_only: true}",
        "connector environment DB_USER = backend-api-rw", "migrate environment DB_USER = postgres"],
    walls: [
        *(f"connector {change}" for change in ("privileged = true", "cap_drop = []", "read_only = false", "deploy resources limits memory -")),
        "ingress volumes + {type: bind, source: /var/run/docker.sock, target: /d, read_only: true}",
        "ingress volumes 0 read_only = false", "postgres user = '0:0'", "mariadb read_only = false"],
    networks: [
        "analytics networks app-connector = {}", "analytics networks outside = {}", "connector networks cluster = {}", "redis networks cluster = {}", "galera-3 networks cluster -", "postgres networks edge = {}",
        "ingress networks app-analytics-rollup = {}", "analytics networks default = {}", "connector networks outside -",
        "connector networks app-connector = {aliases: [database]}", "mariadb networks data aliases -", "postgres networks app-connector -",
        "networks data internal = false", "mariadb networks app-connector -", "networks edge driver_opts = {}", "networks data external = true",
        "postgres ports = [{target: 5432}]", "ingress ports 0 host_ip = 0.0.0.0"]}


@pytest.mark.parametrize("rule, fault", [(rule, fault) for rule, faults in FAULTS.items() for fault in faults])
def test_rule_finds(rule, fault):
    assert list(rule(broken(fault))), "the rule accepts it"


@pytest.mark.parametrize("database, cache", itertools.product(COMPOSED_DATABASES, CACHES))
def test_the_composed_fleet_follows_on_each_database_and_cache_and_runs_no_other(database, cache):
    selected = read("--project-directory", ".", BULKHEAD_DATABASE=database, BULKHEAD_CACHE=cache)
    whole = read(BULKHEAD_DATABASE=database, BULKHEAD_CACHE=cache)
    assert not [complaint for rule in FAULTS for complaint in rule(whole)]
    nodes = [name for name, of in DATABASE_CONTAINERS.items() if of == database]
    assert {name for name in selected["services"] if name in ENGINES} == {*nodes, cache}
    programs = {name: selected["services"][name]["environment"] for name in (*SERVICES, *JOBS)}
    kind, superuser, _ = COMPOSED_DATABASES[database]
    assert {(given["DB_TYPE"], given["DB_HOST"]) for given in programs.values()} == {(kind, ",".join(nodes))}
    assert [name for name, given in programs.items() if given["DB_USER"] == superuser] == ["bootstrap"]
    assert programs["bootstrap"]["DB_PASS_FILE"] == f"/run/secrets/{database}-superuser"
