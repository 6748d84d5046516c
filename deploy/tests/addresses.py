"""Sets of IP addresses, represented as spans."""

import ipaddress


class Addresses:
    """A set of addresses of both versions, as spans (version, first, last) that do not touch."""

    def __init__(self, spans=()):
        merged = []
        for version, first, last in sorted(spans):
            if merged and merged[-1][0] == version and first <= merged[-1][2] + 1:
                merged[-1] = (version, merged[-1][1], max(last, merged[-1][2]))
            else:
                merged.append((version, first, last))
        self.spans = tuple(merged)

    @classmethod
    def of(cls, *blocks):
        networks = [ipaddress.ip_network(b) for b in blocks]
        return cls((n.version, int(n[0]), int(n[-1])) for n in networks)

    def __or__(self, other):
        return Addresses(self.spans + other.spans)

    def __sub__(self, other):
        left = self.spans
        for version, first, last in other.spans:
            left = [piece for span in left for piece in self._cut(span, version, first, last)]
        return Addresses(left)

    @staticmethod
    def _cut(span, version, first, last):
        if span[0] != version or last < span[1] or span[2] < first:
            yield span
            return
        if span[1] < first:
            yield version, span[1], first - 1
        if last < span[2]:
            yield version, last + 1, span[2]

    def __and__(self, other):
        return self - (self - other)

    def __le__(self, other):
        return not (self - other).spans

    def __eq__(self, other):
        return self.spans == other.spans

    def __len__(self):
        # The result has an upper bound, because len() must fit into a machine word.
        return min(sum(last - first + 1 for _, first, last in self.spans), 1 << 32)

    def __str__(self):
        if self == PUBLIC:
            return "every public address"
        made = [str(n) for version, first, last in self.spans for n in ipaddress.summarize_address_range(
            *({4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}[version](end) for end in (first, last)))]
        return ", ".join(made)


EVERY_4, EVERY_6 = Addresses.of("0.0.0.0/0"), Addresses.of("::/0")
# The blocks of IANA's special-purpose registries (RFC 6890) that are not globally reachable, and multicast. In IPv6, global
# unicast is 2000::/3 (RFC 4291), without the blocks that lead to IPv4 addresses or nowhere.
SPECIAL = Addresses.of(
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "2001::/23", "2001:db8::/32", "2002::/16") | (EVERY_6 - Addresses.of("2000::/3"))
PUBLIC = (EVERY_4 | EVERY_6) - SPECIAL
# Addresses of private networks.
PRIVATE = Addresses.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
# Addresses of the machine itself and of the cloud's metadata service, and multicast.
LOCAL = Addresses.of("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/127", "fe80::/10", "fd00:ec2::254/128",
                     "224.0.0.0/4", "255.255.255.255/32", "ff00::/8")


def complaints():
    """The errors in the arithmetic above, which the rules for network edges use."""
    small = Addresses.of("10.0.0.0/30")
    cases = {
        "a block without its middle": str(small - Addresses.of("10.0.0.1/32")) == "10.0.0.0/32, 10.0.0.2/31",
        "neighbours are one block": Addresses.of("10.0.0.0/31", "10.0.0.2/31") == small,
        "the intersection of two sets": small & Addresses.of("10.0.0.3/32", "10.0.0.4/32") == Addresses.of("10.0.0.3/32"),
        "the two versions have no common address": not (Addresses.of("0.0.0.0/0") & Addresses.of("::/0")).spans,
        "a part is a subset of the whole": small <= PRIVATE and not PRIVATE <= small,
        "no private address is public": not (PUBLIC & PRIVATE).spans and not (PUBLIC & LOCAL).spans}
    return [case for case, holds in cases.items() if not holds]
