"""One source: deploy/access.yaml gives every workload, account and secret of the manifests.

The rules hold the complete expected state of each container and compare it with the manifests. They report both what is
missing and what is unexpected."""

import copy
import re

import settings
from fields import known, unknown
from operations.access import Access
from operations.fleet import holdings
from rule import Rules, on

RULES = Rules()
rule = RULES.rule
ACCESS = Access()

SECRETS, AUTHORITY, TOKEN_KEYS = "/run/secrets/bulkhead", "/run/authority", "/run/token-keys"
ADMINISTRATORS, SUPERUSER, CREDENTIALS = "/run/secrets/administrators", "/run/secrets/superuser", "/run/credentials"
# The Job's containers in their order, with their arguments. The first one exists only for a database in the cluster.
BOOTSTRAP, STEPS = ("bootstrap", ["bootstrap"]), (
    ("schema", ["migrate", "up"]), ("rights", ["access", "apply"]), ("check", ["access", "verify"]))
# The mounts of the engines in the cluster, for each container.
ENGINES = {
    "postgresql": {"postgresql": {
        "/var/lib/postgresql/data": "its own volume", "/var/run/postgresql": "an empty folder", "/tmp": "an empty folder",
        "/etc/postgresql": "ConfigMap postgresql", "/run/tls/*postgresql-tls": "Secret postgresql-tls",
        f"{SUPERUSER}/password": "Secret postgresql-superuser, password"}},
    "valkey": {
        "accounts": {"/data": "its own volume",
                     "/run/secrets/accounts/*valkey-accounts": "Secret valkey-accounts"},
        "valkey": {"/data": "its own volume", "/etc/valkey": "ConfigMap valkey", "/run/tls/*valkey-tls": "Secret valkey-tls",
                   AUTHORITY: "ConfigMap authority"}},
}
# The program of each of them. These rules do not fix the versions of the images.
COPY_ACCOUNTS = "test -e /data/users.acl || cp /run/secrets/accounts/users.acl /data/users.acl"
ENGINE_PROGRAMS = {
    "postgresql": [("postgresql", None, ["-c", "config_file=/etc/postgresql/postgresql.conf"], "postgres")],
    "valkey": [("accounts", ["sh", "-c", COPY_ACCOUNTS], None, "valkey/valkey"),
               ("valkey", None, ["valkey-server", "/etc/valkey/valkey.conf"], "valkey/valkey")],
}
ENGINE_SETTINGS = {"postgresql": {
    "POSTGRES_USER": "postgres", "POSTGRES_PASSWORD_FILE": f"{SUPERUSER}/password",
    "POSTGRES_INITDB_ARGS": "--auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums",
    "PGDATA": "/var/lib/postgresql/data/pgdata"}}
# The kubelet's probes. An exec probe runs in the container, with access to all that the container holds.
PROBES = {"startupProbe": {"tcpSocket": {"port": "http"}}, "livenessProbe": {"httpGet": {"path": "/livez", "port": "probes"}},
         "readinessProbe": {"httpGet": {"path": "/readyz", "port": "probes"}}}
READY = {"postgresql": ["pg_isready", "--quiet", "--host=127.0.0.1", "--username=postgres"], "valkey": [
    "sh", "-c", "valkey-cli --tls --cacert /run/authority/cache.crt -h 127.0.0.1 ping 2>&1 | grep -q NOAUTH"]}
# The ConfigMaps of the manifests, beside one for each service and each engine; and the ConfigMaps from outside.
OWN_MAPS, OUTSIDE_MAPS = {"fleet", "migrate"}, {"authority", "token-keys"}
API_GROUPS = ("v1", "apps", "batch", "autoscaling", "policy", "networking.k8s.io", "postgresql.cnpg.io")


def bootstraps(fleet):
    """Whether the database is in the cluster, so that the Job first creates the administrators."""
    return bool(fleet.find("StatefulSet", "postgresql") or fleet.of_kind("Cluster"))


def steps(fleet):
    return ([BOOTSTRAP] if bootstraps(fleet) else []) + list(STEPS)


def held_by_service(service):
    held = {f"{SECRETS}/{key}": f"Secret {service.name}, {key}" for key in service.files}
    held[AUTHORITY] = "ConfigMap authority"
    if not service.signs:
        held[TOKEN_KEYS] = "ConfigMap token-keys"
    return held


def held_by_step(step):
    """Every account's password, because the Job sets the engines' verifiers; no other secret of a service."""
    held = {f"{CREDENTIALS}/{a}": f"Secret administrators, {a}" for a in ACCESS.administrators}
    held.update({f"{CREDENTIALS}/{a}": f"Secret {s.name}, {a}" for s in ACCESS.services.values()
                 for a in (s.database_account, s.cache_account) if a})
    held.update({f"{ADMINISTRATORS}/*administrators": "Secret administrators", AUTHORITY: "ConfigMap authority"})
    if step == BOOTSTRAP[0]:
        held[f"{SUPERUSER}/password"] = "Secret postgresql-superuser, password"
    return held


def expected(fleet):
    """{(kind, workload, container): all its mounts}"""
    held = {("Deployment", s.name, c): held_by_service(s) for s in ACCESS.services.values() for c in ("wait", "service")}
    held.update({("Job", "migrate", step): held_by_step(step) for step, _ in steps(fleet)})
    held.update({("StatefulSet", engine, container): mounts for engine, containers in ENGINES.items()
                 if fleet.find("StatefulSet", engine) for container, mounts in containers.items()})
    return held


def connector(change):
    return lambda fleet: change(fleet.workload("connector"))


def variable(name, value):
    return connector(lambda w: w.containers[0].update(env=[{"name": name, "value": value}]))


def volume(source, into="connector"):
    """Adds one more mount to that workload."""
    def change(fleet):
        workload = fleet.workload(into)
        workload.pod.setdefault("volumes", []).append({"name": "more", **source})
        workload.containers[0]["volumeMounts"].append({"name": "more", "mountPath": "/more", "readOnly": True})
    return change


def secret(name, *keys):
    items = {"items": [{"key": k, "path": k} for k in keys]} if keys else {}
    return {"secret": {"secretName": name, "defaultMode": 0o440, **items}}


def one_more_map(name, into, data, volume=None):
    """Adds a ConfigMap of that name, which that workload mounts in place of the right one."""
    def change(fleet):
        more = copy.deepcopy(fleet.of_kind("ConfigMap")[0])
        more.update(data=data, metadata={**more["metadata"], "name": f"{name}-aaaaaaaaaa"})
        fleet.documents.insert(0, more)
        fleet.workload(into).volume(volume or name)["configMap"]["name"] = more["metadata"]["name"]
    return change


def one_more(kind, component):
    """Adds a workload that holds backend-api's secrets."""
    def change(fleet):
        document = copy.deepcopy(fleet.workload("connector").document)
        document.update(kind=kind, metadata={**document["metadata"], "name": "mailer"})
        template = document["spec"]["template"]
        template["metadata"]["labels"].update({"app.kubernetes.io/name": "mailer", "app.kubernetes.io/component": component})
        template["spec"]["volumes"][0] = {"name": "secrets", **secret("backend-api")}
        if kind == "Pod":
            document["spec"] = template["spec"]
        if kind == "CronJob":
            document["spec"] = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}}
        fleet.documents.append(document)
    return change


@rule("one source/every kind and every field is on the list of known ones",
      *(one_more(kind, "service") for kind in ("Pod", "ReplicaSet", "ReplicationController", "DaemonSet", "CronJob")),
      lambda fleet: fleet.documents.append({"kind": "RoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1",
                                            "metadata": {"name": "x", "namespace": "y"}}),
      lambda fleet: fleet.find("Deployment", "connector").update(apiVersion="example.org/v1"),
      # Other ways to a secret, to a file or to an account.
      volume({"csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True}}),
      volume({"persistentVolumeClaim": {"claimName": "data-postgresql-0"}}), volume({"hostPath": {"path": "/"}}),
      volume({"projected": {"defaultMode": 0o440, "sources": [{"serviceAccountToken": {"path": "token"}}]}}),
      connector(lambda w: w.containers[0]["envFrom"].append({"configMapRef": {"name": "x"}, "prefix": "DB_"})),
      connector(lambda w: w.containers[0]["envFrom"].append({"secretRef": {"name": "connector"}})),
      connector(lambda w: w.containers[0].update(env=[
          {"name": "DB_PASS", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "y"}}}])),
      connector(lambda w: w.containers[0]["volumeMounts"][0].update(subPath="..")),
      connector(lambda w: w.volume("secrets")["secret"]["items"][0].update(mode=0o444)),
      lambda fleet: fleet.documents.append(copy.deepcopy(fleet.find("NetworkPolicy", "default-deny"))),
      # Other ways to a neighbour.
      connector(lambda w: w.pod.update(hostAliases=[{"ip": "192.0.2.1", "hostnames": ["postgresql"]}])),
      connector(lambda w: w.pod.update(hostNetwork=True)), connector(lambda w: w.pod.update(shareProcessNamespace=True)),
      connector(lambda w: w.pod["initContainers"][0].update(restartPolicy="Always")),
      connector(lambda w: w.containers[0]["lifecycle"]["preStop"].update(httpGet={"host": "192.0.2.1", "port": 80})),
      lambda fleet: fleet.find("Service", "connector")["spec"].update(externalIPs=["192.0.2.1"]),
      lambda fleet: fleet.find("NetworkPolicy", "analytics")["spec"]["egress"][0]["ports"][0].update(endPort=65535),
      lambda fleet: fleet.of_kind("Ingress")[0]["spec"].update(
          defaultBackend={"service": {"name": "analytics-rollup", "port": {"name": "http"}}}),
      lambda fleet: fleet.of_kind("Ingress")[0]["metadata"].update(
          annotations={"nginx.ingress.kubernetes.io/server-snippet": "x"}),
      *on("production", lambda fleet: fleet.of_kind("Cluster")[0]["spec"].update(
          projectedVolumeTemplate={"sources": [{"secret": {"name": "backend-api"}}]})))
def only_what_is_known(fleet):
    names = [(d["kind"], d["metadata"]["name"]) for d in fleet.documents]
    yield from (f"{kind}/{name} exists twice" for kind, name in set(names) if names.count((kind, name)) > 1)
    for document in fleet.documents:
        where, allowed = f"{document['kind']}/{document['metadata']['name']}", known(document["kind"])
        if allowed is None:
            yield f"{where}: an unknown kind"
        elif document["apiVersion"].partition("/")[0] not in API_GROUPS:
            yield f"{where}: an unknown API group: {document['apiVersion']}"
        else:
            yield from (f"{where}: unknown field {path}" for path in unknown(document, allowed))


@rule("one source/everything is in the one namespace of the overlay (kl/use-namespace)",
      lambda fleet: fleet.find("NetworkPolicy", "default-deny")["metadata"].update(namespace="elsewhere"),
      connector(lambda w: w.document["metadata"].update(namespace="kube-system")),
      connector(lambda w: w.document["metadata"].pop("namespace")),
      lambda fleet: fleet.documents.append(copy.deepcopy(fleet.of_kind("Namespace")[0])))
def one_namespace(fleet):
    namespaces = [n["metadata"]["name"] for n in fleet.of_kind("Namespace")]
    if len(namespaces) != 1:
        yield f"there are {len(namespaces)} namespaces"
    for document in fleet.documents:
        given = document["metadata"].get("namespace")
        if document["kind"] != "Namespace" and given not in namespaces:
            yield f"{document['kind']}/{document['metadata']['name']} is in {given}"


@rule("one source/only the services of access.yaml, the Job and the engines are deployed, and all of them",
      lambda fleet: fleet.documents.remove(fleet.workload("analytics").document),
      connector(lambda w: w.document["metadata"].update(name="mailer")),
      connector(lambda w: w.labels.update({"app.kubernetes.io/component": "helper"})),
      lambda fleet: fleet.workload("valkey").labels.update({"app.kubernetes.io/component": "service"}),
      one_more("Deployment", "service"), one_more("Deployment", "job"), one_more("StatefulSet", "database"),
      connector(lambda w: w.containers.append({**copy.deepcopy(w.containers[0]), "name": "more", "ports": []})),
      connector(lambda w: w.pod["initContainers"].append({**copy.deepcopy(w.containers[0]), "name": "more"})),
      lambda fleet: fleet.workload("valkey").document.update(kind="Deployment"))
def workloads(fleet):
    found = {(w.kind, w.name, c["name"]) for w in fleet.workloads for c in w.all_containers}
    wanted = set(expected(fleet))
    for kind, name, container in sorted(found ^ wanted):
        yield f"{kind}/{name}/{container} is {'missing' if (kind, name, container) in wanted else 'unexpected'}"
    for name in sorted({w.name for w in fleet.services} ^ set(ACCESS.services)):
        yield f"{name} is {'not labelled as a service' if name in ACCESS.services else 'wrongly labelled as a service'}"


@rule("one source/each container has its own mounts and no other",
      connector(lambda w: w.volume("secrets")["secret"]["items"].append({"key": "token-key", "path": "token-key"})),
      connector(lambda w: w.volume("secrets")["secret"]["items"].pop()),
      connector(lambda w: w.volume("secrets")["secret"]["items"][0].update(path="other")),
      connector(lambda w: w.volume("secrets")["secret"].pop("items")),
      connector(lambda w: w.volume("secrets")["secret"].update(secretName="backend-api")),
      volume(secret("backend-api")), volume(secret("administrators")), volume(secret("postgresql-superuser", "password")),
      volume({"configMap": {"name": "anything"}}), volume({"emptyDir": {}}),
      *(volume({"secret": {"secretName": "administrators", "defaultMode": 0o440, "items": []}}, into=name)
        for name in ("connector", "valkey", "postgresql", "migrate")),
      one_more_map("authority", "connector", {"database.crt": "x"}), one_more_map("token-keys", "connector", {"jwks.json": "{}"}),
      one_more_map("postgresql", "postgresql", {"pg_hba.conf": "host all all all trust"}, volume="configuration"),
      lambda fleet: fleet.workload("valkey").volume("configuration")["configMap"].update(name="valkey"),
      *on("production", one_more_map("postgresql", "valkey", {"valkey.conf": "port 6379"}, volume="configuration")),
      volume({"csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True}}),
      volume({"persistentVolumeClaim": {"claimName": "data-postgresql-0"}}),
      # The engines and the Job.
      lambda fleet: fleet.workload("valkey").spec["volumeClaimTemplates"].append(
          {**fleet.workload("valkey").spec["volumeClaimTemplates"][0], "metadata": {"name": "configuration"}}),
      volume(secret("backend-api"), into="valkey"), volume(secret("backend-api"), into="migrate"),
      volume(secret("valkey-accounts"), into="postgresql"),
      lambda fleet: fleet.workload("valkey").volume("accounts")["secret"].update(secretName="administrators"),
      lambda fleet: fleet.workload("migrate").containers[0]["volumeMounts"].append(
          {"name": "superuser", "mountPath": SUPERUSER, "readOnly": True}),
      lambda fleet: fleet.workload("migrate").volume("credentials")["projected"]["sources"].pop(),
      lambda fleet: fleet.workload("migrate").volume("credentials")["projected"]["sources"].append(
          {"secret": {"name": "backend-api", "items": [{"key": "token-key", "path": "token-key"}]}}),
      lambda fleet: fleet.workload("migrate").volume("credentials")["projected"]["sources"][1]["secret"]["items"][0].update(
          path="connector-rw"))
def held(fleet):
    wanted = expected(fleet)
    # The names of the manifests' ConfigMaps end with a hash.
    names = [d["metadata"]["name"] for d in fleet.of_kind("ConfigMap")]
    made = [name.rpartition("-")[0] for name in names]
    ours = OWN_MAPS | set(ACCESS.services) | {workload for _, workload, _ in wanted if workload in ENGINES}
    called = {**{name: name for name in OUTSIDE_MAPS}, **dict(zip(names, made))}
    yield from (f"the ConfigMap {name} exists twice" for name in sorted({n for n in made if made.count(n) > 1}))
    yield from (f"the ConfigMap {name} is unexpected" for name in sorted(set(made) - ours))
    for workload in fleet.workloads:
        for container in workload.all_containers:
            own = wanted.get((workload.kind, workload.name, container["name"]), {})
            found = {p: f"ConfigMap {called.get(w[10:], 'from elsewhere')}" if w.startswith("ConfigMap ") else w
                     for p, w in holdings(workload, container).items()}
            where = f"{workload.where}/{container['name']}"
            yield from (f"{where} holds {what} at {path}" for path, what in found.items() - own.items())
            yield from (f"{where} lacks {what} at {path}" for path, what in own.items() - found.items())


def settings_of_step(step):
    database, cache = ACCESS.database_administrator, ACCESS.cache_administrator
    first = ("postgres", f"{SUPERUSER}/password") if step == BOOTSTRAP[0] else (database, f"{ADMINISTRATORS}/{database}")
    return {**settings.of_accounts(first, (cache, f"{ADMINISTRATORS}/{cache}")), "CREDENTIALS_DIR": CREDENTIALS}


@rule("one source/each program connects with its own accounts, and reads its keys from its own mounts",
      variable("DB_USER", "backend-api-rw"), variable("CACHE_USER", "analytics-cache"),
      variable("DATABASE_URL", "postgresql://connector-rw@db/app_db"), variable("DB_PASS", "hunter2"),
      variable("DB_PASS_FILE", f"{SECRETS}/connector-cache"), variable("TOKEN_KEY_FILE", f"{SECRETS}/token-key"),
      variable("WEBHOOK_KEY", "x"), variable("JWKS_FILE", "/tmp/jwks.json"),
      variable("JWKS_URL", "http://other/jwks.json"),
      lambda fleet: fleet.workload("backend-api").containers[0].update(
          env=[{"name": "JWKS_FILE", "value": f"{TOKEN_KEYS}/jwks.json"}]),
      connector(lambda w: w.containers[0]["envFrom"].append({"configMapRef": {"name": "overrides"}})),
      variable("ACCESS_MANIFEST", "/run/authority/access.yaml"), variable("LD_PRELOAD", "/run/authority/x"),
      variable("PLATFORM", "twitch"), lambda fleet: fleet.workload("twitch-trigger").containers[0].update(
          env=[{"name": "PLATFORM", "value": "another"}]),
      lambda fleet: fleet.workload("valkey").containers[0].update(
          env=[{"name": "VALKEY_EXTRA_FLAGS", "value": "--port 6379"}]),
      lambda fleet: fleet.workload("postgresql").containers[0]["env"].append(
          {"name": "POSTGRES_HOST_AUTH_METHOD", "value": "trust"}),
      lambda fleet: fleet.workload("migrate").pod["initContainers"][1].update(
          env=[{"name": "DB_USER", "value": "postgres"}]))
def accounts(fleet):
    wanted = {("Deployment", s.name): settings.of_service(s, SECRETS, f"{TOKEN_KEYS}/jwks.json")
              for s in ACCESS.services.values()}
    for workload in fleet.workloads:
        for container in workload.all_containers:
            where, environment = f"{workload.where}/{container['name']}", fleet.environment(container)
            for source in container.get("envFrom", []):
                if fleet.find("ConfigMap", source.get("configMapRef", {}).get("name")) is None:
                    yield f"{where}: its environment comes from outside the manifests: {source}"
            if workload.kind == "StatefulSet":
                if environment != ENGINE_SETTINGS.get(container["name"], {}):
                    yield f"{where}: has the variables {environment}"
                continue
            own = settings_of_step(container["name"]) if workload.kind == "Job" else wanted.get(
                (workload.kind, workload.name), {})
            yield from (f"{where}: {complaint}" for complaint in settings.complaints(environment, own))


def expected_programs(fleet, workload):
    """(init containers, main containers)"""
    if workload.kind == "Job":
        found = [(name, None, arguments, "bulkhead/bulkhead") for name, arguments in steps(fleet)]
    elif workload.name in ACCESS.services:
        image = f"bulkhead/{ACCESS.services[workload.name].program}"
        found = [("wait", None, ["wait", "--timeout", "600"], image), ("service", None, None, image)]
    else:
        found = ENGINE_PROGRAMS.get(workload.name, [])
    return found[:-1], found[-1:]


def probes_of(container):
    """The actions of the probes, without their timing."""
    return {name: {k: v for k, v in container.get(name, {}).items() if k in ("httpGet", "tcpSocket", "exec")}
            for name in PROBES}


def expected_probes(workload, container):
    if workload.kind == "Job" or container not in workload.containers:
        return dict.fromkeys(PROBES, {})
    if workload.name in ACCESS.services:
        return PROBES
    answers = {"exec": {"command": READY[workload.name]}}
    return {"startupProbe": answers, "readinessProbe": answers, "livenessProbe": {"tcpSocket": {"port": workload.name}}}


@rule("one source/each container runs its own program, and the Job its steps in their order",
      lambda fleet: fleet.workload("valkey").containers[0].update(args=["valkey-server", "--protected-mode", "no"]),
      lambda fleet: fleet.workload("postgresql").containers[0].update(image="registry.example.org/postgres:16.10"),
      connector(lambda w: w.containers[0].update(image="bulkhead/backend-api:release")),
      connector(lambda w: w.containers[0].update(image="registry.example.org/other/connector:release")),
      connector(lambda w: w.containers[0].update(command=["sh", "-c", "x"])),
      connector(lambda w: w.containers[0].update(args=["version"])),
      connector(lambda w: w.pod["initContainers"][0].update(args=["--version"])),
      lambda fleet: fleet.workload("migrate").pod["initContainers"].reverse(),
      lambda fleet: fleet.workload("migrate").containers.append(fleet.workload("migrate").pod["initContainers"].pop()),
      lambda fleet: fleet.workload("postgresql").containers[0]["readinessProbe"].update(exec={"command": ["psql"]}),
      lambda fleet: fleet.workload("valkey").containers[0]["startupProbe"].update(
          exec={"command": ["sh", "-c", "echo 'user x on nopass ~* +@all' >>/data/users.acl"]}),
      connector(lambda w: w.containers[0].update(startupProbe={"exec": {"command": ["connector", "health"]}})),
      lambda fleet: fleet.workload("migrate").pod["initContainers"].pop(1),
      lambda fleet: fleet.workload("migrate").pod["initContainers"].pop(0),
      lambda fleet: fleet.workload("migrate").pod["initContainers"].pop(2),
      lambda fleet: fleet.workload("migrate").containers[0].update(args=["access", "plan"]),
      lambda fleet: fleet.workload("migrate").containers[0].update(image="bulkhead/connector:release"))
def programs(fleet):
    for workload in fleet.workloads:
        found = tuple([(c["name"], c.get("command"), c.get("args"), re.split("[:@]", c["image"])[0]) for c in containers]
                      for containers in (workload.pod.get("initContainers", []), workload.containers))
        if found != expected_programs(fleet, workload):
            yield f"{workload.where} runs {found}"
        for container in workload.all_containers:
            if probes_of(container) != expected_probes(workload, container):
                yield f"{workload.where}/{container['name']} has the probes {probes_of(container)}"


# The settings of CloudNativePG, which creates the database's pods itself.
CLUSTER = {
    "bootstrap": {"initdb": {"database": "app_db", "owner": "app_owner", "dataChecksums": True}},
    "superuserSecret": {"name": "postgresql-superuser"},
    "certificates": {"serverTLSSecret": "postgresql-tls", "serverCASecret": "postgresql-authority"},
    "inheritedMetadata": {"labels": {"app.kubernetes.io/part-of": "bulkhead", "bulkhead/serves": "database"}},
}
CLUSTER_IMAGE = "ghcr.io/cloudnative-pg/postgresql"


@rule("one source/CloudNativePG's database has its superuser and its certificate, and no other secret",
      *on("production", *(lambda fleet, change=change: fleet.of_kind("Cluster")[0]["spec"].update(change) for change in (
          {"superuserSecret": {"name": "administrators"}}, {"bootstrap": {"initdb": {"owner": "connector-rw"}}},
          {"certificates": {"serverTLSSecret": "backend-api"}}, {"imageName": "registry.example.org/postgresql:16"},
          {"inheritedMetadata": {"labels": {"app.kubernetes.io/name": "connector"}}})),
          lambda fleet: fleet.documents.append({**fleet.of_kind("Cluster")[0], "metadata": {"name": "x"}})))
def cluster(fleet):
    for document in fleet.of_kind("Cluster"):
        if document["metadata"]["name"] != "postgresql":
            yield f"{document['metadata']['name']} is unexpected"
        if document["spec"]["imageName"].partition(":")[0] != CLUSTER_IMAGE:
            yield f"it runs {document['spec']['imageName']}"
        for key, wanted in CLUSTER.items():
            if document["spec"].get(key) != wanted:
                yield f"{key}: {document['spec'].get(key)}"


@rule("one source/a Service selects the pods of its own name (kl/dangling-service, ks/service-targets-pod)",
      lambda fleet: fleet.find("Service", "postgresql")["spec"]["selector"].update({"app.kubernetes.io/name": "connector"}),
      lambda fleet: fleet.find("Service", "connector")["spec"].update(selector={"app.kubernetes.io/part-of": "bulkhead"}),
      lambda fleet: fleet.find("Service", "connector")["spec"].update(selector={"app": "x"}),
      lambda fleet: fleet.find("Service", "connector")["metadata"].update(name="database"))
def services(fleet):
    for document in fleet.of_kind("Service"):
        name, selector = document["metadata"]["name"], document["spec"].get("selector", {})
        selected = [w.name for w in fleet.workloads if selector and selector.items() <= w.labels.items()]
        if selected != [name]:
            yield f"{name} selects {selected}"


@rule("one source/a roll-out stays within the account's connections",
      lambda fleet: fleet.find("HorizontalPodAutoscaler", "connector")["spec"].update(maxReplicas=9),
      variable("DB_POOL_SIZE", "30"), lambda fleet: fleet.workload("analytics-rollup").spec.update(replicas=9))
def connections(fleet):
    for workload in fleet.services:
        service = ACCESS.services.get(workload.name)
        scaler = fleet.find("HorizontalPodAutoscaler", workload.name)
        replicas = scaler["spec"]["maxReplicas"] if scaler else workload.spec.get("replicas", 1)
        pool = int(fleet.environment(workload.containers[0])["DB_POOL_SIZE"])
        # The health check of each process has a connection beside the pool.
        each = pool + 1
        # Stopping pods keep their connections while the same number of new pods starts.
        if service and 2 * replicas * each > service.connections:
            yield f"{workload.name}: 2 x {replicas} pods x {each} connections, limit {service.connections} in access.yaml"
