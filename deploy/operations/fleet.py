"""The rendered manifests of one overlay, with the queries that scripts and rules need."""

import copy
import dataclasses
import functools
import os
import pathlib
import re
import shlex
import subprocess

import yaml

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod")


@dataclasses.dataclass(frozen=True)
class Workload:
    """A document that creates pods, with the specification of those pods."""

    document: dict

    @property
    def kind(self):
        return self.document["kind"]

    @property
    def name(self):
        return self.document["metadata"]["name"]

    @property
    def where(self):
        return f"{self.kind}/{self.name}"

    @property
    def spec(self):
        return self.document["spec"]

    @property
    def template(self):
        if self.kind == "Pod":
            return self.document
        return (self.spec["jobTemplate"]["spec"] if self.kind == "CronJob" else self.spec)["template"]

    @property
    def pod(self):
        return self.template["spec"]

    @property
    def labels(self):
        return self.template.get("metadata", {}).get("labels", {})

    @property
    def role(self):
        """The name that policies and Services select its pods by."""
        return self.labels.get("app.kubernetes.io/name")

    @property
    def long_running(self):
        return self.kind not in ("Job", "CronJob", "Pod")

    @property
    def is_service(self):
        return self.labels.get("app.kubernetes.io/component") == "service"

    @property
    def containers(self):
        """The main containers, without the init containers."""
        return self.pod["containers"]

    @property
    def all_containers(self):
        return self.pod.get("initContainers", []) + self.containers

    def volume(self, name):
        return next((v for v in self.pod.get("volumes", []) if v["name"] == name), None)


class Fleet:
    """All documents of one overlay."""

    def __init__(self, documents):
        self.documents = documents

    def copy(self):
        return Fleet(copy.deepcopy(self.documents))

    def of_kind(self, *kinds):
        return [d for d in self.documents if d["kind"] in kinds]

    def find(self, kind, name):
        found = [d for d in self.of_kind(kind) if d["metadata"]["name"] == name]
        return found[0] if found else None

    @property
    def workloads(self):
        return [Workload(d) for d in self.of_kind(*WORKLOADS)]

    def workload(self, name):
        return next(w for w in self.workloads if w.name == name)

    @property
    def services(self):
        """The services of the fleet, without its engines and jobs."""
        return [w for w in self.workloads if w.is_service]

    @property
    def containers(self):
        """(path, container, workload) of every container; the path is kind, workload and container."""
        return [(f"{w.where}/{c['name']}", c, w) for w in self.workloads for c in w.all_containers]

    def environment(self, container):
        """The container's variables, merged as Kubernetes does: later sources win, and `env` wins over all sources."""
        values = {}
        for source in container.get("envFrom", []):
            document = self.find("ConfigMap", source.get("configMapRef", {}).get("name"))
            values.update(document.get("data", {}) if document else {})
        for entry in container.get("env", []):
            values[entry["name"]] = entry.get("value", "")
        return values


def secret_files(workload, container):
    """The secrets that a container reads from files: {path in the container: (Secret, key)}; key None means all keys."""
    files = {}
    for mount in container.get("volumeMounts", []):
        volume = workload.volume(mount["name"]) or {}
        sources = [volume["secret"]] if "secret" in volume else []
        sources += [s["secret"] for s in volume.get("projected", {}).get("sources", []) if "secret" in s]
        for source in sources:
            secret = source.get("secretName") or source.get("name")
            items = source.get("items")
            if not items:  # an empty list means all keys too
                files[f"{mount['mountPath']}/*{secret}"] = (secret, None)
            for item in items or ():
                files[f"{mount['mountPath']}/{item['path']}"] = (secret, item["key"])
    return files


def matches(selector, labels):
    """Whether a label selector picks an object with these labels; an empty selector picks everything."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if value is None or labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions") or []:
        value, values = labels.get(expression["key"]), expression.get("values", [])
        holds = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }[expression["operator"]]
        if not holds:
            return False
    return True


def at(value, path, default=None):
    """The value at a path of keys, or the default where a key is missing."""
    for key in path.split():
        value = (value or {}).get(key)
    return default if value is None else value


def read(text):
    return Fleet([d for d in yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if d])


@functools.cache
def kustomize(folder):
    """The manifests of a folder. Our images have the tag `release`, which scripts/cluster.sh sets."""
    command = [*shlex.split(os.environ.get("KUBECTL", "kubectl")), "kustomize", str(folder)]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return read(re.sub(r"(image: bulkhead/[a-z-]+)$", r"\1:release", text, flags=re.MULTILINE))


K8S = pathlib.Path(__file__).resolve().parents[1] / "k8s"
