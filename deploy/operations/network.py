"""Every edge that an environment's network policies allow, computed as a cluster does.

Both ends of an edge must allow it. Each end is computed by itself, so a restriction at only the other end does not count."""

import collections
import ipaddress

from operations.fleet import matches

NAMESPACE_NAME = "kubernetes.io/metadata.name"
# Labels that newer CloudNativePG operators add to a Cluster's pods. A policy that selects by them must not select those pods.
OF_THE_OPERATOR = {"app.kubernetes.io/name": "postgresql", "app.kubernetes.io/component": "database",
                   "app.kubernetes.io/managed-by": "cloudnative-pg"}
# Pods that no policy names. Their connections must all be refused, with our labels or without them.
NEWCOMERS = ({}, {"app.kubernetes.io/name": "newcomer", "app.kubernetes.io/part-of": "bulkhead",
                  "app.kubernetes.io/component": "newcomer", "bulkhead/serves": "nothing"})
CALLS, CALLED = "calls", "is called by"
# verb: the policy's type, its rules, and the peers of a rule
SIDES = {CALLS: ("Egress", "egress", "to"), CALLED: ("Ingress", "ingress", "from")}

# The identical pods of one workload: its name, their labels, and the numbers of their ports by name.
Pods = collections.namedtuple("Pods", "name labels ports kind", defaults=({}, ""))
# A peer is the name of pods, a text for more than one workload's, or a set of addresses.
Edge = collections.namedtuple("Edge", "verb peer port")


def block(cidr, *holes):
    """The networks of a block without its holes."""
    left = [ipaddress.ip_network(cidr)]
    for hole in map(ipaddress.ip_network, holes):
        left = [piece for net in left for piece in (
            [net] if net.version != hole.version or not net.overlaps(hole) else
            [] if net.subnet_of(hole) else net.address_exclude(hole))]
    return left


def addresses(networks):
    """A set of addresses, in one form for the same addresses."""
    return frozenset(net for version in (4, 6)
                     for net in ipaddress.collapse_addresses(n for n in networks if n.version == version))


def peers_of(spec):
    return [peer for _, rules, peers in SIDES.values() for rule in spec.get(rules) or [] for peer in rule.get(peers) or []]


def selectors_of(spec):
    """The selectors of a policy for pods of its own namespace: its subject and its peers."""
    return [spec["podSelector"], *(p["podSelector"] for p in peers_of(spec)
                                   if "podSelector" in p and "namespaceSelector" not in p)]


class Network:
    def __init__(self, fleet):
        self.policies = [p["spec"] for p in fleet.of_kind("NetworkPolicy")]
        self.pods = [Pods(w.name, w.labels, {p.get("name"): p["containerPort"] for c in w.containers
                                             for p in c.get("ports", [])}, w.kind) for w in fleet.workloads]
        self.pods += [Pods(c["metadata"]["name"], {**more, "cnpg.io/cluster": c["metadata"]["name"],
                           **c["spec"].get("inheritedMetadata", {}).get("labels", {})}, kind="Cluster")
                      for c in fleet.of_kind("Cluster") for more in ({}, OF_THE_OPERATOR)]
        self.pods += [Pods(c["metadata"]["name"], {"app.kubernetes.io/name": "mariadb", "app.kubernetes.io/instance": c["metadata"]["name"],
                           **c["spec"].get("inheritMetadata", {}).get("labels", {})}, kind="MariaDB") for c in fleet.of_kind("MariaDB")]

    def edges(self, pods):
        """Every allowed edge of these pods."""
        return self._edges(pods, CALLS) | self._edges(pods, CALLED)

    def _edges(self, pods, verb):
        kind, rules, peers = SIDES[verb]
        policies = [p for p in self.policies if matches(p["podSelector"], pods.labels) and kind in (
            p.get("policyTypes") or ["Ingress", *(["Egress"] if p.get("egress") else [])])]
        if not policies:
            return {Edge(verb, "anyone: no policy restricts this side", "every port")}
        found, blocks = set(), {}
        for rule in (rule for p in policies for rule in p.get(rules) or []):
            # Only the listening pods define the number behind a port's name.
            ports = self._ports(rule, pods.ports if verb == CALLED else {})
            found |= {Edge(verb, name, port) for name in self._names(rule.get(peers)) for port in ports}
            for given in (p["ipBlock"] for p in rule.get(peers) or [] if "ipBlock" in p):
                for port in ports:
                    blocks.setdefault(port, []).extend(block(given["cidr"], *given.get("except", [])))
        return found | {Edge(verb, addresses(networks), port) for port, networks in blocks.items()}

    @staticmethod
    def _ports(rule, names):
        return [f"{names.get(p.get('port'), p.get('port', 'every port'))}/{p.get('protocol', 'TCP')}" +
                (f" to {p['endPort']}" if "endPort" in p else "") for p in rule.get("ports") or []] or ["every port"]

    def _names(self, peers):
        """The names of all peers of a rule, except addresses."""
        if not peers:
            return ["anyone"]
        return [name for peer in peers if "ipBlock" not in peer for name in self._of(peer)]

    def _of(self, peer):
        pods = peer.get("podSelector", {})
        if "namespaceSelector" not in peer:
            return ["any pod"] if any(matches(pods, labels) for labels in NEWCOMERS) else [
                p.name for p in self.pods if matches(pods, p.labels)]
        chosen = peer["namespaceSelector"]
        plain = list(chosen) == ["matchLabels"] and list(chosen["matchLabels"]) == [NAMESPACE_NAME]
        where = f"namespace {chosen['matchLabels'][NAMESPACE_NAME]}" if plain else f"namespaces {chosen}"
        return [f"{where}, pods {pods.get('matchLabels') if list(pods) == ['matchLabels'] else pods}" if pods else where]
