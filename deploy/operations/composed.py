"""The rules on the composed fleet: what its containers hold and reach is what deploy/access.yaml gives: `make edges ENV=local`.

It reads the answer of `docker compose config --format json` (standard input), also of a fleet with files of your own, prints what
breaks a rule, one a line, and ends with 2 where there is any."""

import itertools
import json
import pathlib
import sys

from operations.access import COMPOSED_DATABASES, DATABASE_CONTAINERS, PUBLIC, Access
from operations.check import report

ACCESS = Access()
SERVICES, JOBS, CACHES = ACCESS.services, ("bootstrap", "migrate", "access"), ("redis", "valkey")
ENGINES = {**dict.fromkeys(DATABASE_CONTAINERS, "database"), **dict.fromkeys(CACHES, "cache")}
NODES = {name for name, database in DATABASE_CONTAINERS.items() if database == "galera"}
# Releases before several databases reach theirs under the name `database`.
NAMED = ("postgres", "mariadb")
EDGE = {s.name for s in SERVICES.values() if "edge" in s.sides}
COMPOSE, SHARED = pathlib.Path(__file__).resolve().parents[1] / "compose", "/deploy/compose/secrets"


def secrets(fleet):
    """Each container has its own secrets and no other, from the file of that name."""
    yield from (f"{name} is missing" for name in set(SERVICES) - set(fleet["services"]))
    given = fleet["services"]["bootstrap"]["environment"]
    database = given.get("DB_PASS_FILE", "").removeprefix("/run/secrets/").removesuffix("-superuser")
    kind, superuser, _ = COMPOSED_DATABASES.get(database, ("", "", 0))
    if given.get("DB_TYPE") != kind:
        yield f"bootstrap has the superuser of {database}, and the database is a {given.get('DB_TYPE')}"
    held = ACCESS.composed_secrets(database)
    for name, entry in fleet["services"].items():
        service, user = SERVICES.get(name), entry.get("environment", {}).get("DB_USER")
        found, keys = {s["source"] for s in entry.get("secrets", [])}, [c["source"] for c in entry.get("configs", [])]
        reads = ["password-key"] if service or name in JOBS or name == "mysql" else []
        if found != held.get(name, set()) or keys != reads + (["jwks"] if service and not service.signs else []):
            yield f"{name} has the secrets {sorted(found)} and the configs {keys}"
        if user not in found | ({superuser} if name == "bootstrap" else {None}):
            yield f"{name} connects as {user}"
        yield from (f"{name} mounts secrets" for v in entry.get("volumes", []) if SHARED in v.get("source", ""))
    for name, given in (*fleet["secrets"].items(), *fleet["configs"].items()):
        file = f"{SHARED}/{PUBLIC.get(name, name)}"
        if not given.get("file", "").endswith(file) or "environment" in given:
            yield f"{name} is {given}"


def walls(fleet):
    """A container has walls, and no file of the host but its configuration."""
    for name, entry in fleet["services"].items():
        own, ours = "cache" if name in CACHES else name, entry["image"].startswith("bulkhead/")
        wall = [entry.get(key) for key in ("cap_drop", "read_only", "security_opt", "privileged", "cap_add")]
        if wall != [["ALL"], True, ["no-new-privileges:true"], None, None] or not ours and str(
                entry.get("user", "0")).startswith("0") or not entry["deploy"]["resources"]["limits"].get("memory"):
            yield f"{name} lacks a wall: {wall}, user {entry.get('user')}"
        yield from (f"{name} mounts {v['source']}" for v in entry.get("volumes", []) if v["source"] != own and not (
            v["type"] == "bind" and v.get("read_only") and v["source"].startswith(f"{COMPOSE}/")))


def may_connect(one, other):
    """Whether access.yaml lets these containers share a network."""
    for a, b in ((one, other), (other, one)):
        if a in SERVICES:
            return b == "prometheus" or b == "ingress" and a in EDGE or ENGINES.get(b) == "database" or (
                ENGINES.get(b) == "cache" and bool(SERVICES[a].cache_account))
    # Prometheus reaches each service over the network that the service shares with its engines.
    groups = ({*ENGINES, *JOBS}, {*ENGINES, "prometheus"}, {"ingress", "grafana", "load"}, {"prometheus", "grafana"})
    return any({one, other} <= group for group in groups)


def networks(fleet):
    """Two containers share a network where access.yaml gives an edge, and one network leads outside."""
    joins = {name: set(entry.get("networks") or ["default"]) for name, entry in fleet["services"].items()}
    for (one, a), (other, b) in itertools.combinations(joins.items(), 2):
        if bool((a & b) - {"outside"}) != may_connect(one, other):
            yield f"{one} and {other} share {sorted(a & b)}"
    # A container on the network of Galera's nodes can join their cluster, and so reads and writes all data.
    if (on := {name for name, of in joins.items() if "cluster" in of}) != NODES:
        yield f"the network cluster has {sorted(on)}"
    options = {"edge": {"com.docker.network.bridge.enable_ip_masquerade": "false"},
               "outside": {"com.docker.network.bridge.enable_icc": "false"}}
    for name, given in fleet["networks"].items():
        if given.get("driver_opts") != options.get(name) or given.get("internal", False) != (name not in options) or (
                given.get("external")):
            yield f"the network {name} is {given}"
    for name, entry in fleet["services"].items():
        if joins[name] - set(fleet["networks"]) or (
                "outside" in joins[name]) != (name in SERVICES and "outside" in SERVICES[name].sides):
            yield f"{name} is on {sorted(joins[name])}"
        aliases = {alias for given in entry["networks"].values() for alias in (given or {}).get("aliases", [])}
        if name in NAMED and any("database" not in ((given or {}).get("aliases") or []) for given in entry["networks"].values()):
            yield f"{name} lacks the name database, which containers of earlier releases use"
        if aliases - {ENGINES.get(name), f"{name}.edge", f"{name}.watch", f"{name}.cluster"}:
            yield f"{name} takes the names {aliases}"
        published = [p["target"] for p in entry.get("ports", []) if p.get("host_ip") == "127.0.0.1"]
        wanted = {"ingress": {SERVICES[s].port for s in EDGE}, "grafana": {3000}}.get(name, set())
        if set(published) != wanted or len(entry.get("ports", [])) != len(wanted):
            yield f"{name} publishes {entry.get('ports')}"

if __name__ == "__main__":
    config = sys.stdin.read()
    sys.exit(report((secrets, walls, networks), json.loads(config)) if config else "error: docker compose config printed nothing")
