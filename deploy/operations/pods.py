"""Pod Security `restricted`, the checklists that go beyond it, and who holds which secret."""

import re

from operations.access import Access
from operations.fleet import K8S, at, kustomize, read, secret_files

ACCESS = Access()
SERVICES = ACCESS.services
NO, PROFILES, CONTEXT = (None, False, ""), ("RuntimeDefault", "Localhost"), "securityContext "
SELINUX = (None, "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
# Controls of the standard: where, the values that they allow, and one that they refuse.
OF_PODS = [(key, NO, "true") for key in ("hostNetwork", "hostPID", "hostIPC")]
OF_BOTH = [
    (CONTEXT + "appArmorProfile type", (None, *PROFILES), "Unconfined"), (CONTEXT + "seLinuxOptions type", SELINUX, "x"),
    (CONTEXT + "seLinuxOptions user", NO, "x"), (CONTEXT + "seLinuxOptions role", NO, "x"),
    (CONTEXT + "windowsOptions hostProcess", NO, "true")]
OF_CONTAINERS = [
    *OF_BOTH, (CONTEXT + "privileged", NO, "true"), (CONTEXT + "procMount", (None, "Default"), "Unmasked"),
    (CONTEXT + "allowPrivilegeEscalation", (False,), "true")]
# A container has these of its own, or from its pod.
INHERITED = [("seccompProfile type", PROFILES, "Unconfined"), ("runAsNonRoot", (True,), "false")]
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
SYSCTLS = {"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
           "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range"}


def namespace(fleet):
    """The one namespace enforces a pinned version of the profile `restricted`, and everything is in it."""
    found = {n["metadata"]["name"]: at(n, "metadata labels", {}) for n in fleet.of_kind("Namespace")}
    if len(found) != 1:
        yield f"there are {len(found)} namespaces"
    for labels in found.values():
        version = re.fullmatch(r"v1\.(\d+)", labels.get("pod-security.kubernetes.io/enforce-version", ""))
        if labels.get("pod-security.kubernetes.io/enforce") != "restricted" or not version or int(version[1]) < 30:
            yield f"it enforces {labels}"
    yield from (f"{d['kind']}/{d['metadata']['name']} is elsewhere" for d in fleet.documents
                if d["kind"] != "Namespace" and d["metadata"].get("namespace") not in found)


def restricted(fleet):
    """Pod Security: every control of `restricted`."""
    yield from (f"{workload.where}: {what}" for workload in fleet.workloads for what in refused(workload))


def refused(workload):
    pod = workload.pod
    yield from (path for path, allowed, _ in OF_PODS + OF_BOTH if at(pod, path) not in allowed)
    yield from (f"sysctl {s['name']}" for s in at(pod, "securityContext sysctls", []) if s["name"] not in SYSCTLS)
    yield from (f"volume {v['name']}" for v in pod.get("volumes", []) if set(v) - {"name"} - VOLUMES)
    yield from (f"AppArmor {key}" for key, value in at(workload.template, "metadata annotations", {}).items()
                if key.startswith("container.apparmor.") and value == "unconfined")
    for c in workload.all_containers:
        own = {**pod.get("securityContext", {}), **c.get("securityContext", {})}
        yield from (f"{c['name']}: {path}" for path, allowed, _ in OF_CONTAINERS if at(c, path) not in allowed)
        yield from (f"{c['name']}: {path}" for path, allowed, _ in INHERITED if at(own, path) not in allowed)
        added, dropped = (at(c, f"securityContext capabilities {key}", []) for key in ("add", "drop"))
        if "ALL" not in dropped or set(added) - {"NET_BIND_SERVICE"}:
            yield f"{c['name']}: capabilities"
        actions = [c.get(f"{p}Probe") for p in ("startup", "liveness", "readiness")] + [*c.get("lifecycle", {}).values()]
        if any(p.get("hostPort") for p in c.get("ports", [])) or any(
                at(a, f"{k} host") for a in actions for k in ("httpGet", "tcpSocket")):
            yield f"{c['name']}: a port or an address of the host"


# initdb needs a user with a name. The images of databases have one, with a number below kube-score's minimum.
OF_DATABASES = 999
SENSITIVE, INNOCENT = re.compile("PASS|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE"), re.compile("(_FILE|_URL|_DIR|_SECONDS)$")


def containers(fleet):
    """A container has a version, limits, a read-only root, an unprivileged user, and no secret in its environment."""
    for where, container, workload in fleet.containers:
        image, sources = container["image"].rsplit("/", 1)[-1], str([container.get("env"), container.get("envFrom")])
        own = {**workload.pod.get("securityContext", {}), **container.get("securityContext", {})}
        ids = {own.get(key) or 0 for key in ("runAsUser", "runAsGroup", "fsGroup")}
        ids -= {OF_DATABASES} if re.match("postgres|mariadb|mysql", image) else set()
        faults = {
            "no fixed version": image.partition(":")[2] in ("", "latest"),
            "a writable root": own.get("readOnlyRootFilesystem") is not True,
            "no limit of its own": any(not at(container, f"resources {side} {resource}") for side in ("requests", "limits")
                                       for resource in ("cpu", "memory", "ephemeral-storage")),
            "a low user, group or port": any(number < 10_000 for number in ids) or any(
                p["containerPort"] < 1024 for p in container.get("ports", [])),
            "a secret in a variable": "secretKeyRef" in sources or "secretRef" in sources or any(
                v and SENSITIVE.search(n) and not INNOCENT.search(n) for n, v in fleet.environment(container).items())}
        yield from (f"{where}: {fault}" for fault, holds in faults.items() if holds)


def service_accounts(fleet):
    """A pod has a ServiceAccount of its own, without rights and without a token of the API server."""
    for w in fleet.workloads:
        name = w.pod.get("serviceAccountName", "default")
        if not fleet.find("ServiceAccount", name) or w.is_service and name != w.name:
            yield f"{w.where} runs as {name}"
        yield from (f"{w.where}: {key}" for key in ("automountServiceAccountToken", "enableServiceLinks")
                    if w.pod.get(key) is not False)
    yield from (f"{a['metadata']['name']} mounts its token" for a in fleet.of_kind("ServiceAccount")
                if a.get("automountServiceAccountToken") is not False)
    yield from (f"{d['metadata']['name']} gives rights in the cluster"
                for d in fleet.of_kind("RoleBinding", "ClusterRoleBinding"))


# Secrets of one engine: who may read each. The superuser's also goes to the Job's first step.
OF_ENGINES = {**{f"{name}-tls": {name} for name in ("postgresql", "mariadb", "mysql", "valkey")}, "valkey-accounts": {"valkey"},
              "postgresql-superuser": {"postgresql", "backup"}, "mariadb-superuser": {"mariadb", "backup"},
              "mysql-superuser": {"mysql"}, "administrators": set()}


def program_of(container):
    """The last part of the image's name: a registry's name is before it, and the release after it."""
    return re.split("[:@]", container["image"].rpartition("/")[2])[0]


def may_hold(workload, container, name, key):
    is_tool = program_of(container) == "bulkhead" and workload.role == "migrate"
    if name in SERVICES:
        return (workload.kind, workload.name) == ("Deployment", name) and key in SERVICES[name].files or (
            is_tool and key in ACCESS.accounts)
    if name in ACCESS.people:
        return is_tool and key == ACCESS.people[name]
    if is_tool and (name == "administrators" or name.endswith("-superuser") and container["name"] == "bootstrap"):
        return True
    return workload.name in OF_ENGINES.get(name, {workload.name})


def secrets_of_mariadb(spec):
    """The Secrets that a MariaDB of the mariadb-operator names, at any depth."""
    if isinstance(spec, list):
        return sorted(name for each in spec for name in secrets_of_mariadb(each))
    if not isinstance(spec, dict):
        return []
    own = [value["name"] for key, value in spec.items() if re.search("(?i)secret(key)?ref$", key) and isinstance(value, dict)]
    return sorted(own + [name for value in spec.values() for name in secrets_of_mariadb(value)])


def secrets(fleet):
    """A secret is read by its own service, by the tool, or by its own engine, from a read-only file."""
    yield from (f"the manifests contain the Secret {d['metadata']['name']}" for d in fleet.of_kind("Secret"))
    for where, container, workload in fleet.containers:
        held = secret_files(workload, container)
        yield from (f"{where} holds {name} {key or '(all of it)'} at {path}" for path, (name, key) in held.items()
                    if not may_hold(workload, container, name, key))
        own, found = SERVICES.get(workload.name), {key for name, key in held.values() if name == workload.name}
        if own and workload.is_service and found != own.files:
            yield f"{where} lacks {own.files - found}"
        if program_of(container) == "bulkhead" and not ACCESS.accounts <= {key for _, key in held.values()}:
            yield f"{where} lacks passwords of accounts"
        for mount in container.get("volumeMounts", []):
            volume = workload.volume(mount["name"]) or {}
            source = volume.get("secret") or volume.get("projected")
            if source and (source.get("defaultMode") != 0o440 or not mount.get("readOnly") or "subPath" in mount
                           or not at(workload.pod, "securityContext fsGroup")):
                yield f"{where}: {mount['mountPath']} is writable, or its group cannot read it, or others can"
    # What checks a server's certificate and a token is delivered to the cluster, and not written in its manifests.
    yield from (f"the manifests contain {d['metadata']['name']}" for d in fleet.of_kind("ConfigMap")
                if re.match("(authority|token-keys)(-|$)", d["metadata"]["name"]))
    for spec in (c["spec"] for c in fleet.of_kind("Cluster")):
        held = {spec["superuserSecret"]["name"], *spec["certificates"].values()}
        if held - {"postgresql-superuser", "postgresql-tls", "postgresql-authority"} or (
                at(spec, "bootstrap initdb owner") in ACCESS.accounts):
            yield "the Cluster holds a secret of another owner, or a service's account owns its database"
    for kind in OPERATED:
        for found in fleet.of_kind(kind):
            if (path := difference(*operated(kind, found))) is not None:
                yield f"{kind}/{found['metadata']['name']} differs from its component at spec {path}"


# What an environment decides about an engine that an operator runs. Everything else is as its component has it: an operator gives
# a pod what its resource names, such as Secrets, arguments, containers and a Service outside of the cluster.
OF_OPERATORS = {"affinity", "imagePullSecrets", "nodeSelector", "priorityClassName", "resources", "storage", "tolerations",
                "topologySpreadConstraints"}
# {kind: its component, and what an environment decides beside that}. `life.connections` looks at the settings of the engines.
OPERATED = {"Cluster": ("cloudnative-pg", {"backup", "externalClusters", "instances", "monitoring", "plugins", "walStorage"}),
            "MariaDB": ("mariadb-operator", {"myCnf", "podDisruptionBudget"})}


def operated(kind, found):
    """The specifications of an operator's resource and of its component, without what an environment decides."""
    component, decided = OPERATED[kind]
    base = next(d for d in read((K8S / "components" / component / "cluster.yaml").read_text()).documents if d["kind"] == kind)
    # A restored database begins with its copy, and not as the component's does.
    if "recovery" in (found["spec"].get("bootstrap") or {}):
        decided = decided | {"bootstrap"}
    for spec in (found["spec"], base["spec"]):
        left = {key: program_of({"image": value}) if key in ("image", "imageName") else value for key, value in spec.items()
                if key not in OF_OPERATORS | decided}
        if "postgresql" in left:
            left["postgresql"] = {key: value for key, value in left["postgresql"].items() if key != "parameters"}
        yield left


# What an environment decides about a service's pods. It may also add volumes and change settings, within the limits below.
# Everything else in them is as `bulkhead render` wrote it.
DECIDED = {"resources", "nodeSelector", "tolerations", "affinity", "imagePullSecrets", "priorityClassName", "replicas",
           "runtimeClassName", "schedulerName", "scheme"}
# Each of these settings overrides an account, a key, the manifest or what a service is.
REFUSED = re.compile("(DB|CACHE)_(USER|PASS).*|DATABASE_URL.*|ACCESS_MANIFEST|CREDENTIALS_DIR|LD_.*|PLATFORM|ROLE|"
                     "(?!HTTP_TLS_KEY_FILE$).*(KEY|SECRET|JWKS).*")
# Secrets of the fleet, which `secrets` gives to their holders and to no other.
OF_FLEET = re.compile("|".join([*SERVICES, *ACCESS.people, *OF_ENGINES, ".*-superuser", ".*-authority"]))
# Claims of the engines and of their copies.
OF_DATA = re.compile(".*(postgresql|mariadb|mysql|valkey|backup).*")
SOURCES = {"name", "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "secret"}
SYSTEM = ("/bin", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr")


def plain(value):
    """A value without what an environment decides, the registry and the tag of an image, and the hashes of names."""
    if isinstance(value, dict):
        return {key: program_of(value) if key == "image" else plain(each) for key, each in value.items() if key not in DECIDED}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return re.sub("-[a-z0-9]{10}$", "", value) if isinstance(value, str) else value


def may_add(volume):
    """Whether an overlay may give a service this volume: no Secret, no data and no token of the fleet."""
    return set(volume) <= SOURCES and not OF_FLEET.fullmatch(at(volume, "secret secretName", "")) and not OF_DATA.fullmatch(
        at(volume, "persistentVolumeClaim claimName", ""))


def beside(path, others):
    """Whether a path covers none of the others, and is below none of them."""
    return not any(f"{path.rstrip('/')}/".startswith(f"{o}/") or f"{o}/".startswith(f"{path.rstrip('/')}/") for o in others)


def without_additions(spec, base):
    """A service's specification without deploy.sh's mark, and the volumes and mounts that its environment may add to the base's."""
    pod, wanted = at(spec, "template spec", {}), at(base, "template spec")
    known = [v["name"] for v in wanted["volumes"]]
    added = {v["name"] for v in pod.get("volumes", []) if v["name"] not in known and may_add(v)}
    containers = {}
    for part in ("initContainers", "containers"):
        paths = {c["name"]: [m["mountPath"] for m in c["volumeMounts"]] for c in wanted[part]}
        containers[part] = [{**c, "volumeMounts": [m for m in c.get("volumeMounts", []) if m["name"] not in added or not beside(
            m["mountPath"], [*SYSTEM, *paths.get(c["name"], [])])]} for c in pod.get(part, [])]
    left = [v for v in pod.get("volumes", []) if v["name"] not in added]
    about = {k: v for k, v in at(spec, "template metadata", {}).items() if k != "annotations" or set(v) != {"bulkhead/schema"}}
    return {**spec, "template": {**spec["template"], "metadata": about, "spec": {**pod, **containers, "volumes": left}}}


def difference(found, wanted, path=()):
    """The first path at which two values differ, without the values, which may be secret; None where they are equal."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        pairs = [(key, found.get(key), wanted.get(key)) for key in {**wanted, **found}]
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        pairs = [(number, *pair) for number, pair in enumerate(zip(found, wanted))]
    else:
        return None if found == wanted else " ".join(map(str, path))
    return next((text for key, *pair in pairs if (text := difference(*pair, (*path, key))) is not None), None)


def as_rendered(fleet):
    """An overlay leaves each service's program, accounts, keys, probes and shutdown as they are rendered."""
    base = kustomize(K8S / "base")
    refused_of = {"ConfigMap": lambda data, _: {k: v for k, v in data.items() if REFUSED.fullmatch(k)},
                  "Deployment": without_additions}
    for kind, part in (("Deployment", "spec"), ("ConfigMap", "data")):
        found, wanted = ({plain(d["metadata"]["name"]): plain(d[part]) for d in source.of_kind(kind)}
                         for source in (fleet, base))
        for name in SERVICES:
            if name not in found:
                yield f"{kind}/{name} is missing"
                continue
            fixed = (refused_of[kind](value, wanted[name]) for value in (found[name], wanted[name]))
            if (path := difference(*fixed)) is not None:
                yield f"{kind}/{name} differs from the base at {part} {path}"
    yield from (f"the settings of all services have {name}" for d in fleet.of_kind("ConfigMap")
                if plain(d["metadata"]["name"]) == "fleet" for name in d["data"] if REFUSED.fullmatch(name))
