"""Clients that ask for a large answer and never read it: memory under the load and afterwards, and other clients."""
import json
import time

from service import Prober, figures, raw, running, verdict

CLIENTS = 800
SETTINGS = 200
SETTING_BYTES = 15_900


def readers(options):
    with running(options) as service:
        token, other = service.member(), service.member()
        value = {"value": "x" * SETTING_BYTES}
        for number in range(SETTINGS):
            status, body = service.request("PUT", f"/v1/settings/large-{number}", value, token)
            assert status in (200, 201, 204), (status, body)
        status, body = service.request("GET", "/v1/settings", token=token)
        print(f"stress: the list has {len(body) / 1e6:.1f} MB ({status})")
        quiet = service.resident()
        prober = Prober(service, "/v1/settings", other, pause=0.02)
        load = service.load(CLIENTS, 2 * options.seconds, raw("GET", "/v1/settings", token), mode="never")
        peak = 0
        while load.poll() is None:
            peak = max(peak, service.resident())
            time.sleep(0.02)
        result, slowest = figures(load), prober.end()
        after = wait_for_memory(service, quiet + 64)
        print(f"stress: {CLIENTS} clients that never read: {result['connects']:.0f} connections, {len(prober.times)} answers to another "
              f"client, resident {quiet:.0f} MiB before")
        return all([
            verdict("resident memory beside clients that never read", peak, 256, " MiB"),
            verdict("resident memory afterwards, above the one before", after - quiet, 64, " MiB"),
            verdict("failed requests of another client", prober.failed, 0),
            verdict("slowest request of another client", slowest, 2000, " ms"),
        ])


def wait_for_memory(service, limit):
    deadline = time.monotonic() + 5
    while service.resident() > limit and time.monotonic() < deadline:
        time.sleep(0.1)
    return service.resident()
