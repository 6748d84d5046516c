"""How a pod of the fleet is scaled and stopped, how its engines admit it, and how requests get in."""

import re

from operations.access import Access
from operations.fleet import K8S, at, matches

SERVICES = Access().services
# The four steps of a program's shutdown (RunningService.swift) each have a grace period beyond their time-out; the sum.
STEP_GRACE_SECONDS = 20


def services(fleet):
    """A service stops and scales within its grace period and its account's connections."""
    for workload in fleet.services:
        name, settings = workload.name, fleet.environment(workload.containers[0])
        scaler = fleet.find("HorizontalPodAutoscaler", name)
        pause = at(workload.containers[0], "lifecycle preStop sleep seconds", 0)
        drain = int(settings.get("SHUTDOWN_DELAY", 0)) + int(settings.get("SHUTDOWN_TIMEOUT", 20))
        grace = pause + drain + STEP_GRACE_SECONDS
        # Stopping pods keep their connections while as many new pods start. Each has one for its health check.
        pods = scaler["spec"]["maxReplicas"] if scaler else workload.spec.get("replicas", 1)
        connections = 2 * pods * (int(settings.get("DB_POOL_SIZE", 0)) + 1)
        if workload.pod["terminationGracePeriodSeconds"] < grace:
            yield f"{name} needs a grace period of {grace} s"
        if name in SERVICES and connections > SERVICES[name].connections:
            yield f"{name}: {connections} connections in a roll-out, limit {SERVICES[name].connections} in access.yaml"
        if scaler and "replicas" in workload.spec:
            yield f"{name} has a number of pods beside its autoscaler"
    for name, spec in ((s["metadata"]["name"], s["spec"]) for s in fleet.of_kind("HorizontalPodAutoscaler")):
        target = spec["scaleTargetRef"]
        if not fleet.find(target["kind"], target["name"]) or not 2 <= spec.get("minReplicas", 1) < spec["maxReplicas"]:
            yield f"the autoscaler {name} scales nothing, or has no range from two pods"


def objects(fleet):
    """A workload survives a drained node, ends if it is a Job, and its objects point at each other."""
    for workload in fleet.workloads:
        if workload.kind == "Job" and not (workload.spec.get("backoffLimit", 11) <= 10 and {
                "ttlSecondsAfterFinished", "activeDeadlineSeconds"} <= set(workload.spec)):
            yield f"{workload.where} does not end by itself"
        if not workload.long_running:
            continue
        budgets = [b["spec"] for b in fleet.of_kind("PodDisruptionBudget") if matches(b["spec"]["selector"], workload.labels)]
        if len(budgets) != 1 or workload.is_service and budgets[0].get("maxUnavailable", 0) < 1:
            yield f"{workload.where} has the budgets {budgets}"
        if any("livenessProbe" not in c or "readinessProbe" not in c for c in workload.containers):
            yield f"{workload.where} has no probes"
        headless = fleet.find("Service", workload.spec.get("serviceName"))
        if workload.kind == "StatefulSet" and at(headless, "spec clusterIP") != "None":
            yield f"{workload.where} has no headless Service"
    for name, spec in ((s["metadata"]["name"], s["spec"]) for s in fleet.of_kind("Service")):
        selected = [w for w in fleet.workloads if matches({"matchLabels": spec.get("selector", {})}, w.labels)]
        ports = {p.get("name") for w in selected for c in w.containers for p in c.get("ports", [])}
        if [w.name for w in selected] != [name] or not ports >= {p.get("targetPort", p["port"]) for p in spec.get("ports", [])} or (
                spec.get("type", "ClusterIP") != "ClusterIP"):
            yield f"the Service {name} selects {[w.name for w in selected]}, lacks a port, or opens a node's port"
    yield from (f"the ConfigMap {d['metadata']['name']} can change under a running pod" for d in fleet.of_kind("ConfigMap")
                if d.get("immutable") is not True or not re.search("-[a-z0-9]{10}$", d["metadata"]["name"]))


# In the order in which scripts/migrate.sh and scripts/deploy.sh apply them. Documents without a phase come first.
PHASES = {None: 0, "foundation": 0, "migration": 1, "services": 2}
LATEST = {"Deployment": 2, "StatefulSet": 0, "Job": 1}


def phases(fleet):
    """A document has a phase, a pod's policies are applied no later than the pod, and the Job's steps are in order."""
    def phase(document):
        return PHASES.get(at(document, "metadata labels", {}).get("bulkhead/phase"), 9)
    yield from (f"{d['kind']}/{d['metadata']['name']} has no known phase" for d in fleet.documents if phase(d) == 9)
    for workload in fleet.workloads:
        own = phase(workload.document)
        if own != LATEST.get(workload.kind, own):
            yield f"{workload.where} has the phase {own}"
        yield from (f"{workload.where}: the policy {p['metadata']['name']} is applied after it"
                    for p in fleet.of_kind("NetworkPolicy")
                    if matches(p["spec"]["podSelector"], workload.labels) and phase(p) > own)
    steps = [" ".join(c.get("args", [])) for w in fleet.workloads if (w.kind, w.role) == ("Job", "migrate")
             for c in w.all_containers]
    if steps[-3:] != ["migrate up", "access apply", "access verify"] or steps[:-3] not in ([], ["bootstrap"]):
        yield f"the Job runs {steps}"


# The lines of the engines' files that say who may connect and how. Every other line of that kind is refused, and so is one
# that reads another file, runs a program or opens another way in.
ENGINES = {
    "postgresql": ({"postgresql.conf", "pg_hba.conf"}, re.compile(
        "(?i)['\"]?(ssl|hba_file|ident|password_enc|unix|include|local|host|.*preload|.*_command|.*[^ -~])")),
    **{name: ({f"{name}.cnf"}, re.compile(
        "(?i)['\"]?(\\[|ssl|tls|skip|require|bind|!include|plugin|init|local|secure|mysqlx|.*grant|.*[^ -~])"))
       for name in ("mariadb", "mysql")},
    "valkey": ({"valkey.conf"}, re.compile(
        "(?i)['\"]?(port|tls|aclfile|user|include|replicaof|slaveof|loadmodule|unix|enable|bind|requirepass|.*[^ -~])"))}
# Variables of the engines' images that open another way in.
OPENING = {"POSTGRES_HOST_AUTH_METHOD", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "VALKEY_EXTRA_FLAGS", "LD_PRELOAD"}
TLS = {"DB_TLS": "verify-full", "DB_CA_FILE": "/run/authority/database.crt", "CACHE_TLS": "verify-full",
       "CACHE_CA_FILE": "/run/authority/cache.crt"}
OPERATED_LINES = ("[mariadbd]", "tls-version = TLSv1.2,TLSv1.3", "skip-name-resolve", "local-infile = OFF")
HBA, PARAMETERS = ["hostnossl all all all reject"], {"password_encryption": "scram-sha-256", "ssl_min_protocol_version": "TLSv1.2"}


def connections(fleet):
    """Connections to database and cache use verified TLS and a password, as the components say."""
    for where, container, _ in fleet.containers:
        found = fleet.environment(container)
        if "DB_USER" in found and any(found.get(name) != value for name, value in TLS.items()):
            yield f"{where} connects with {[found.get(name) for name in TLS]}"
    for engine in (w for w in fleet.workloads if w.name in ENGINES):
        names, saying = ENGINES[engine.name]
        variables = OPENING & {name for c in engine.all_containers for name in fleet.environment(c)}
        hidden = {t["metadata"]["name"] for t in engine.spec["volumeClaimTemplates"]} & {v["name"] for v in engine.pod["volumes"]}
        yield from (f"{engine.where}: {name} opens it, or hides its configuration" for name in variables | hidden)
        maps = [fleet.find("ConfigMap", v["configMap"]["name"]) for v in engine.pod["volumes"] if "configMap" in v]
        files = {name: text for d in maps if d for name, text in d["data"].items()}
        last = f"/{engine.name}.conf" if engine.name in ("postgresql", "valkey") else "--require-secure-transport=ON"
        if set(files) != names or not engine.containers[0]["args"][-1].endswith(last):
            yield f"{engine.where} runs {engine.containers[0]['args']} and has the files {sorted(files)}"
        for name, text in files.items():
            said, wanted = ([entry.split() for entry in source.split("\n") if saying.match(entry)] for source in (
                text, (K8S / "components" / engine.name / name).read_text()))
            yield from (f"{name}: {entry}" for entry in said + wanted if said.count(entry) != wanted.count(entry))
    for given in (c["spec"]["postgresql"] for c in fleet.of_kind("Cluster")):
        said = {k: v for k, v in given["parameters"].items() if ENGINES["postgresql"][1].match(k) or k in PARAMETERS}
        if given["pg_hba"] != HBA or said != PARAMETERS:
            yield f"the Cluster accepts {given}"
    for name, given in ((c["metadata"]["name"], c["spec"]) for c in fleet.of_kind("MariaDB")):
        lines = [entry.split() for entry in given["myCnf"].split("\n") if ENGINES["mariadb"][1].match(entry.strip())]
        tls, wanted = [at(given, f"tls {key}") for key in ("enabled", "required")], OPERATED_LINES
        if tls != [True, True] or lines != [entry.split() for entry in wanted]:
            yield f"the MariaDB {name} has TLS {tls} and the lines {lines}"


# The routes that the edge may open. /livez, /readyz, /metrics and /openapi.json are for the cluster only.
ROUTES, KEY_SET = {("/v1", "Prefix")}, {("/.well-known/jwks.json", "Exact")}


def ways_in(fleet):
    """(host, path, how it matches, Service) of every route, and the hosts whose TLS ends at the edge."""
    routes, with_tls = [], set()
    for spec in (d["spec"] for d in fleet.of_kind("Ingress")):
        with_tls |= {h for t in spec.get("tls", []) if t.get("secretName") == "edge-tls" for h in t["hosts"]}
        routes += [(r["host"], p["path"], p["pathType"], p["backend"]["service"]["name"])
                   for r in spec.get("rules", []) for p in r["http"]["paths"]]
        routes += [("any", "/", "Prefix", str(spec["defaultBackend"]))] if "defaultBackend" in spec else []
    gateways = {g["metadata"]["name"]: g["spec"]["listeners"] for g in fleet.of_kind("Gateway")}
    for spec in (d["spec"] for d in fleet.of_kind("HTTPRoute")):
        hosts = spec.get("hostnames", ["any"])
        routes += [(host, at(match, "path value", "/"), at(match, "path type", "PathPrefix").removeprefix("Path"), b["name"])
                   for host in hosts for rule in spec.get("rules", []) for match in rule.get("matches", [{}])
                   for b in rule.get("backendRefs", [])]
        listeners = [entry for parent in spec.get("parentRefs", []) for entry in gateways.get(parent["name"], [])]
        if listeners and all(e["protocol"] == "HTTPS" and at(e, "tls certificateRefs") for e in listeners):
            with_tls |= set(hosts)
    return routes, with_tls


def way_in(fleet):
    """The way in opens the API of the services that access.yaml opens to the edge, under their host names, with TLS."""
    routes, tls = ways_in(fleet)
    for name, service in SERVICES.items():
        opened = {r[1:3] for r in routes if r[3] == name}
        wanted = (ROUTES | (KEY_SET if service.signs else set())) if "edge" in service.sides else set()
        if opened != wanted:
            yield f"{name}: the edge opens {sorted(opened)}, not {sorted(wanted)}"
        yield from (f"{name} has the host name {host}" for host, *_, to in routes
                    if to == name and host.partition(".")[0] != service.host)
    yield from (f"{host} has no TLS at the edge" for host, *_ in routes if host not in tls)
    yield from (f"the edge opens {to}, which is no Service here" for *_, to in routes if not fleet.find("Service", to))
