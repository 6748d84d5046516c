"""Clients that send a request without its last byte: the memory of bodies, and other clients."""
import socket
import time

from service import Prober, raw, running, verdict

CLIENTS = 300
BODY_BYTES = 900_000
CONTAINER_MIB = 192


def incomplete(options):
    # Each client has an address of its own, so that no limit per address protects the memory.
    with running(options) as service:
        token = service.member()
        request = raw("PUT", "/v1/settings/large", body=b"x" * BODY_BYTES)[:-1]
        quiet = service.resident()
        prober = Prober(service, "/v1/settings", token, pause=0.02)
        peak, clients, ended = quiet, [], 0
        deadline = time.monotonic() + 6 * options.seconds
        for number in range(CLIENTS):
            client = socket.socket()
            client.settimeout(2)
            client.bind((f"127.1.{number // 250}.{number % 250 + 1}", 0))
            clients.append(client)
            try:
                client.connect(("127.0.0.1", service.port))
                client.sendall(request)
            except OSError:
                ended += 1
            peak = max(peak, service.resident())
            if time.monotonic() > deadline:
                break
        held_since = time.monotonic()
        while time.monotonic() < held_since + options.seconds:
            peak = max(peak, service.resident())
            time.sleep(0.02)
        held = service.metric("http_incomplete_bytes") / 2**20
        slowest = prober.end()
        for client in clients:
            client.close()
        print(f"stress: {len(clients)} clients, {ended} of them ended while they sent, {held:.0f} MiB held, {len(prober.times)} answers to "
              f"another client, slowest {slowest:.0f} ms, resident {quiet:.0f} MiB before")
        return all([
            verdict("clients that sent a body without its last byte", len(clients), CLIENTS, at_least=True),
            verdict("resident memory beside incomplete bodies", peak, CONTAINER_MIB, " MiB"),
            verdict("bytes of incomplete requests", held, 64, " MiB"),
            verdict("failed requests of another client", prober.failed, 0),
            verdict("slowest request of another client", slowest, 2000, " ms"),
        ])
