"""Compares every network edge that an environment's policies allow with deploy/access.yaml: `make edges ENV=staging`.

An overlay's own workloads may call what their policies allow, and the engines; no service calls them or is called by them.
It lists the edges, and ends with 2 where one is missing or not given."""

import ipaddress
import sys

from operations.access import Access
from operations.fleet import kustomize
from operations.network import (CALLED, CALLS, NEWCOMERS, Edge, Network, Pods, addresses, block, peers_of, selectors_of)

SERVICES = Access().services
ENGINES = {"postgresql": ("database", "5432/TCP"), "mariadb": ("database", "3306/TCP"),
           "mysql": ("database", "3306/TCP"), "valkey": ("cache", "6379/TCP")}
DATABASES = [engine for engine, (kind, _) in ENGINES.items() if kind == "database"]
HTTP, PROBES, WEB = "8080/TCP", "9090/TCP", ("80/TCP", "443/TCP")
NAMES = {Edge(CALLS, "namespace kube-system, pods {'k8s-app': 'kube-dns'}", f"53/{p}") for p in ("UDP", "TCP")}
# NodeLocal DNSCache listens on this address of each node (components/node-local-dns).
LOCAL_NAMES = {Edge(CALLS, addresses(block("169.254.20.10/32")), f"53/{p}") for p in ("UDP", "TCP")}
# {kind of a cluster of database servers: (the namespace of its operator, which ports it calls, which the servers call)}
OPERATED = {"Cluster": ("namespace cnpg-system", ("5432/TCP", "8000/TCP"), ("5432/TCP", "8000/TCP")),
            "MariaDB": ("namespace mariadb-system", ("3306/TCP", "5555/TCP"), tuple(f"{p}/TCP" for p in (3306, 4444, 4567, 4568)))}
API_SERVER = ("443/TCP", "6443/TCP")
# IANA's special-purpose blocks (RFC 6890) that are not globally reachable, and multicast. In IPv6, global unicast is
# 2000::/3 (RFC 4291), without the blocks that lead to IPv4 addresses or nowhere.
PUBLIC = addresses([
    *block("0.0.0.0/0", "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
           "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
           "224.0.0.0/4", "240.0.0.0/4"),
    *block("2000::/3", "2001::/23", "2001:db8::/32", "2002::/16")])
PRIVATE = [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")]


def private(net):
    return any(net.version == p.version and net.subnet_of(p) for p in PRIVATE)


def role(pods):
    """The name that the policies select these pods by. A Job or CronJob of the tool may have the migration's."""
    return "postgresql" if pods.kind == "Cluster" else pods.labels.get("app.kubernetes.io/name")


def has_account(name, kind):
    service = SERVICES.get(name)
    return name == "migrate" or bool(service and (service.database_account if kind == "database" else service.cache_account))


def database_of(present):
    """The database among these roles; a provider's, outside the cluster, speaks PostgreSQL."""
    return next((engine for engine in DATABASES if engine in present), "postgresql")


def engine_edges(network, pods):
    present = {role(p) for p in network.pods}
    for engine, (kind, port) in ENGINES.items():
        if not has_account(role(pods), kind) or engine in DATABASES and engine != database_of(present):
            continue
        inside = [p.name for p in network.pods if role(p) == engine]
        # Without pods in the cluster, the overlay names a subnet.
        outside = [e for e in network.edges(pods) if isinstance(e.peer, frozenset) and e[::2] == (CALLS, port)]
        fits = outside and all(map(private, outside[0].peer)) and sum(n.num_addresses for n in outside[0].peer) <= 1 << 16
        yield from {Edge(CALLS, name, port) for name in inside} or (outside if fits else [
            Edge(CALLS, f"a subnet of at most 65536 private addresses with the {kind}", port)])


def from_elsewhere(network, port):
    """The namespaces that may call services on a port: the same for all, and neither the fleet's nor the cluster's own."""
    return {e for p in network.pods if p.name in SERVICES for e in network.edges(p)
            if e.verb == CALLED and e.port == port and str(e.peer).startswith("namespace ") and "kube-system" not in e.peer}


def cluster_edges(network, pods):
    operator, administered, exchanged = OPERATED[pods.kind]
    wanted = NAMES | {Edge(CALLED, operator, port) for port in administered}
    wanted |= {Edge(verb, pods.name, port) for verb in (CALLS, CALLED) for port in exchanged}
    # By address: the API server, which the overlay names exactly, and an object store for backups on 443.
    given = {e for e in network.edges(pods) if isinstance(e.peer, frozenset) and e.verb == CALLS and e.port in API_SERVER
             and not any(n.is_link_local or n.is_loopback or n.is_multicast for n in e.peer)}
    few = {e for e in given if sum(n.num_addresses for n in e.peer) <= 5 and len({n.is_global for n in e.peer}) == 1}
    return wanted | ({e for e in given if e in few or e.port == "443/TCP"} if few else {
        Edge(CALLS, "at most five addresses of the API server", "6443/TCP")})


def own_workloads(network):
    return {p.name for p in network.pods if role(p) not in {*SERVICES, *ENGINES, "migrate"}}


def expected(network, pods):
    """The edges that deploy/access.yaml gives these pods."""
    name, wanted = role(pods), set(engine_edges(network, pods))
    if name in SERVICES:
        wanted |= NAMES | from_elsewhere(network, PROBES)
        wanted |= from_elsewhere(network, HTTP) if "edge" in SERVICES[name].sides else set()
        wanted |= {Edge(CALLS, PUBLIC, port) for port in WEB} if "outside" in SERVICES[name].sides else set()
    elif name == "migrate":
        wanted |= NAMES
    elif name in ENGINES:
        kind, port = ENGINES[name]
        wanted |= {Edge(CALLED, p.name, port) for p in network.pods if has_account(role(p), kind)}
        # An overlay's own workload, such as a backup.
        wanted |= {e for e in network.edges(pods) if e[::2] == (CALLED, port) and e.peer in own_workloads(network)}
        wanted |= cluster_edges(network, pods) if pods.kind in OPERATED else set()
    return wanted | (LOCAL_NAMES & network.edges(pods) if NAMES <= wanted else set())


def edges(fleet):
    """Every edge is one of access.yaml, and both its ends allow it."""
    network = Network(fleet)
    own = own_workloads(network)
    for pods in network.pods:
        found, wanted = network.edges(pods), expected(network, pods)
        if pods.name in own:
            wanted = {e for e in found if "no policy" not in str(e.peer)}
        elif role(pods) != pods.name and pods.kind not in OPERATED and not (role(pods) == "migrate" and "Job" in pods.kind):
            yield f"{pods.kind}/{pods.name} has the policies of {role(pods)}"
        yield from (f"{shown(pods, e)}, an edge that access.yaml does not give" for e in found - wanted)
        yield from (f"{shown(pods, e)} is an edge of access.yaml that no policy allows" for e in wanted - found)
    for labels in NEWCOMERS:
        newcomer = Pods("a pod that no policy names", labels)
        yield from (shown(newcomer, e) for e in network.edges(newcomer))


# A policy may select pods by labels of the templates alone: controllers add others (pod-template-hash, job-name,
# cnpg.io/podRole), and the edges of pods that they select cannot be worked out.
SELECTABLE = ("app.kubernetes.io/name", "app.kubernetes.io/component", "bulkhead/serves", "cnpg.io/cluster")


def selectors(fleet):
    """A policy selects pods that exist, by labels of their templates, and never the fleet's whole namespace."""
    names = {value for pods in Network(fleet).pods for value in pods.labels.values()}
    namespaces = {n["metadata"]["name"] for n in fleet.of_kind("Namespace")}
    for name, spec in ((p["metadata"]["name"], p["spec"]) for p in fleet.of_kind("NetworkPolicy")):
        for selector in selectors_of(spec):
            each = [(key, {value}) for key, value in (selector.get("matchLabels") or {}).items()]
            each += [(e["key"], set(e.get("values", [])) if e["operator"] == "In" else {None})
                     for e in selector.get("matchExpressions") or []]
            yield from (f"the policy {name} selects by {key} {values}" for key, values in each
                        if key not in SELECTABLE or not values <= names)
        yield from (f"the policy {name} allows the fleet's own namespace" for peer in peers_of(spec) if namespaces & set(
            ((peer.get("namespaceSelector") or {}).get("matchLabels") or {}).values()))


def shown(pods, edge):
    few = isinstance(edge.peer, frozenset) and ", ".join(map(str, sorted(edge.peer, key=str)[:3])) + " ..."
    return f"{pods.name} {edge.verb} {few or edge.peer} on {edge.port}"


def main(overlay):
    network = Network(kustomize(overlay))
    for pods in network.pods:
        for edge in sorted(network.edges(pods), key=str):
            print(shown(pods, edge), flush=True)
    wrong = sorted(set(edges(kustomize(overlay))))
    for each in wrong:
        print(f"edges: error: {each}", file=sys.stderr)
    return 2 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
