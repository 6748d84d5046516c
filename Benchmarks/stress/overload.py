"""Clients that write and repeat a refusal at once: goodput and p99 at multiples of what the service can take."""
import os

from service import Prober, figures, raw, running, verdict

MULTIPLES = [0.5, 1, 2, 4, 8]
MEMBERS = 64
CALM_CONNECTIONS = 64
# HTTP_QUEUE_MS: connections beyond the rate times this wait too long.
QUEUE_SECONDS = 0.5
LEAST_SHARE = 0.8
MOST_LOG_BYTES_PER_ANSWER = 600


def overload(options):
    limits = {"HTTP_MAX_CONNECTIONS": "20000", "HTTP_MAX_CONNECTIONS_PER_ADDRESS": "20000"}
    with running(options, limits) as service:
        tokens = [service.member() for _ in range(MEMBERS)]
        request = b"\0".join(raw("PUT", "/v1/settings/stress", token, b'{"value":"dark"}') for token in tokens)
        calm = figures(service.load(CALM_CONNECTIONS, options.seconds, request))
        rate = calm["good"] / calm["seconds"]
        capacity = max(CALM_CONNECTIONS, int(rate * QUEUE_SECONDS))
        print(f"stress: capacity: {rate:.0f} writes/s with {CALM_CONNECTIONS} connections, {capacity} connections wait no longer "
              f"than {QUEUE_SECONDS} s")
        results, slowest = [], 0
        for multiple in MULTIPLES:
            before = os.path.getsize(service.log)
            prober = Prober(service, "/readyz")
            result = figures(service.load(int(capacity * multiple), options.seconds, request))
            slowest = max(slowest, prober.end())
            result["rate"] = result["good"] / result["seconds"]
            result["log"] = (os.path.getsize(service.log) - before) / max(1, result["good"])
            results.append(result)
            print(f"stress: {multiple:g} times, {int(capacity * multiple)} connections: {result['rate']:.0f} good/s, "
                  f"{result['refused'] / result['seconds']:.0f} refused/s, {result['other']:.0f} other, {result['failed']:.0f} failed, "
                  f"p50 {result['p50_ms']:.0f} ms, p99 {result['p99_ms']:.0f} ms", flush=True)
        best = max(rate, *(result["rate"] for result in results))
        return all([
            verdict("goodput at any overload, share of the best", min(r["rate"] for r in results) / best, LEAST_SHARE, at_least=True),
            verdict("other answers and lost connections", sum(r["other"] + r["failed"] for r in results), 0),
            verdict("log bytes for each good answer, refusals included", max(r["log"] for r in results), MOST_LOG_BYTES_PER_ANSWER),
            verdict("slowest /readyz under overload", slowest, 1000, " ms"),
        ])
