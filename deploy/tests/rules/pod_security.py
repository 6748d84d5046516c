"""Pod Security Standards, profile `restricted`: one rule for each control, with the standard's names."""

from rule import Rules

RULES = Rules()
rule = RULES.rule

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
SYSCTLS = {"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
           "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range"}


def pod(key, value):
    """Sets a field in the connector's pod."""
    return lambda fleet: fleet.workload("connector").pod.update({key: value})


def context(key, value, of="service"):
    """Sets a field in the security context of a connector's container."""
    def change(fleet):
        workload = fleet.workload("connector")
        next(c for c in workload.all_containers if c["name"] == of)["securityContext"][key] = value
    return change


def without(key):
    """Removes a field from the security contexts of the connector's pod and containers."""
    def change(fleet):
        workload = fleet.workload("connector")
        workload.pod["securityContext"].pop(key, None)
        for container in workload.all_containers:
            container["securityContext"].pop(key, None)
    return change


def effective(container, workload, key):
    own = container.get("securityContext", {})
    return own[key] if key in own else workload.pod.get("securityContext", {}).get(key)


ENFORCED = {"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest"}


@rule("restricted/the namespace enforces the profile", lambda fleet: fleet.of_kind("Namespace")[0]["metadata"]["labels"].update(
    {"pod-security.kubernetes.io/enforce": "baseline"}),
      lambda fleet: fleet.of_kind("Namespace")[0]["metadata"]["labels"].update(
          # That version of the profile has fewer controls.
          {"pod-security.kubernetes.io/enforce-version": "v1.0"}))
def namespace(fleet):
    found = [n["metadata"].get("labels", {}) for n in fleet.of_kind("Namespace")]
    if not found or not all(ENFORCED.items() <= labels.items() for labels in found):
        yield "the namespace does not enforce the profile"


@rule("baseline/host namespaces", pod("hostNetwork", True), pod("hostPID", True), pod("hostIPC", True))
def host_namespaces(fleet):
    for workload in fleet.workloads:
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if workload.pod.get(key):
                yield f"{workload.where}: {key}"


@rule("baseline/privileged containers", context("privileged", True))
def privileged(fleet):
    for where, container, _ in fleet.containers:
        if container.get("securityContext", {}).get("privileged"):
            yield where


@rule("baseline/host ports",
      lambda fleet: fleet.workload("connector").containers[0]["ports"][0].update({"hostPort": 8080}))
def host_ports(fleet):
    for where, container, _ in fleet.containers:
        if any(port.get("hostPort") for port in container.get("ports", [])):
            yield where


@rule("baseline/proc mount type", context("procMount", "Unmasked"))
def proc_mount(fleet):
    for where, container, _ in fleet.containers:
        if container.get("securityContext", {}).get("procMount", "Default") != "Default":
            yield where


# The allowed profiles of a container or pod. Without an entry, the container runtime's default applies.
APPARMOR, SELINUX = ("RuntimeDefault", "Localhost"), ("container_t", "container_init_t", "container_kvm_t", "container_engine_t")


def contexts(fleet):
    """All security contexts of pods and containers."""
    for workload in fleet.workloads:
        for where, owner in [(workload.where, workload.pod), *((f"{workload.where}/{c['name']}", c)
                                                               for c in workload.all_containers)]:
            yield where, owner.get("securityContext", {})


@rule("baseline/AppArmor", context("appArmorProfile", {"type": "Unconfined"}),
      lambda fleet: fleet.workload("connector").pod["securityContext"].update(appArmorProfile={"type": "Unconfined"}),
      lambda fleet: fleet.workload("connector").template["metadata"].update(
          annotations={"container.apparmor.security.beta.kubernetes.io/service": "unconfined"}))
def apparmor(fleet):
    for where, given in contexts(fleet):
        if given.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in APPARMOR:
            yield where
    for workload in fleet.workloads:
        for key, value in workload.template["metadata"].get("annotations", {}).items():
            if key.startswith("container.apparmor.") and value == "unconfined":
                yield f"{workload.where}: {key}"


@rule("baseline/SELinux", context("seLinuxOptions", {"type": "spc_t"}), context("seLinuxOptions", {"role": "sysadm_r"}),
      context("seLinuxOptions", {"user": "system_u"}))
def selinux(fleet):
    for where, given in contexts(fleet):
        options = given.get("seLinuxOptions", {})
        if options.get("type", SELINUX[0]) not in SELINUX or options.get("user") or options.get("role"):
            yield where


@rule("baseline/HostProcess", context("windowsOptions", {"hostProcess": True}),
      lambda fleet: fleet.workload("connector").pod["securityContext"].update(windowsOptions={"hostProcess": True}))
def host_process(fleet):
    for where, given in contexts(fleet):
        if given.get("windowsOptions", {}).get("hostProcess"):
            yield where


def container(change):
    return lambda fleet: change(fleet.workload("connector").containers[0])


@rule("baseline/host probes and lifecycle hooks",
      container(lambda c: c["livenessProbe"]["httpGet"].update(host="169.254.169.254")),
      container(lambda c: c["startupProbe"]["tcpSocket"].update(host="192.0.2.1")),
      container(lambda c: c["lifecycle"].update(postStart={"httpGet": {"host": "192.0.2.1", "port": 80}})))
def host_probes(fleet):
    for where, container, _ in fleet.containers:
        actions = [container.get(p, {}) for p in ("startupProbe", "livenessProbe", "readinessProbe")]
        actions += container.get("lifecycle", {}).values()
        if any(action.get(kind, {}).get("host") for action in actions for kind in ("httpGet", "tcpSocket")):
            yield where


@rule("baseline/sysctls", lambda fleet: fleet.workload("connector").pod["securityContext"].update(
    {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}))
def sysctls(fleet):
    for workload in fleet.workloads:
        for entry in workload.pod.get("securityContext", {}).get("sysctls", []):
            if entry["name"] not in SYSCTLS:
                yield f"{workload.where}: {entry['name']}"


@rule("restricted/volume types", lambda fleet: fleet.workload("connector").pod["volumes"].append(
    {"name": "host", "hostPath": {"path": "/"}}))
def volume_types(fleet):
    for workload in fleet.workloads:
        for volume in workload.pod.get("volumes", []):
            for kind in set(volume) - {"name"} - VOLUMES:
                yield f"{workload.where}: volume {volume['name']} is a {kind}"


@rule("restricted/privilege escalation", context("allowPrivilegeEscalation", True),
      without("allowPrivilegeEscalation"))
def privilege_escalation(fleet):
    for where, container, _ in fleet.containers:
        if container.get("securityContext", {}).get("allowPrivilegeEscalation") is not False:
            yield where


@rule("restricted/running as non-root", without("runAsNonRoot"), context("runAsNonRoot", False, of="wait"))
def run_as_non_root(fleet):
    for where, container, workload in fleet.containers:
        if effective(container, workload, "runAsNonRoot") is not True:
            yield where


@rule("restricted/running as non-root user", context("runAsUser", 0))
def run_as_user(fleet):
    for where, container, workload in fleet.containers:
        if effective(container, workload, "runAsUser") == 0:
            yield where


@rule("restricted/seccomp", without("seccompProfile"), context("seccompProfile", {"type": "Unconfined"}))
def seccomp(fleet):
    for where, container, workload in fleet.containers:
        profile = effective(container, workload, "seccompProfile") or {}
        if profile.get("type") not in ("RuntimeDefault", "Localhost"):
            yield where


@rule("restricted/capabilities", without("capabilities"), context("capabilities", {"drop": ["ALL"], "add": ["SYS_TIME"]}),
      context("capabilities", {"drop": ["NET_RAW"]}))
def capabilities(fleet):
    for where, container, _ in fleet.containers:
        given = container.get("securityContext", {}).get("capabilities", {})
        if "ALL" not in given.get("drop", []) or set(given.get("add", [])) - {"NET_BIND_SERVICE"}:
            yield where
