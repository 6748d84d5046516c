"""Every network edge of every pod that the policies allow, as a sentence. The computation follows that of a cluster.

Both ends of an edge must allow it. The rules check each end by itself, so a restriction at only the other end does not
count."""

import dataclasses

from addresses import Addresses
from operations.fleet import matches

NAMESPACE_NAME = "kubernetes.io/metadata.name"
# Pods that no policy names. Their connections must all be refused, with our labels or without them.
NEWCOMERS = ({}, {"app.kubernetes.io/name": "newcomer", "app.kubernetes.io/part-of": "bulkhead",
                  "app.kubernetes.io/component": "newcomer", "bulkhead/serves": "nothing"})


@dataclasses.dataclass
class Pods:
    """The identical pods of one workload."""

    name: str
    labels: dict
    ports: dict = dataclasses.field(default_factory=dict)  # by name


# Labels that newer operators add to a Cluster's pods. A policy that selects by these labels must not select those pods.
WRITTEN_BY_THE_OPERATOR = {"app.kubernetes.io/name": "postgresql", "app.kubernetes.io/component": "database",
                           "app.kubernetes.io/managed-by": "cloudnative-pg"}


def pods_of(fleet):
    found = [Pods(w.name, w.labels, {p.get("name"): p["containerPort"] for c in w.containers for p in c.get("ports", [])})
             for w in fleet.workloads]
    # The operator creates the pods of a Cluster with these labels.
    found += [Pods(c["metadata"]["name"], {**more, "cnpg.io/cluster": c["metadata"]["name"],
                                           **c["spec"].get("inheritedMetadata", {}).get("labels", {})})
              for c in fleet.of_kind("Cluster") for more in ({}, WRITTEN_BY_THE_OPERATOR)]
    return found


class Side:
    """One direction of the policies."""

    def __init__(self, policy_type, rules, peers, verb):
        self.policy_type, self.rules, self.peers, self.verb = policy_type, rules, peers, verb


OUT = Side("Egress", "egress", "to", "calls")
IN = Side("Ingress", "ingress", "from", "is called by")


def directions(spec):
    """The directions of a policy. Without policyTypes, they are the API server's defaults."""
    return spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]


def peers_of(spec):
    """All peers in the rules of a policy, for both directions."""
    for side in (IN, OUT):
        yield from (peer for rule in spec.get(side.rules) or [] for peer in rule.get(side.peers) or [])


def selectors_of(spec):
    """The selectors of a policy for pods of its own namespace: its subject and its peers."""
    yield spec["podSelector"]
    yield from (p["podSelector"] for p in peers_of(spec) if "podSelector" in p and "namespaceSelector" not in p)


class NetworkPolicies:
    """The policies of the manifests, and the edges that they allow."""

    def __init__(self, fleet):
        self.policies = [{**p["spec"], "policyTypes": directions(p["spec"])} for p in fleet.of_kind("NetworkPolicy")]
        self.pods = pods_of(fleet)

    def edges(self, pods):
        """Every allowed edge of these pods."""
        return self._edges(pods, OUT) | self._edges(pods, IN)

    def addresses(self, pods, port):
        """The addresses that these pods may call on a port."""
        return self._blocks(self._rules(pods, OUT) or [], OUT, pods).get(port, Addresses())

    def _rules(self, pods, side):
        """The rules that apply to these pods; None if no policy restricts this side."""
        policies = [p for p in self.policies
                    if side.policy_type in p["policyTypes"] and matches(p["podSelector"], pods.labels)]
        return [rule for p in policies for rule in p.get(side.rules) or []] if policies else None

    def _edges(self, pods, side):
        rules = self._rules(pods, side)
        if rules is None:
            return {f"{side.verb} anyone: no policy restricts this side"}
        found = {f"{side.verb} {peer} on {port}"
                 for rule in rules for peer in self._peers(rule, side) for port in self._ports(rule, side, pods)}
        return found | {f"{side.verb} {addresses} on {port}"
                        for port, addresses in self._blocks(rules, side, pods).items()}

    def _blocks(self, rules, side, pods):
        """{port: the addresses of all rules for it}"""
        found = {}
        for rule in rules:
            for peer in rule.get(side.peers) or []:
                if "ipBlock" in peer:
                    block = Addresses.of(peer["ipBlock"]["cidr"]) - Addresses.of(*peer["ipBlock"].get("except", []))
                    for port in self._ports(rule, side, pods):
                        found[port] = found.get(port, Addresses()) | block
        return found

    @staticmethod
    def _ports(rule, side, pods):
        if not rule.get("ports"):
            return ["every port"]
        # Only the listening pods define the number behind a port's name.
        names = pods.ports if side is IN else {}
        return [f"{names.get(p.get('port'), p.get('port', 'every port'))}/{p.get('protocol', 'TCP')}" +
                (f" to {p['endPort']}" if "endPort" in p else "") for p in rule["ports"]]

    def _peers(self, rule, side):
        """The names of all peers that a rule allows, except addresses."""
        if not rule.get(side.peers):
            return ["anyone"]
        return [name for peer in rule[side.peers] if "ipBlock" not in peer for name in self._names(peer)]

    def _names(self, peer):
        chosen = peer.get("podSelector", {})
        if "namespaceSelector" in peer:
            namespaces = peer["namespaceSelector"]
            labels = namespaces.get("matchLabels", {})
            if set(namespaces) == {"matchLabels"} and set(labels) == {NAMESPACE_NAME}:
                where = f"namespace {labels[NAMESPACE_NAME]}"
            else:
                where = f"namespaces {namespaces}"
            return [f"{where}, pods {chosen['matchLabels']}" if set(chosen) == {"matchLabels"} else
                    f"{where}, pods {chosen}" if chosen else where]
        if any(matches(chosen, labels) for labels in NEWCOMERS):
            return ["any pod"]
        return [p.name for p in self.pods if matches(chosen, p.labels)]
