"""Compares the secrets of a running container, and the sockets that a service can open, with `deploy/access.yaml`."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from composed.engine import SECRETS, output

from operations.access import Access

ACCESS = Access()
HELD = ACCESS.composed_secrets
ENGINES = {"postgres": 5432, "redis": 6379, "valkey": 6379}
# Sixteen probes at a time, because a container may have 64 processes. A probe without an answer ends after half a second.
PROBE = """
probe() { timeout 0.5 bash -c ": >/dev/tcp/$1/$2" 2>/dev/null && echo "$1 $2"; }
count=0
for target in %s; do
  probe "${target%%:*}" "${target##*:}" &
  (( ++count %% 16 )) || wait
done
wait
"""


# Searches all files that a container can read: those of its image, and every mount at any path. The patterns arrive on
# standard input, so no command line contains a secret.
SEARCH = "grep -rohaFf - /dev/shm $(ls -d /* /.[!.]* 2>/dev/null | grep -vxE '/(proc|sys|dev)') 2>/dev/null || true"


def line_of(text):
    """The line that identifies a secret: the longest line, for a key in PEM."""
    return max(text.split(), key=len)


def holds(container):
    """Complaints about the secrets in a container: its own are found by name, and those of others by their text."""
    service, wanted = container.service, HELD.get(container.service, set())
    named = set(container.shell("ls /run/secrets 2>/dev/null || true").split())
    for name in sorted(named ^ wanted):
        yield f"{service} {'has' if name in named else 'lacks'} {name}"
    lines = {line_of(file.read_text()): file.name for file in SECRETS.iterdir() if file.name != "jwks.json"}
    found = container.shell(SEARCH, "\n".join(lines)) + "\n".join(container.environment)
    found += container.shell("cat /proc/1/environ /proc/1/cmdline").replace("\0", "\n")
    held = {name for line, name in lines.items() if line in found}
    for name in sorted(held - wanted):
        yield f"{service} can read the secret {name}"
    # The search must also find the container's own secrets, otherwise it does not work.
    for name in sorted(wanted - held):
        yield f"{service} cannot read its own secret {name}"


def reaches(container, service, containers, outside=None):
    """Complaints about the sockets that a container can open: to all addresses of all other containers, at all ports on
    which they listen, and to an address outside."""
    own = ACCESS.services[service]
    wanted = {(peer.addresses.get(f"app-{service}"), str(ENGINES[peer.service])) for peer in containers
              if peer.service in ENGINES and (peer.service == "postgres" or own.cache_account)}
    targets = {(address, str(port)): peer.service for peer in containers if peer.id != container.id
               for address in peer.addresses.values() for port in peer.listening}
    if outside:
        targets[outside] = "the host outside"
        if "outside" in own.sides:
            wanted.add(outside)
    found = {tuple(line.split()) for line in container.shell(PROBE % " ".join(f"{a}:{p}" for a, p in targets)).splitlines()}
    for address, port in sorted(found ^ wanted):
        verb, peer = "reaches" if (address, port) in found else "does not reach", targets.get((address, port))
        yield f"{service} {verb} {peer} at {address}:{port}"


def can_make_an_outside():
    return os.geteuid() == 0 and shutil.which("ip") is not None


@contextlib.contextmanager
def an_outside():
    """(address, port) of a host that this machine routes to and that is not a container: a network namespace with a
    listener. The address is reserved for documentation (RFC 5737), so it hides no real host."""
    here, there, name = "198.51.100.1", "198.51.100.2", "bulkhead-outside"
    inside = ["ip", "netns", "exec", name]
    output(["ip", "netns", "add", name])
    listener = None
    try:
        for command in (["ip", "link", "add", "bulkhead0", "type", "veth", "peer", "name", "bulkhead1", "netns", name],
                        ["ip", "address", "add", f"{here}/30", "dev", "bulkhead0"],
                        ["ip", "link", "set", "bulkhead0", "up"],
                        [*inside, "ip", "address", "add", f"{there}/30", "dev", "bulkhead1"],
                        [*inside, "ip", "link", "set", "bulkhead1", "up"],
                        [*inside, "ip", "route", "add", "default", "via", here]):
            output(command)
        with tempfile.TemporaryDirectory() as nothing:
            listener = subprocess.Popen([*inside, sys.executable, "-m", "http.server", "8080", "--bind", there],
                                        cwd=nothing, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(50):
                with contextlib.suppress(OSError), socket.create_connection((there, 8080), timeout=1):
                    break
                time.sleep(0.1)
            yield there, "8080"
    finally:
        if listener:
            listener.terminate()
            listener.wait()
        output(["ip", "netns", "delete", name])


def complaints(fleet):
    containers = fleet.containers()
    with an_outside() if can_make_an_outside() else contextlib.nullcontext() as outside:
        for container in containers:
            yield from holds(container)
            if container.service in ACCESS.services:
                yield from reaches(container, container.service, containers, outside)
