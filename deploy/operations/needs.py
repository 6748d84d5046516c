"""Lists the Secrets and ConfigMaps that a cluster must contain before rendered manifests (standard input) can run.

It prints one object a line for the scripts: `secret NAME KEY` or `configmap NAME KEY`. Without a key, the manifests use the
whole object."""

import sys

from operations.fleet import read, secret_files
from operations.pods import secrets_of_mariadb


def files_of_maps(workload, container):
    """{path: name of the mounted ConfigMap}"""
    volumes = {m["mountPath"]: workload.volume(m["name"]) or {} for m in container.get("volumeMounts", [])}
    return {path: volume["configMap"]["name"] for path, volume in volumes.items() if "configMap" in volume}


def needs_of(fleet, workload, container):
    """(kind, name, key) of everything that a container reads from files and that the manifests do not contain."""
    named = {v for k, v in fleet.environment(container).items() if k.endswith("_FILE")}

    def keys(folder):
        return {path.removeprefix(f"{folder}/") for path in named if path.startswith(f"{folder}/")} or {""}

    for path, (secret, key) in secret_files(workload, container).items():
        yield from (("secret", secret, k) for k in ({key} if key else keys(path.rpartition("/")[0])))
    for path, name in files_of_maps(workload, container).items():
        if fleet.find("ConfigMap", name) is None:
            yield from (("configmap", name, k) for k in keys(path))


def needs(fleet):
    found = {n for w in fleet.workloads for c in w.all_containers for n in needs_of(fleet, w, c)}
    for cluster in fleet.of_kind("Cluster"):
        spec = cluster["spec"]
        found |= {("secret", name, "") for name in (spec["superuserSecret"]["name"], *spec["certificates"].values())}
    for cluster in fleet.of_kind("MariaDB"):
        found |= {("secret", name, "") for name in secrets_of_mariadb(cluster["spec"])}
    # If a container names an object's keys, the entry for the whole object is redundant.
    with_keys = {(kind, name) for kind, name, key in found if key}
    return sorted(n for n in found if n[2] or n[:2] not in with_keys)


if __name__ == "__main__":
    for need in needs(read(sys.stdin)):
        print(" ".join(need).strip())
