"""Works out what the network policies let through, as a cluster would: an edge needs the leave of both its ends."""

import dataclasses
import ipaddress

from fleet import matches

ENGINE_PORTS = {"database": 5432, "cache": 6379}


@dataclasses.dataclass(frozen=True)
class Peer:
    """One end of a connection: a pod of the fleet, a pod of another namespace, or an address."""

    name: str
    labels: dict = None
    namespace: str = None  # None is the fleet's own
    address: str = None


# Whom the fleet's pods must be tried against, beside each other.
INGRESS = Peer("the ingress controller", {}, "ingress-nginx")
MONITORING = Peer("monitoring", {}, "monitoring")
STRANGER = Peer("a pod of another namespace", {"app.kubernetes.io/name": "migrate"}, "default")
RESOLVER = Peer("the resolver", {"k8s-app": "kube-dns"}, "kube-system")
PUBLIC = [Peer(a, address=a) for a in ("93.184.215.14", "2606:2800:21f:cb07::1")]
PRIVATE = [Peer(a, address=a) for a in (
    "10.96.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "100.64.0.1", "127.0.0.1", "169.254.169.254",
    "0.0.0.1", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255",
    "::1", "fd00:ec2::254", "fe80::1", "64:ff9b::a00:1", "::ffff:10.0.0.1", "2002:a00:1::1", "2001::1", "ff02::1")]


class Walls:
    def __init__(self, fleet):
        self.policies = [p["spec"] for p in fleet.of_kind("NetworkPolicy")]
        self.ports = {
            (w.name, p.get("name")): p["containerPort"]
            for w in fleet.workloads for c in w.containers for p in c.get("ports", [])}

    def leaves(self, source, target, port):
        """Whether the source's own side lets the connection out."""
        return self._passes("Egress", "egress", "to", source, target, port, target)

    def enters(self, source, target, port):
        """Whether the target's own side lets it in."""
        return self._passes("Ingress", "ingress", "from", target, source, port, target)

    def passes(self, source, target, port):
        inside = [end for end in (source, target) if end.labels is not None and end.namespace is None]
        if source in inside and not self.leaves(source, target, port):
            return False
        return target not in inside or self.enters(source, target, port)

    def _passes(self, kind, rules, side, own, other, port, listener):
        policies = [p for p in self.policies if kind in p["policyTypes"] and matches(p["podSelector"], own.labels)]
        if not policies:
            return True  # nobody forbids it: what default-deny is for
        return any(
            self._port_is_in(rule, port, listener) and self._peer_is_in(rule.get(side), other)
            for policy in policies for rule in policy.get(rules) or [])

    def _port_is_in(self, rule, port, listener):
        if not rule.get("ports"):
            return True
        named = {self.ports.get((listener.name, p["port"]), p["port"]) for p in rule["ports"]}
        return port in named

    @staticmethod
    def _peer_is_in(peers, other):
        if not peers:
            return True
        for peer in peers:
            if "ipBlock" in peer:
                if other.address and _is_in_block(other.address, peer["ipBlock"]):
                    return True
                continue
            if other.labels is None:
                continue
            if "namespaceSelector" in peer:
                if other.namespace is None or not matches(
                        peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace}):
                    continue
            elif other.namespace is not None:
                continue
            if matches(peer.get("podSelector", {}), other.labels):
                return True
        return False


def _is_in_block(address, block):
    address = ipaddress.ip_address(address)

    def holds(cidr):
        network = ipaddress.ip_network(cidr)
        return network.version == address.version and address in network

    return holds(block["cidr"]) and not any(holds(c) for c in block.get("except", []))
