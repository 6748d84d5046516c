"""slowhttptest: 1,000 connections of each kind that send or read slowly, beside a few usual clients."""
import os
import subprocess

from service import figures, raw, running, verdict

CONNECTIONS = 1000
CONNECTIONS_PER_SECOND = 500
USUAL_CLIENTS = 16
KINDS = {
    "slow heads": ["-H", "-i", "10"],
    "slow bodies": ["-B", "-i", "10", "-s", "8192"],
    "overlapping ranges": ["-R", "-a", "10", "-b", "3000"],
    "slow readers": ["-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"],
}


def slow_clients(options):
    met = []
    with running(options) as service:
        request = raw("GET", "/v1/settings", service.member())
        before = p99(service, options, request)
        peak = service.resident()
        for kind, flags in KINDS.items():
            # The connections open in the first seconds, and stay for the rest.
            attack = subprocess.Popen(
                ["slowhttptest", "-c", str(CONNECTIONS), "-r", str(CONNECTIONS_PER_SECOND), "-l", str(options.seconds + 4),
                 "-p", "3", "-u", f"http://127.0.0.1:{service.port}/openapi.json", *flags],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=options.work, env={**os.environ, "TERM": "dumb"})
            beside = p99(service, options, request)
            peak = max(peak, service.resident())
            attack.wait(timeout=60)
            # Other work on the machine costs the usual clients time too: the calm before and after counts.
            after = p99(service, options, request)
            print(f"stress: {kind}: p99 of usual clients {before:.1f} ms before, {beside:.1f} ms beside, {after:.1f} ms after")
            met.append(verdict(f"p99 beside {CONNECTIONS} connections with {kind}, times the calm one", beside / max(before, after), 2))
            before = after
    return all(met + [verdict("resident memory beside slow clients", peak, 256, " MiB")])


def p99(service, options, request):
    result = figures(service.load(USUAL_CLIENTS, options.seconds, request))
    return result["p99_ms"] if result["failed"] == 0 else float("inf")
