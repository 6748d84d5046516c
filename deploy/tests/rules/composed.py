"""docker-compose.yml: the same one source, and how its containers are held.

What is expected is written down whole, container by container and network by network, and compared: what is missing and
what is too much are both told."""

import re

import settings
from access import Access
from compose import file_of
from fields import fields, unknown
from rule import Rules

RULES = Rules()
rule = RULES.rule
ACCESS = Access()
SERVICES = ACCESS.services
DATABASE, CACHES, JOBS = ("postgres",), ("redis", "valkey"), ("bootstrap", "migrate", "access")
INGRESS, WATCH, LOAD = "ingress", ("prometheus", "grafana"), "load"
MOUNT, FOLDER, KEY_SET = "/run/secrets", "deploy/compose/secrets", "/etc/bulkhead/jwks.json"

# ---- What each container is given -----------------------------------------------------------------------------------

SUPERUSER = "postgres-superuser"
SECRETS = {
    **dict.fromkeys(DATABASE, {SUPERUSER}), **dict.fromkeys(CACHES, {ACCESS.cache_administrator}),
    "bootstrap": {SUPERUSER, *ACCESS.administrators}, "migrate": {ACCESS.database_administrator},
    "access": ACCESS.administrators | ACCESS.accounts, INGRESS: set(), **dict.fromkeys(WATCH, set()), LOAD: set(),
    **{s.name: {file_of(f) for f in s.files} for s in SERVICES.values()}}
# Public, so nobody's secret: the keys that tokens are checked with, for who does not sign them.
CONFIGS = {s.name: [{"source": "jwks", "target": KEY_SET}] for s in SERVICES.values() if "token-key" not in s.secrets}
MOUNTS = {
    **dict.fromkeys(DATABASE, {"postgres:/var/lib/postgresql/data"}), **dict.fromkeys(CACHES, {"cache:/data"}),
    INGRESS: {"./deploy/compose/ingress.cfg:/etc/bulkhead/ingress.cfg:ro"},
    "prometheus": {"./deploy/compose/prometheus.yaml:/etc/prometheus/prometheus.yaml:ro", "prometheus:/prometheus"},
    "grafana": {
        "./deploy/compose/grafana/datasource.yaml:/etc/grafana/provisioning/datasources/datasource.yaml:ro",
        "./deploy/compose/grafana/dashboards.yaml:/etc/grafana/provisioning/dashboards/dashboards.yaml:ro",
        "./deploy/compose/grafana/fleet.json:/etc/grafana/dashboards/fleet.json:ro"}}
VOLUMES = {"postgres", "cache", "prometheus"}
OWN_IMAGE = "bulkhead/{}:${{BULKHEAD_VERSION:-dev}}"
IMAGES = {
    **{s.name: OWN_IMAGE.format(s.program) for s in SERVICES.values()}, LOAD: OWN_IMAGE.format("load"),
    **dict.fromkeys(JOBS, OWN_IMAGE.format("bulkhead")), "postgres": "${POSTGRES_IMAGE:-postgres:16}",
    "redis": "${REDIS_IMAGE:-redis:7}", "valkey": "${VALKEY_IMAGE:-valkey/valkey:8}",
    INGRESS: "${HAPROXY_IMAGE:-haproxy:3.0}", "prometheus": "${PROMETHEUS_IMAGE:-prom/prometheus:v2.53.0}",
    "grafana": "${GRAFANA_IMAGE:-grafana/grafana:11.1.0}"}
# Ours have one that is not root.
USERS = {**dict.fromkeys(DATABASE, "999:999"), **dict.fromkeys(CACHES, "999"), INGRESS: "99:99",
         "prometheus": "65534:65534", "grafana": "472:0"}
COPY_CREDENTIALS = ["sh", "-c", 'install -m 0600 -t "$$CREDENTIALS_DIR" /run/secrets/* && exec bulkhead "$$@"', "bulkhead"]
# (entry point, command) of our own programs; a service has neither.
COMMANDS = {**dict.fromkeys(SERVICES, (None, None)), LOAD: (None, None), "bootstrap": (COPY_CREDENTIALS, ["bootstrap"]),
            "migrate": (None, ["migrate", "up"]), "access": (COPY_CREDENTIALS, ["access", "apply"]),
            INGRESS: (["haproxy", "-db", "-f", "/etc/bulkhead/ingress.cfg"], [])}
WAY_IN = {"backend-api": 8081, "connector": 8082, "analytics": 8083, "twitch-trigger": 8084, "discord-trigger": 8085}
PORTS = {INGRESS: {f"127.0.0.1:{port}:{port}" for port in WAY_IN.values()}, "grafana": {"127.0.0.1:3000:3000"}}


def entry(name="connector", **changes):
    """A composition in which that container says this."""
    return lambda composition: composition.container(name).entry.update(changes)


def more(key, *values, to="connector"):
    """A composition in which that container has this in a list too."""
    def change(composition):
        composition.container(to).entry[key] = [*(composition.container(to).entry.get(key) or []), *values]
    return change


def top(key, **changes):
    return lambda composition: composition.document.setdefault(key, {}).update(changes)


def one_more(composition):
    composition.document["services"]["mailer"] = composition.copy().container("connector").entry


def both(*changes):
    return lambda composition: [change(composition) for change in changes]


HEALTH = fields("test", "interval", "timeout", "retries", "start_period")
CONTAINER = fields(
    "image", "pull_policy", "user", "entrypoint", "command", "environment", "secrets", "configs", "volumes", "tmpfs",
    "shm_size", "stop_signal", "stop_grace_period", "networks", "ports", "profiles", "restart", "depends_on", "cap_drop",
    "security_opt", "read_only", build=fields("context", "dockerfile", "target", "args"), healthcheck=HEALTH,
    deploy=fields(resources=fields(limits=fields("cpus", "memory", "pids"))), logging=fields("driver", "options"))
DOCUMENT = fields("name", "services", "networks", "volumes", "configs", "secrets")


@rule("one source/there is no container and no field that these rules do not know", one_more,
      lambda composition: composition.document["services"].pop("analytics"), top("include", path="more.yaml"),
      *(entry(**{key: value}) for key, value in {
          "privileged": True, "cap_add": ["NET_ADMIN"], "pid": "service:backend-api", "ipc": "host", "userns_mode": "host",
          "devices": ["/dev/sda:/dev/sda"], "network_mode": "service:backend-api", "volumes_from": ["access:ro"],
          "env_file": ["/tmp/x.env"], "extends": {"file": "x.yaml", "service": "y"}, "links": ["backend-api"],
          "extra_hosts": ["host.docker.internal:host-gateway"], "group_add": ["0"], "cgroup_parent": "/", "hostname": "x",
          "container_name": "backend-api", "build": {"context": ".", "secrets": ["migrate-admin"]},
          "healthcheck": {"disable": True}, "deploy": {"mode": "global"}}.items()),
      entry(INGRESS, cap_add=["SYS_ADMIN"]), entry("postgres", privileged=True))
def only_what_is_known(composition):
    for name in sorted(set(composition.document["services"]) ^ set(SECRETS)):
        yield f"{name} is {'missing' if name in SECRETS else 'too much'}"
    own = {k: v for k, v in composition.document.items() if not k.startswith("x-")}
    yield from (f"the field {path} is not known" for path in unknown(own, DOCUMENT))
    for container in composition.containers:
        yield from (f"{container.name}: the field {path} is not known" for path in unknown(container.entry, CONTAINER))


SECRET_FILES = {name: {"file": f"{FOLDER}/{name}"} for held in SECRETS.values() for name in held}


@rule("one source/each container holds its secrets and no other's", more("secrets", "backend-api-rw"),
      more("secrets", "token-key.pem"), more("secrets", "migrate-admin"), entry(secrets=[]),
      more("secrets", {"source": "backend-api-rw", "target": "connector-rw"}), more("secrets", "migrate-admin", to="analytics"),
      more("secrets", "backend-api-rw", to=INGRESS), more("secrets", SUPERUSER, to=LOAD),
      more("secrets", SUPERUSER, to="migrate"), more("secrets", "token-key.pem", to="access"),
      # Under another name, or another kind's.
      top("secrets", **{"connector-rw": {"file": f"{FOLDER}/migrate-admin"}}),
      top("secrets", **{"connector-rw": {"environment": "HOME"}}),
      both(top("secrets", **{"ca.crt": {"file": f"{FOLDER}/token-key.pem"}}), more("secrets", "ca.crt")),
      top("configs", jwks={"file": f"{FOLDER}/token-key.pem"}), entry(configs=[]),
      both(top("configs", extra={"file": f"{FOLDER}/migrate-admin"}), more("configs", "extra")),
      more("configs", {"source": "jwks", "target": "/etc/passwd"}, to="backend-api"))
def secrets(composition):
    for container in composition.containers:
        wanted = SECRETS.get(container.name, set())
        for secret in sorted(set(container.names("secrets")) ^ wanted):
            yield f"{container.name} {'lacks' if secret in wanted else 'holds'} {secret}"
        if (container.entry.get("configs") or []) != CONFIGS.get(container.name, []):
            yield f"{container.name} is given {container.entry.get('configs')}"
    if composition.document["secrets"] != SECRET_FILES:
        yield f"secrets: {composition.document['secrets']}"
    if composition.document["configs"] != {"jwks": {"file": f"{FOLDER}/jwks.json"}}:
        yield f"configs: {composition.document['configs']}"


@rule("one source/each container mounts what is its own", entry(volumes=[f"./{FOLDER}:/run/more:ro"]),
      more("volumes", f"./{FOLDER}:/s:ro", to="prometheus"), more("volumes", "postgres:/pg:ro", to="prometheus"),
      more("volumes", "/var/run/docker.sock:/var/run/docker.sock", to=INGRESS), entry("postgres", volumes=[]),
      more("volumes", {"type": "bind", "source": "/", "target": "/host"}), more("tmpfs", "/run/secrets:mode=1777"),
      top("volumes", cache={"driver_opts": {"type": "none", "o": "bind", "device": "/"}}), top("volumes", more=None))
def mounts(composition):
    for container in composition.containers:
        wanted = MOUNTS.get(container.name, set())
        for mount in sorted(set(container.names("volumes")) ^ wanted):
            yield f"{container.name} {'lacks' if mount in wanted else 'mounts'} {mount}"
        if container.name in SERVICES and container.entry.get("tmpfs"):
            yield f"{container.name} can write into {container.entry['tmpfs']}"
    if composition.document["volumes"] != dict.fromkeys(VOLUMES):
        yield f"volumes: {composition.document['volumes']}"


@rule("one source/each container runs its own program, as its own user", entry(image="bulkhead/backend-api:dev"),
      entry(image="registry.example.org/bulkhead/connector:dev"), entry(user="0:0"), entry("postgres", user="0:0"),
      entry(command=["version"]), entry(entrypoint=["sh"]), entry("migrate", command=["migrate", "down"]),
      entry("access", command=["access", "plan"]), entry(build={"context": "/", "target": "connector"}),
      entry(build={"context": ".", "dockerfile": "deploy/images/Dockerfile", "target": "backend-api"}))
def programs(composition):
    for container in composition.containers:
        given = container.entry
        claims = {
            f"image {given.get('image')}": given.get("image") == IMAGES.get(container.name),
            f"user {given.get('user')}": given.get("user") == USERS.get(container.name),
            "entry point or command": container.name not in COMMANDS or
            (given.get("entrypoint"), given.get("command")) == COMMANDS[container.name],
            "build": "build" not in given or (
                given["build"].get("context"), given["build"].get("dockerfile"), f"bulkhead/{given['build'].get('target')}") ==
            (".", "deploy/images/Dockerfile", str(given.get("image")).partition(":")[0])}
        yield from (f"{container.name}: {claim}" for claim, holds in claims.items() if not holds)


# ---- Who it is -------------------------------------------------------------------------------------------------------

def file(secret):
    return f"{MOUNT}/{secret}"


MIGRATE, CACHE = ((account, file(account)) for account in (ACCESS.database_administrator, ACCESS.cache_administrator))
CREDENTIALS = {"CREDENTIALS_DIR": "/run/credentials"}
TOLD = {
    **{s.name: settings.of_service(s, MOUNT, KEY_SET, file_of) for s in SERVICES.values()},
    "bootstrap": {**settings.of_accounts(("postgres", file(SUPERUSER)), CACHE), **CREDENTIALS},
    "migrate": settings.of_accounts(MIGRATE), "access": {**settings.of_accounts(MIGRATE, CACHE), **CREDENTIALS}}
# What may come from the environment of whoever calls compose.
FROM_OUTSIDE = {(LOAD, "CONNECTIONS")}
SENSITIVE = re.compile("PASS|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE", re.IGNORECASE)
# Names of files.
INNOCENT = re.compile("_(FILE|DIR)$")


def variable(name, value, of="connector"):
    def change(composition):
        container = composition.container(of)
        container.entry["environment"] = {**container.environment, name: value}
    return change


@rule("one source/each program connects as its own accounts, and takes nothing from the host",
      variable("DB_USER", "backend-api-rw"), variable("CACHE_USER", "analytics-cache"),
      variable("DATABASE_URL", "postgresql://x"), variable("DB_PASS_FILE", f"{MOUNT}/connector-cache"),
      variable("DB_PASS", "hunter2"), variable("TOKEN_KEY", "x"), variable("JWKS_FILE", "/tmp/jwks.json"),
      variable("DB_USER", "postgres", of="migrate"), variable("DB_PASS", "hunter2", of="grafana"),
      variable("GF_SECURITY_ADMIN_PASSWORD", "hunter2", of="grafana"), variable("DATABASE_URL", None),
      variable("DB_USER", "${DB_USER:-connector-rw}"), variable("PASSTHROUGH", None, of="grafana"),
      lambda composition: composition.container("connector").entry["environment"].pop("WEBHOOK_KEY_FILE"),
      lambda composition: composition.container("grafana").entry.update(environment=["DB_USER"]))
def accounts(composition):
    for container in composition.containers:
        yield from (f"{container.name}: {complaint}" for complaint in settings.complaints(
            container.environment, TOLD.get(container.name, {})))
        for name, value in container.environment.items():
            if value is None or "${" in str(value) and (container.name, name) not in FROM_OUTSIDE:
                yield f"{container.name}: {name} comes from the host"
            if SENSITIVE.search(name) and not INNOCENT.search(name):
                yield f"{container.name}: {name} has a value"


# What the engines are told: each of these decides who may come in without a password.
POSTGRES_COMMAND = ["postgres", "-c", "max_connections=200", "-c", "shared_buffers=128MB", "-c",
                    "password_encryption=scram-sha-256"]
POSTGRES_TOLD = {"POSTGRES_PASSWORD_FILE": file(SUPERUSER),
                 "POSTGRES_INITDB_ARGS": "--auth-local=scram-sha-256 --auth-host=scram-sha-256 --data-checksums"}
CACHE_USERS = ["user default off", "user cache-admin on #$$digest ~* &* +@all"]
CACHE_STARTS = 'exec "$$program" --dir /data --aclfile "$$accounts"'


def script(old, new):
    """A composition whose cache is started otherwise."""
    def change(composition):
        command = composition.container("redis").entry["command"]
        assert old in command[2], old
        command[2] = command[2].replace(old, new)
    return change


@rule("one source/the engines let nobody in but by password, and begin with their administrators alone",
      variable("POSTGRES_HOST_AUTH_METHOD", "trust", of="postgres"),
      variable("POSTGRES_INITDB_ARGS", "--auth=trust", of="postgres"), variable("POSTGRES_USER", "x", of="postgres"),
      more("command", "-c", "hba_file=/tmp/x", to="postgres"), script("'user default off'", "'user default on nopass ~* +@all'"),
      script('--aclfile "$$accounts"', ""), script("exec", "echo 'user more on nopass +@all' >>x\nexec"))
def engines(composition):
    postgres = composition.container("postgres")
    if (postgres.entry["command"], postgres.environment) != (POSTGRES_COMMAND, POSTGRES_TOLD):
        yield f"postgres: {postgres.entry['command']} {postgres.environment}"
    for name in CACHES:
        command = composition.container(name).entry["command"][2]
        users = re.findall(r"""['"](user [^'"]*)['"]""", command)
        if users != CACHE_USERS or not re.search(f"^{re.escape(CACHE_STARTS)} ", command, re.MULTILINE):
            yield f"{name}: {users}: {command.splitlines()[-2:]}"


# ---- Whom it meets ---------------------------------------------------------------------------------------------------

NO_WAY_OUT, NO_NEIGHBOURS, INTERNAL = (
    {"driver_opts": {"com.docker.network.bridge.enable_ip_masquerade": "false"}},
    {"driver_opts": {"com.docker.network.bridge.enable_icc": "false"}}, {"internal": True})
# {network: (its options, who is on it)}. A network is a permission: all on it meet, but for `outside`.
NETWORKS = {
    "data": (INTERNAL, {*DATABASE, *CACHES, *JOBS}),
    "edge": (NO_WAY_OUT, {INGRESS, "grafana", LOAD}),
    "outside": (NO_NEIGHBOURS, {s.name for s in SERVICES.values() if "outside" in s.sides}),
    "watch": (INTERNAL, set(WATCH)),
    **{f"app-{s.name}": (INTERNAL, {s.name, "prometheus", *(DATABASE if s.database_account else ()),
                                    *(CACHES if s.cache_account else ())}) for s in SERVICES.values()},
    **{f"edge-{s.name}": (INTERNAL, {s.name, INGRESS}) for s in SERVICES.values() if "edge" in s.sides}}
# By which name one is called there beside one's own. Whoever bears another's gets what is meant for that one.
ALIASES = {**dict.fromkeys(DATABASE, "database"), **dict.fromkeys(CACHES, "cache")}
ALIASES_ON = {(INGRESS, "edge"): "ingress.edge", ("prometheus", "watch"): "prometheus.watch"}


def network(which, **changes):
    return lambda composition: composition.document["networks"].update(
        {which: {**(composition.document["networks"].get(which) or {}), **changes}})


def join(name, *networks, **options):
    """A composition in which that container is on these networks too."""
    def change(composition):
        container = composition.container(name)
        container.entry["networks"] = {**container.networks, **dict.fromkeys(networks, options)}
    return change


@rule("one source/each network joins whom access.yaml joins, and leads out where it says so",
      join("analytics", "app-connector"), join("backend-api", "data"), join("analytics", "edge-connector"),
      join("analytics", "outside"), join("analytics", "edge"), join("postgres", "outside"), join(LOAD, "app-connector"),
      join(INGRESS, "app-analytics-rollup"), join(INGRESS, "data"), join(LOAD, "data"), join("grafana", "data"),
      join("analytics", "default"), join("postgres", "default"),
      entry(networks=["outside"]), entry(networks=["edge-connector", "app-connector"]), entry(networks=[]),
      # Another name on a network of one's own.
      join("connector", "edge-connector", aliases=["backend-api"]), join("connector", "app-connector", aliases=["database"]),
      join("connector", "app-connector", ipv4_address="172.20.0.2"), join("redis", "app-connector"),
      join(INGRESS, "edge-connector", aliases=["ingress.edge"]),
      network("data", internal=False), network("data", internal="false"), network("data", internal="${I:-false}"),
      network("data", external=True), network("edge", driver_opts={}), network("outside", driver_opts={}),
      network("more", internal=True), network("edge-analytics", internal=False),
      both(network("edge-connector", name="x"), network("app-analytics", name="x")))
def networks(composition):
    found = composition.document["networks"]
    # The network `default` is one that nobody need declare.
    for name in sorted({*found, *NETWORKS, *(n for c in composition.containers for n in c.networks)}):
        options, members = NETWORKS.get(name, (None, set()))
        if found.get(name) != options:
            yield f"the network {name} is {found.get(name)}, not {options}"
        on_it = {c.name for c in composition.containers if name in c.networks}
        for member in sorted(on_it ^ members):
            yield f"{member} is {'not ' if member in members else ''}on the network {name}"
    for container in composition.containers:
        for name, said in container.networks.items():
            alias = ALIASES_ON.get((container.name, name), ALIASES.get(container.name))
            if said != ({"aliases": [alias]} if alias else {}):
                yield f"{container.name} says {said} on the network {name}"


# ---- The ingress -----------------------------------------------------------------------------------------------------

SAID_ONCE = {
    "global": ["log", "maxconn", "hard-stop-after"],
    "resolvers engine": ["nameserver dns 127.0.0.11:53", "accepted_payload_size", "resolve_retries", "timeout", "hold"],
    "defaults": ["mode http", "log global", "log-format", "http-reuse never", "retries", "retry-on conn-failure", "timeout",
                 "option dontlog-normal", "option http-server-close", "option redispatch", "option httpchk GET /readyz",
                 "default-server check", "http-error status"]}
EXACTLY = {
    **{f"listen {name}": [f"bind ingress.edge:{port}", f"server-template {name}- 4 {name}:{port}"]
       for name, port in WAY_IN.items()},
    "frontend alive": ["bind 127.0.0.1:8404", "monitor-uri /livez"]}


def rewrite(old, new):
    """A composition whose ingress is configured otherwise."""
    def change(composition):
        assert old in composition.ingress, old
        composition.ingress = composition.ingress.replace(old, new)
    return change


def written(text):
    def change(composition):
        composition.ingress += f"\n{text}\n"
    return change


@rule("one source/requests come in by the ingress, to the services that access.yaml opens to the edge",
      rewrite("analytics- 4 analytics:8083", "analytics- 4 analytics-rollup:8086"),
      rewrite("analytics- 4 analytics:8083", "analytics- 4 analytics:8086"),
      rewrite("bind ingress.edge:8083", "bind *:8083"), rewrite("bind ingress.edge:8083", "bind 127.0.0.1:8083"),
      rewrite("  bind ingress.edge:8083", "    bind ingress.edge:8083\n    bind *:9000"),
      rewrite("listen analytics\n", "listen analytics\n  http-request set-dst str(backend-api)\n"),
      rewrite("nameserver dns 127.0.0.11:53", "nameserver dns 192.0.2.1:53"),
      rewrite("option http-server-close", "option transparent"), rewrite("log stdout", "stats socket *:9000\n  log stdout"),
      written("frontend f\n  bind *:9000\n  default_backend b\nbackend b\n  server s backend-api:8081"),
      written("    listen f\n    bind *:9000\n    server s backend-api:8081"),
      written("listen analytics-rollup\n  bind ingress.edge:8086\n  server-template analytics-rollup- 4 analytics-rollup:8086"),
      written("program x\n  command sh"), rewrite("listen connector\n", "defaults\n  mode tcp\nlisten connector\n"),
      entry(INGRESS, ports=["127.0.0.1:8081:8081"]), entry(ports=["127.0.0.1:8082:8082"]),
      entry("postgres", ports=["127.0.0.1:5432:5432"]), entry(INGRESS, ports=["8081:8081"]),
      more("ports", "127.0.0.1:9000-9100:9000-9100", to=INGRESS), entry("grafana", ports=["3000:3000"]),
      more("ports", {"target": 8081, "published": "8081", "host_ip": "0.0.0.0"}, to=INGRESS),
      entry(INGRESS, entrypoint=["haproxy", "-f", "/tmp/other.cfg"]))
def ingress(composition):
    if set(WAY_IN) != {s.name for s in SERVICES.values() if "edge" in s.sides}:
        yield f"access.yaml opens others to the edge than {sorted(WAY_IN)}"
    if sorted(first for first, _ in composition.sections) != sorted([*SAID_ONCE, *EXACTLY]):
        yield f"the ingress has the sections {sorted(first for first, _ in composition.sections)}"
    for first, lines in composition.sections:
        if first in EXACTLY and lines != EXACTLY[first]:
            yield f"the ingress, {first}: {lines}"
        for line in lines if first in SAID_ONCE else ():
            if not any(line == known or line.startswith(f"{known} ") for known in SAID_ONCE[first]):
                yield f"the ingress, {first}: {line}"
    for container in composition.containers:
        wanted = PORTS.get(container.name, set())
        for port in sorted(set(container.names("ports")) ^ wanted):
            yield f"{container.name} {'does not publish' if port in wanted else 'publishes'} {port}"
    if composition.container(INGRESS).entry.get("entrypoint") != COMMANDS[INGRESS][0]:
        yield "the ingress reads another configuration"


@rule("one source/Prometheus, which is on the services' networks, listens on none of them",
      *(lambda composition, said=said: composition.container("prometheus").entry.update(command=said) for said in (
          ["--web.listen-address=0.0.0.0:9090"], ["--config.file=x"],
          ["--web.listen-address=prometheus.watch:9090", "--web.listen-address=:9091"],
          ["--web.listen-address", "prometheus.watch:9090", "--web.listen-address=prometheus.watch:9090"])))
def watcher(composition):
    said = [w for w in composition.container("prometheus").entry["command"] if "listen" in w or not w.startswith("--")]
    if said != ["--web.listen-address=prometheus.watch:9090"]:
        yield f"it listens on {said}"


# ---- How it is held --------------------------------------------------------------------------------------------------

@rule("compose/nothing else is read beside the file",
      lambda composition: composition.beside.add("docker-compose.override.yml"),
      lambda composition: composition.beside.add("compose.yaml"),
      lambda composition: setattr(composition, "settings", "COMPOSE_FILE=other.yaml\n"),
      lambda composition: setattr(composition, "settings", composition.settings + "BULKHEAD_VERSION=x\n"))
def nothing_beside(composition):
    for name in sorted(composition.beside):
        yield f"compose would read {name} too"
    for line in composition.settings.splitlines():
        if line and not line.startswith("#") and not re.match("(COMPOSE_PROFILES|[A-Z]+_IMAGE)=", line):
            yield f".env says {line.partition('=')[0]}"


@rule("compose/a service says that it ends long enough before it stops to listen, and has the time to finish",
      variable("SHUTDOWN_DELAY", "1"), entry(stop_grace_period="10s"), rewrite("fall 3", "fall 9"))
def drain(composition):
    checks = re.search(r"inter (\d+)s fastinter (\d+)ms .* fall (\d+) ", composition.ingress)
    slowest = int(checks[1]) + int(checks[2]) / 1000 * (int(checks[3]) - 1)
    for name in SERVICES:
        container = composition.container(name)
        delay = float(container.environment.get("SHUTDOWN_DELAY", 0))
        finish = float(container.environment.get("SHUTDOWN_TIMEOUT", 20))
        if delay < 2 * slowest:
            yield f"{name}: SHUTDOWN_DELAY {delay} s, and the ingress may need {slowest} s to see it"
        if float(str(container.entry.get("stop_grace_period", "10s")).rstrip("s")) <= delay + finish:
            yield f"{name}: the engine kills it before it has finished"


@rule("compose/an image that is made here is never asked of a registry",
      lambda composition: composition.container("migrate").entry.pop("pull_policy"), entry(pull_policy="missing"))
def made_here(composition):
    for container in composition.containers:
        if str(container.entry.get("image")).startswith("bulkhead/") and container.entry.get("pull_policy") != "never":
            yield f"{container.name}: pull_policy is {container.entry.get('pull_policy')}"


@rule("compose/every container is held: no capability, no new privilege, nothing to write, limits",
      entry(cap_drop=[]), entry(read_only=False), entry(security_opt=[]), entry(deploy={}), entry(logging=None),
      entry(security_opt=["no-new-privileges:false", "seccomp=unconfined"]),
      entry(deploy={"resources": {"limits": {"cpus": "1", "memory": "1G"}}}))
def held(composition):
    for container in composition.containers:
        given = container.entry
        limits = (given.get("deploy") or {}).get("resources", {}).get("limits", {})
        claims = {
            "cap_drop: ALL": given.get("cap_drop") == ["ALL"], "read_only": given.get("read_only") is True,
            "no-new-privileges": given.get("security_opt") == ["no-new-privileges:true"],
            "limits of processors, memory and processes": {"cpus", "memory", "pids"} <= set(limits),
            "logs with a limit": "max-size" in ((given.get("logging") or {}).get("options") or {})}
        yield from (f"{container.name}: {claim}" for claim, holds in claims.items() if not holds)


HEALTHY, ENDED = {"condition": "service_healthy"}, {"condition": "service_completed_successfully"}
ENGINES_RUN = {"postgres": HEALTHY, **dict.fromkeys(CACHES, {**HEALTHY, "required": False})}
WAITS = {"bootstrap": ENGINES_RUN, "migrate": {"bootstrap": ENDED}, "access": {"migrate": ENDED},
         **dict.fromkeys(SERVICES, {**ENGINES_RUN, **dict.fromkeys(JOBS, ENDED)})}


@rule("compose/a service starts after every one-shot before it has ended well", entry(depends_on={}),
      entry(depends_on={"bootstrap": ENDED}), entry(depends_on=["bootstrap", "migrate", "access"]),
      entry(depends_on={**WAITS["connector"], "migrate": {"condition": "service_started"}}), entry("access", depends_on={}))
def order(composition):
    for name, wanted in WAITS.items():
        if composition.container(name).entry.get("depends_on") != wanted:
            yield f"{name} waits for {composition.container(name).entry.get('depends_on')}"


@rule("compose/each service and engine is asked whether it is well",
      lambda composition: composition.container("connector").entry.pop("healthcheck"),
      entry(healthcheck={"test": ["CMD", "true"]}), entry("postgres", healthcheck={"disable": True}),
      entry("redis", healthcheck={"test": ["NONE"]}), entry(INGRESS, healthcheck={"test": "NONE"}))
def health(composition):
    for name in (*SERVICES, *DATABASE, *CACHES, INGRESS):
        test = (composition.container(name).entry.get("healthcheck") or {}).get("test") or ["NONE"]
        if name in SERVICES and test != ["CMD", SERVICES[name].program, "health"] or test[0] not in ("CMD", "CMD-SHELL"):
            yield f"{name}: {test}"
