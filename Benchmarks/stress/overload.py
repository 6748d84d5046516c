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
    # Loopback counts as a proxy here: the requests are the overload, and not the connections of one address.
    limits = {"HTTP_MAX_CONNECTIONS": "20000", "HTTP_TRUSTED_PROXIES": "127.0.0.0/8"}
    with running(options, limits) as service:
        tokens = [service.member() for _ in range(MEMBERS)]
        request = b"\0".join(raw("PUT", "/v1/settings/stress", token, b'{"value":"dark"}') for token in tokens)
        calm = [calm_rate(service, options, request)]
        capacity = max(CALM_CONNECTIONS, int(calm[0] * QUEUE_SECONDS))
        print(f"stress: capacity: {calm[0]:.0f} writes/s with {CALM_CONNECTIONS} connections, {capacity} connections wait no longer "
              f"than {QUEUE_SECONDS} s")
        results, slowest = [], 0
        for multiple in MULTIPLES:
            before = os.path.getsize(service.log)
            prober = Prober(service, "/readyz")
            result = figures(service.load(int(capacity * multiple), options.seconds, request))
            slowest = max(slowest, prober.end())
            result["rate"] = result["good"] / result["seconds"]
            result["log"] = (os.path.getsize(service.log) - before) / max(1, result["good"])
            # Other work takes the machine now and then: a load is compared with the better calm, right before or right after it.
            calm.append(calm_rate(service, options, request))
            result["share"] = result["rate"] / max(calm[-2:])
            results.append(result)
            print(f"stress: {multiple:g} times, {int(capacity * multiple)} connections: {result['rate']:.0f} good/s, "
                  f"{result['share']:.2f} of the calm around it, {result['refused'] / result['seconds']:.0f} refused/s, "
                  f"{result['other']:.0f} other, {result['failed']:.0f} failed, "
                  f"p50 {result['p50_ms']:.0f} ms, p99 {result['p99_ms']:.0f} ms", flush=True)
        print(f"stress: calm, writes/s: {', '.join(f'{rate:.0f}' for rate in calm)}")
        return all([
            verdict("goodput at any overload, share of the calm around it", min(r["share"] for r in results), LEAST_SHARE,
                    at_least=True),
            verdict("other answers and lost connections", sum(r["other"] + r["failed"] for r in results), 0),
            verdict("log bytes for each good answer, refusals included", max(r["log"] for r in results), MOST_LOG_BYTES_PER_ANSWER),
            verdict("slowest /readyz under overload", slowest, 1000, " ms"),
        ])


def calm_rate(service, options, request):
    result = figures(service.load(CALM_CONNECTIONS, options.seconds, request))
    return result["good"] / result["seconds"]
