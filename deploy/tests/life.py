"""How a pod of the fleet starts, runs and stops, and how requests and connections get in."""

import re

from kit import Rules

from operations.access import Access
from operations.fleet import matches

RULES = Rules()
SERVICES = Access().services
# The four steps of a program's shutdown (RunningService.swift) each have a grace period beyond their time-out; the sum.
STEP_GRACE_SECONDS = 20
ZONES = {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}


@RULES.rule("a service starts, drains and is replaced without a failed request",
            "connector main livenessProbe httpGet path = /readyz", "connector main readinessProbe -",
            "connector main startupProbe = {exec: {command: [connector, health]}}", "connector main startupProbe tcpSocket port = x",
            "connector pod terminationGracePeriodSeconds = 30", "connector main lifecycle -",
            "connector main env = [{name: SHUTDOWN_TIMEOUT, value: '120'}]", "connector spec strategy = {type: Recreate}",
            "connector spec strategy rollingUpdate maxUnavailable = 1", "connector pod topologySpreadConstraints -",
            "connector pod topologySpreadConstraints 0 matchLabelKeys -",
            "connector pod initContainers 0 env = [{name: LOG_LEVEL, value: debug}]")
def drains(fleet):
    for workload in fleet.services:
        main, pod, settings = workload.containers[0], workload.pod, fleet.environment(workload.containers[0])
        probes = [{k: v for k, v in main.get(f"{p}Probe", {}).items() if isinstance(v, dict)}
                  for p in ("startup", "liveness", "readiness")]
        pause = main.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        needed = pause + int(settings.get("SHUTDOWN_DELAY", 0)) + int(settings.get("SHUTDOWN_TIMEOUT", 20)) + STEP_GRACE_SECONDS
        update, spread = workload.spec.get("strategy", {}), pod.get("topologySpreadConstraints", [])
        claims = {
            "start-up, liveness and readiness probes differ": probes == [
                {"tcpSocket": {"port": "http"}}, *({"httpGet": {"path": p, "port": "probes"}} for p in ("/livez", "/readyz"))],
            "a pause before SIGTERM, in which endpoints remove the pod": pause >= 1,
            f"a grace period of {needed} s": pod.get("terminationGracePeriodSeconds", 30) >= needed,
            "no pod stops before a new one is ready": update.get("type") == "RollingUpdate"
            and update["rollingUpdate"].get("maxUnavailable") == 0,
            "its pods spread over nodes and zones": ZONES <= {c["topologyKey"] for c in spread} and all(
                "app.kubernetes.io/name" in c.get("matchLabelKeys", []) for c in spread),
            "its init container has its settings": all(fleet.environment(c) == settings for c in workload.all_containers)}
        yield from (f"{workload.where} lacks: {claim}" for claim, holds in claims.items() if not holds)


def covered(selector, fleet):
    return [w for w in fleet.workloads if matches(selector, w.labels)]


@RULES.rule("a workload scales within its account's connections, survives a drained node, and its objects point at each other",
            "HorizontalPodAutoscaler/connector spec maxReplicas = 9", "HorizontalPodAutoscaler/connector spec minReplicas = 1",
            "HorizontalPodAutoscaler/connector spec scaleTargetRef name = x", "connector spec replicas = 2",
            "connector main env = [{name: DB_POOL_SIZE, value: '30'}]", "analytics-rollup spec replicas = 9",
            "PodDisruptionBudget/connector spec maxUnavailable = 0", "- PodDisruptionBudget/valkey",
            "connector spec selector matchLabels app.kubernetes.io/name = x", "Service/connector spec selector = {app: x}",
            "Service/connector spec ports 0 targetPort = grpc", "Service/connector spec type = NodePort",
            "Service/postgresql spec selector app.kubernetes.io/name = connector",
            "valkey spec serviceName = cache", "valkey main livenessProbe -", "migrate spec activeDeadlineSeconds -",
            "migrate spec backoffLimit = 1000", "ConfigMap/fleet immutable -", "ConfigMap/fleet metadata name = fleet")
def objects(fleet):
    for workload in fleet.workloads:
        name, scaler = workload.name, fleet.find("HorizontalPodAutoscaler", workload.name)
        pods = scaler["spec"]["maxReplicas"] if scaler else workload.spec.get("replicas", 1)
        if workload.is_service and name in SERVICES:
            # Stopping pods keep their connections while as many new pods start. Each has one for its health check.
            needed = 2 * pods * (int(fleet.environment(workload.containers[0])["DB_POOL_SIZE"]) + 1)
            if needed > SERVICES[name].connections:
                yield f"{name}: {needed} connections in a roll-out, limit {SERVICES[name].connections} in access.yaml"
        if workload.kind == "Job" and not (workload.spec.get("backoffLimit", 11) <= 10 and {
                "ttlSecondsAfterFinished", "activeDeadlineSeconds"} <= set(workload.spec)):
            yield f"{workload.where} does not end by itself"
        if not workload.long_running:
            continue
        budgets = [b for b in fleet.of_kind("PodDisruptionBudget") if matches(b["spec"]["selector"], workload.labels)]
        if len(budgets) != 1 or workload.is_service and budgets[0]["spec"].get("maxUnavailable", 0) < 1:
            yield f"{workload.where} has the budgets {budgets}"
        if not matches(workload.spec["selector"], workload.labels) or scaler and "replicas" in workload.spec:
            yield f"{workload.where} selects other pods, or has a number of pods beside its autoscaler"
        if any("livenessProbe" not in c or "readinessProbe" not in c for c in workload.containers):
            yield f"{workload.where} has no probes"
        headless = fleet.find("Service", workload.spec.get("serviceName"))
        if workload.kind == "StatefulSet" and (headless is None or headless["spec"].get("clusterIP") != "None"):
            yield f"{workload.where} has no headless Service"
    for scaler in fleet.of_kind("HorizontalPodAutoscaler"):
        target, spec = scaler["spec"]["scaleTargetRef"], scaler["spec"]
        if not fleet.find(target["kind"], target["name"]) or not 2 <= spec.get("minReplicas", 1) < spec["maxReplicas"]:
            yield f"the autoscaler {scaler['metadata']['name']} scales nothing, or has no range from two pods"
    for service in fleet.of_kind("Service"):
        name, selected = service["metadata"]["name"], covered({"matchLabels": service["spec"].get("selector", {})}, fleet)
        ports = {p.get("name") for w in selected for c in w.containers for p in c.get("ports", [])}
        if [w.name for w in selected] != [name] or not ports >= {p["targetPort"] for p in service["spec"]["ports"]} or (
                service["spec"].get("type", "ClusterIP") != "ClusterIP"):
            yield f"the Service {name} selects {[w.name for w in selected]}, a port that they lack, or opens a node's port"
    yield from (f"the ConfigMap {d['metadata']['name']} can change under a running pod" for d in fleet.of_kind("ConfigMap")
                if d.get("immutable") is not True or not re.search("-[a-z0-9]{10}$", d["metadata"]["name"]))


# In the order in which scripts/migrate.sh and scripts/deploy.sh apply them. Documents without a phase come first.
PHASES = {None: 0, "foundation": 0, "migration": 1, "services": 2}
LATEST = {"Deployment": "services", "StatefulSet": "foundation", "Job": "migration"}


@RULES.rule("a document has a phase, and a pod's policies are applied no later than the pod",
            "migrate metadata labels bulkhead/phase -", "connector metadata labels bulkhead/phase = later",
            "valkey metadata labels bulkhead/phase = services", "NetworkPolicy/names metadata labels bulkhead/phase = services")
def phases(fleet):
    at = {id(d): d["metadata"].get("labels", {}).get("bulkhead/phase") for d in fleet.documents}
    yield from (f"{d['kind']}/{d['metadata']['name']} has the phase {at[id(d)]}" for d in fleet.documents
                if at[id(d)] not in PHASES)
    for workload in fleet.workloads:
        phase = at[id(workload.document)]
        order = PHASES.get(phase)
        if order != PHASES[LATEST.get(workload.kind, phase)]:
            yield f"{workload.where} has the phase {phase}"
        yield from (f"{workload.where}: the policy {p['metadata']['name']} is applied after it" for p in fleet.of_kind("NetworkPolicy")
                    if matches(p["spec"]["podSelector"], workload.labels) and PHASES.get(at[id(p)], 3) > (order or 0))


# The whole lines of pg_hba.conf, and the settings that must have these values. A quoted, continued or invisible form of a
# line could read differently to the engine, so it is refused.
PG_HBA = re.compile(r"local +all all +scram-sha-256|hostssl +all all (0\.0\.0\.0/0|::/0) +scram-sha-256|"
                    r"hostnossl +all all (0\.0\.0\.0/0|::/0) +reject")
FORMS = {"postgresql.conf": re.compile(r"([a-z_]+) = ('[^'\\]*'|[A-Za-z0-9.]+)"), "valkey.conf": re.compile(r"([a-z-]+) ([ -~]+)")}
SETTINGS = {
    "postgresql.conf": {"ssl": "on", "hba_file": "'/etc/postgresql/pg_hba.conf'", "password_encryption": "'scram-sha-256'",
                        "ssl_cert_file": "'/run/tls/tls.crt'", "ssl_key_file": "'/run/tls/tls.key'",
                        "ssl_min_protocol_version": "'TLSv1.2'"},
    "valkey.conf": {"port": "0", "tls-port": "6379", "aclfile": "/data/users.acl", "tls-cert-file": "/run/tls/tls.crt",
                    "tls-key-file": "/run/tls/tls.key", "tls-ca-cert-file": "/run/authority/cache.crt",
                    "tls-protocols": '"TLSv1.2 TLSv1.3"'}}
# Settings that read another file, run a program or open another way in.
OPENING = re.compile("include.*|.*_preload_libraries|ident_file|.*_command|user|replicaof|loadmodule|unixsocket|enable-.*")
TLS = {"DB_TLS": "verify-full", "DB_CA_FILE": "/run/authority/database.crt", "CACHE_TLS": "verify-full",
       "CACHE_CA_FILE": "/run/authority/cache.crt"}
FILES = {"postgresql": ("postgresql.conf", "pg_hba.conf"), "valkey": ("valkey.conf",)}


def line(name, old, new):
    def change(fleet):
        data = next(d["data"] for d in fleet.of_kind("ConfigMap") if name in d["data"])
        assert old in data[name]
        data[name] = data[name].replace(old, new)
    change.__name__ = f"{name}: {new}"
    return change


@RULES.rule("connections to database and cache use verified TLS and a password",
            "ConfigMap/fleet data DB_TLS = require", "connector main env = [{name: DB_CA_FILE, value: /etc/ssl/x}]",
            "connector main volumeMounts 1 -", line("pg_hba.conf", "hostnossl all all 0.0.0.0/0     reject", "host all all all trust"),
            line("pg_hba.conf", "local     all all               scram-sha-256", "include other.conf"),
            line("postgresql.conf", "ssl = on", "ssl = off"), line("postgresql.conf", "ssl = on", "ssl on"),
            line("postgresql.conf", "log_lock_waits = on", "session_preload_libraries = 'x'"),
            line("valkey.conf", "port 0", "port 6380"), line("valkey.conf", "maxclients 500", "USER x on nopass ~* +@all"),
            line("valkey.conf", "maxclients 500", "user x on nopass ~* +@all"), "postgresql pod volumes 2 configMap name = x",
            line("valkey.conf", "maxclients 500", '"port" 6379'), line("valkey.conf", "aclfile /data/users.acl", ""),
            "valkey main args = [valkey-server]", "production: Cluster/postgresql spec postgresql pg_hba = [host all all all trust]",
            "production: Cluster/postgresql spec postgresql parameters password_encryption = md5",
            "production: Cluster/postgresql spec postgresql parameters ssl = 'off'")
def connections(fleet):
    for where, container, workload in fleet.containers:
        found, mounts = fleet.environment(container), {m["mountPath"] for m in container.get("volumeMounts", [])}
        if "DB_USER" in found and (any(found.get(k) != v for k, v in TLS.items()) or "/run/authority" not in mounts):
            yield f"{where} connects with {[found.get(k) for k in TLS]}"
    for engine in (w for w in fleet.workloads if w.name in FILES):
        maps = [fleet.find("ConfigMap", v["configMap"]["name"]) for v in engine.pod["volumes"] if "configMap" in v]
        files = {name: text for d in maps if d for name, text in d["data"].items()}
        runs = engine.containers[0]["args"][-1].rpartition("=")[2]
        if not runs.endswith(f"/{FILES[engine.name][0]}") or set(files) != set(FILES[engine.name]):
            yield f"{engine.where} runs with {runs} and has the files {sorted(files)}"
        for name, text in files.items():
            lines = [line for line in text.split("\n") if line and not re.fullmatch("#[ -~]*", line)]
            read = [(line, FORMS.get(name, PG_HBA).fullmatch(line)) for line in lines]
            said = [match.groups() for _, match in read if match and name in FORMS]
            yield from (f"{name}: {line!r}" for line, match in read if not match or name in FORMS and OPENING.fullmatch(match[1]))
            yield from (f"{name}: {key} is {[v for k, v in said if k == key]}" for key, value in SETTINGS.get(name, {}).items()
                        if [v for k, v in said if k == key] != [value])
    for given in (c["spec"]["postgresql"] for c in fleet.of_kind("Cluster")):
        parameters = given["parameters"]
        if given["pg_hba"] != ["hostnossl all all all reject"] or parameters.get("password_encryption") != "scram-sha-256" or (
                parameters.get("ssl_min_protocol_version") != "TLSv1.2") or any(
                    OPENING.fullmatch(p) or p.startswith("ssl") and p != "ssl_min_protocol_version" for p in parameters):
            yield f"the Cluster accepts {given}"


# The routes that the edge may open. /livez, /readyz, /metrics and /openapi.json are for the cluster only.
ROUTES, KEY_SET = {("/v1", "Prefix")}, {("/.well-known/jwks.json", "Exact")}


def ways_in(fleet):
    """(host, path, how it matches, Service) of every route, and the hosts whose TLS ends at the edge."""
    routes, covered_hosts = [], set()
    for spec in (d["spec"] for d in fleet.of_kind("Ingress")):
        covered_hosts |= {h for t in spec.get("tls", []) if t.get("secretName") == "edge-tls" for h in t["hosts"]}
        routes += [(r["host"], p["path"], p["pathType"], p["backend"]["service"]["name"])
                   for r in spec["rules"] for p in r["http"]["paths"]]
        routes += [("any", "/", "Prefix", str(spec["defaultBackend"]))] if "defaultBackend" in spec else []
    gateways = {g["metadata"]["name"]: g["spec"]["listeners"] for g in fleet.of_kind("Gateway")}
    for spec in (d["spec"] for d in fleet.of_kind("HTTPRoute")):
        matched = [(m.get("path", {}), b["name"]) for r in spec["rules"] for m in r.get("matches", [{}])
                   for b in r.get("backendRefs", [])]
        routes += [(host, p.get("value", "/"), p.get("type", "PathPrefix").removeprefix("Path"), service)
                   for host in spec.get("hostnames", ["any"]) for p, service in matched]
        listeners = [entry for parent in spec.get("parentRefs", []) for entry in gateways.get(parent["name"], [])]
        if listeners and all(entry["protocol"] == "HTTPS" and entry.get("tls", {}).get("certificateRefs") for entry in listeners):
            covered_hosts |= set(spec.get("hostnames", []))
    return routes, covered_hosts


@RULES.rule("the way in opens the API of the services that access.yaml opens to the edge, each under its own host name, with TLS",
            "HTTPRoute/backend-api spec rules 0 matches 0 path value = /", "HTTPRoute/backend-api spec hostnames 0 = x.example.org",
            "HTTPRoute/backend-api spec rules 0 matches 0 path type = Exact", "- HTTPRoute/connector",
            "HTTPRoute/connector spec rules 0 backendRefs 0 name = analytics-rollup", "HTTPRoute/connector spec parentRefs 0 name = x",
            "HTTPRoute/connector spec rules 0 matches + {path: {type: PathPrefix, value: /metrics}}",
            "HTTPRoute/connector spec hostnames + '*.staging.example.org'", "Gateway/edge spec listeners 0 protocol = HTTP",
            "managed: Gateway/edge spec listeners 0 tls certificateRefs -")
def way_in(fleet):
    routes, tls = ways_in(fleet)
    for name, service in SERVICES.items():
        opened = {r[1:3] for r in routes if r[3] == name}
        wanted = (ROUTES | (KEY_SET if service.signs else set())) if "edge" in service.sides else set()
        if opened != wanted:
            yield f"{name}: the edge opens {sorted(opened)}, not {sorted(wanted)}"
        yield from (f"{name} has the host name {r[0]}" for r in routes if r[3] == name and r[0].partition(".")[0] != service.host)
    yield from (f"{host} has no TLS at the edge" for host, *_ in routes if host not in tls)
    yield from (f"the edge opens {r[3]}, which is no Service here" for r in routes if not fleet.find("Service", r[3]))
