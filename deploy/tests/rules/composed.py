"""docker-compose.yml: the same one source, and how its containers are held."""

import re

from access import Access, secret_of
from rule import Rules

RULES = Rules()
rule = RULES.rule
ACCESS = Access()
# Public, so nobody's secret: the keys that tokens are checked with, and authorities of certificates.
PUBLIC = ("jwks", "ca", "authority")
ENGINES = {"postgres": "database", "redis": "cache", "valkey": "cache"}
# The one that requests come through, to every service that access.yaml opens to the edge.
INGRESS = "ingress"
# What else comes to services from beside them, and to which: who measures.
HELPERS = {"prometheus": tuple(ACCESS.services), INGRESS: tuple(n for n, s in ACCESS.services.items() if "edge" in s.sides)}
# On loopback beside the ingress, for people alone: the dashboard.
ALSO_PUBLISHED = ("grafana",)


def entry(**changes):
    """A composition in which the connector says this."""
    return lambda composition: composition.container("connector").entry.update(changes)


def variable(name, value, service="connector"):
    def change(composition):
        container = composition.container(service)
        container.entry["environment"] = {**container.environment, name: value}
    return change


def give(secret, to="connector"):
    def change(composition):
        composition.container(to).entry.setdefault("secrets", []).append(secret)
    return change


def fleet(composition):
    return [(c, ACCESS.services[c.name]) for c in composition.containers if c.name in ACCESS.services]


def administers(container):
    """One of the one-shot jobs that run the operator's tool."""
    return str(container.entry.get("image", "")).partition(":")[0].endswith("/bulkhead")


@rule("one source/every service of access.yaml is composed",
      lambda composition: composition.document["services"].pop("analytics"))
def services(composition):
    for name in ACCESS.services:
        if name not in composition.document["services"]:
            yield f"{name} is missing"


@rule("one source/each program connects as its own accounts", variable("DB_USER", "backend-api-rw"),
      variable("CACHE_USER", "analytics-cache"), variable("DATABASE_URL", "postgresql://x"),
      variable("DB_PASS_FILE", "/run/secrets/connector-cache"), variable("DB_PASS", "hunter2"))
def accounts(composition):
    for container, service in fleet(composition):
        environment = container.environment
        if any(environment.get(name) for name in ("DATABASE_URL", "DATABASE_URL_FILE", "DB_PASS", "CACHE_PASS")):
            yield f"{container.name}: an account outside its file"
        for engine, account in (("DB", service.database_account), ("CACHE", service.cache_account)):
            if environment.get(f"{engine}_USER") != account:
                yield f"{container.name}: {engine}_USER is {environment.get(f'{engine}_USER')}, not {account}"
            if container.secrets.get(environment.get(f"{engine}_PASS_FILE")) != account:
                yield f"{container.name}: {engine}_PASS_FILE does not hold the password of {account}"


@rule("one source/each service holds its secrets and no other's", give("backend-api-rw"), give("token-key.pem"),
      give("migrate-admin"), lambda composition: composition.container("connector").entry.update(secrets=[]),
      entry(volumes=["./deploy/compose/secrets:/run/more:ro"]))
def secrets(composition):
    for container, service in fleet(composition):
        held = {secret_of(s) for s in container.secrets.values()} - set(PUBLIC)
        for secret in sorted(held ^ service.files):
            yield f"{container.name} {'holds' if secret in held else 'lacks'} {secret}"
        if container.entry.get("volumes"):
            yield f"{container.name} mounts more than its secrets: {container.entry['volumes']}"


@rule("one source/an administrator is held by a job that runs the operator's tool, and by nobody else",
      give("migrate-admin", to="analytics"), give("cache-admin", to="backend-api"))
def administrators(composition):
    for container in composition.containers:
        for secret in sorted({secret_of(s) for s in container.secrets.values()} & ACCESS.administrators):
            is_cache = secret == ACCESS.cache_administrator and ENGINES.get(container.name) == "cache"
            if not administers(container) and not is_cache:
                yield f"{container.name} holds {secret}"


def network(name, **changes):
    return lambda composition: composition.document["networks"][name].update(changes)


def join(name, *networks):
    """A composition in which that container is on these networks too."""
    def change(composition):
        container = composition.container(name)
        container.entry["networks"] = sorted(container.networks | set(networks))
    return change


def may_meet(one, other):
    """Whether access.yaml, or what a helper is for, gives these two an edge."""
    for service, peer in ((ACCESS.services.get(one), other), (ACCESS.services.get(other), one)):
        if service is None:
            continue
        engine = ENGINES.get(peer)
        if engine:
            return bool(service.database_account if engine == "database" else service.cache_account)
        return service.name in HELPERS.get(peer, ())
    return True  # neither is a service of the fleet


@rule("one source/a service meets its database, its cache, and nobody else",
      join("analytics", "app-connector"), join("backend-api", "data"), join("analytics", "edge-connector"),
      lambda composition: composition.container("connector").entry.update(networks=["outside"]),
      join("load", "app-connector"), join(INGRESS, "app-analytics-rollup"))
def edges(composition):
    containers = composition.containers
    for number, one in enumerate(containers):
        for other in containers[number + 1:]:
            if {one.name, other.name} & set(ACCESS.services):
                found, wanted = composition.meet(one, other), may_meet(one.name, other.name)
                if found and not wanted:
                    yield f"{one.name} and {other.name} meet"
                # A helper need not come to everybody it may come to; an engine must.
                if wanted and not found and {one.name, other.name} & set(ENGINES):
                    yield f"{one.name} and {other.name} do not meet"


@rule("one source/who may call outside is so in access.yaml, and the data has no way out",
      join("analytics", "outside"), join("postgres", "edge", "outside"), network("data", internal=False),
      network("edge-analytics", internal=False), network("edge", driver_opts={}),
      lambda composition: composition.container("connector").entry.update(networks=["edge-connector", "app-connector"]))
def outside(composition):
    for container in composition.containers:
        service = ACCESS.services.get(container.name)
        leads_out = any(composition.network(name)[1] for name in container.networks)
        if leads_out != ("outside" in (service.sides if service else ())):
            yield f"{container.name} {'can' if leads_out else 'cannot'} call outside"


def rewrite(old, new):
    """A composition whose ingress is configured otherwise."""
    def change(composition):
        assert old in composition.ingress, old
        composition.ingress = composition.ingress.replace(old, new)
    return change


@rule("one source/requests come in by the ingress, to the services that access.yaml opens to the edge",
      join("analytics", "edge"), rewrite("analytics- 4 analytics:8083", "analytics- 4 analytics-rollup:8086"),
      rewrite("analytics- 4 analytics:8083", "analytics- 4 analytics:8086"),
      rewrite("bind ingress.edge:8083", "bind *:8083"), rewrite("bind ingress.edge:8083", "bind 127.0.0.1:8083"),
      lambda composition: composition.container(INGRESS).entry.update(ports=["127.0.0.1:8081:8081"]),
      lambda composition: composition.container("connector").entry.update(ports=["127.0.0.1:8082:8082"]),
      lambda composition: composition.container("connector").entry.update(networks=["outside", "app-connector"]),
      lambda composition: composition.container("postgres").entry.update(ports=["127.0.0.1:5432:5432"]))
def edge(composition):
    ingress = composition.container(INGRESS)
    published = {port.rpartition(":")[2] for port in ingress.ports}
    for name in ACCESS.services:
        wanted, ways = name in HELPERS[INGRESS], [w for w in composition.ways if w.service == name]
        meets = composition.meet(ingress, composition.container(name))
        open_ways = [w for w in ways if meets and w.port in published and w.port == w.service_port]
        if bool(open_ways) != wanted or (ways and not wanted):
            yield f"{name}: requests {'do not ' if wanted else ''}come in"
    for way in composition.ways:
        # Anywhere else, a service could reach another one through it.
        if way.address != "ingress.edge":
            yield f"the ingress listens on {way.address}, which is not the edge network alone"
    for container in composition.containers:
        if container.ports and container.name not in (INGRESS, *ALSO_PUBLISHED):
            yield f"{container.name} publishes {container.ports}"
        if container.name in ACCESS.services and "edge" in container.networks:
            yield f"{container.name} is on the network where ports are published"


@rule("compose/a service says that it ends long enough before it stops to listen, and has the time to finish",
      variable("SHUTDOWN_DELAY", "1"), entry(stop_grace_period="10s"),
      rewrite("fall 3", "fall 9"))
def drain(composition):
    checks = re.search(r"inter (\d+)s fastinter (\d+)ms .* fall (\d+) ", composition.ingress)
    slowest = int(checks[1]) + int(checks[2]) / 1000 * (int(checks[3]) - 1)
    for container, service in fleet(composition):
        delay = float(container.environment.get("SHUTDOWN_DELAY", 0))
        finish = float(container.environment.get("SHUTDOWN_TIMEOUT", 20))
        if delay < 2 * slowest:
            yield f"{container.name}: SHUTDOWN_DELAY {delay} s, and the ingress may need {slowest} s to see it"
        if float(str(container.entry.get("stop_grace_period", "10s")).rstrip("s")) <= delay + finish:
            yield f"{container.name}: the engine kills it before it has finished"


@rule("compose/ports are published on loopback alone", entry(ports=["8082:8082"]), entry(ports=["0.0.0.0:8082:8082"]))
def loopback(composition):
    for container in composition.containers:
        for port in container.ports:
            if not port.startswith(("127.0.0.1:", "[::1]:")):
                yield f"{container.name}: {port}"


@rule("compose/an image that is made here is never asked of a registry",
      lambda composition: composition.container("migrate").entry.pop("pull_policy"), entry(pull_policy="missing"))
def made_here(composition):
    for container in composition.containers:
        if str(container.entry.get("image")).startswith("bulkhead/") and container.entry.get("pull_policy") != "never":
            yield f"{container.name}: pull_policy is {container.entry.get('pull_policy')}"


@rule("compose/every container is held: no capability, no new privilege, nothing to write, limits",
      entry(cap_drop=[]), entry(read_only=False), entry(security_opt=[]), entry(deploy={}),
      entry(deploy={"resources": {"limits": {"cpus": "1", "memory": "1G"}}}), entry(logging=None),
      entry(privileged=True), entry(cap_add=["NET_ADMIN"]))
def held(composition):
    for container in composition.containers:
        given = container.entry
        limits = (given.get("deploy") or {}).get("resources", {}).get("limits", {})
        claims = {
            "cap_drop: ALL": given.get("cap_drop") == ["ALL"],
            "no cap_add": not given.get("cap_add") or container.name not in ACCESS.services,
            "no-new-privileges": any("no-new-privileges" in str(o) for o in given.get("security_opt") or []),
            "read_only": given.get("read_only") is True, "not privileged": not given.get("privileged"),
            "a memory limit": given.get("mem_limit") or limits.get("memory"),
            "a limit of processes": given.get("pids_limit") or limits.get("pids"),
            "a limit of processors": given.get("cpus") or limits.get("cpus"),
            "logs with a limit": "max-size" in ((given.get("logging") or {}).get("options") or {}),
        }
        for claim, holds in claims.items():
            if not holds:
                yield f"{container.name}: {claim}"


@rule("compose/a service starts after every one-shot before it has ended well",
      lambda composition: composition.container("connector").entry.update(depends_on={}))
def order(composition):
    for container, _ in fleet(composition):
        if "service_completed_successfully" not in container.conditions.values():
            yield f"{container.name} does not wait for schema and rights"
