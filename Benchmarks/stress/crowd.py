"""1,500 connections that sign in: how long anyone waits for a hash, and the hashes of clients that are gone."""
import socket
import threading
import time

from service import figures, raw, running, verdict

CLIENTS = 1500
GONE = 400
EMAILS = 512
# HASH_QUEUE_MS is two seconds; the hash itself and a busy processor come on top.
MOST_WAITING_MS = 2500
MOST_REFUSAL_MS = 500


def crowd(options):
    # Each client has an address of its own, as those of a distributed flood.
    with running(options, {"SIGN_IN_FAILURES": "1000000"}) as service:
        email = service.sign_up()
        requests = b"\0".join(guess(number) for number in range(EMAILS))
        load = service.load(CLIENTS, 2 * options.seconds, requests, mode="many")
        time.sleep(1)
        tries = Tries(service, email)
        result = figures(load)
        seconds = until_good(service, email, "127.0.0.3")
        tries.end()
        print(f"stress: {CLIENTS} connections sign in: {result['other']:.0f} checked, {result['refused']:.0f} refused; a correct "
              f"sign-in beside them: {len(tries.good)} good, {len(tries.refused)} refused")
        done = service.metric("password_hashes_total", outcome="done")
        leave(service)
        behind_seconds = until_good(service, email, "127.0.0.4")
        hashed = service.metric("password_hashes_total", outcome="done") - done - 1
        abandoned = service.metric("password_hashes_total", outcome="abandoned")
        print(f"stress: {GONE} clients sent a sign-in and hung up: {hashed:.0f} hashes done meanwhile, {abandoned:.0f} abandoned")
        return all([
            verdict("slowest first answer to a client of the crowd", result["slowest_ms"], MOST_WAITING_MS, " ms"),
            verdict("lost connections", result["failed"], 0),
            verdict("slowest correct sign-in beside them", max(tries.good, default=float("inf")), MOST_WAITING_MS, " ms"),
            verdict("slowest refusal of one", max(tries.refused, default=0), MOST_REFUSAL_MS, " ms"),
            verdict("refusals of one without Retry-After, and other answers", tries.wrong, 0),
            verdict("from the end of the crowd to a correct sign-in", seconds * 1000, MOST_WAITING_MS, " ms"),
            verdict("from the last client that hung up to a correct sign-in", behind_seconds * 1000, MOST_WAITING_MS, " ms"),
            verdict("hashes of clients that are gone, share of all", hashed / GONE, 0.1),
        ])


def guess(number):
    return raw("POST", "/v1/sessions", None, b'{"email":"unknown-%d@example.org","password":"a wild guess"}' % number)


def timed(body):
    begun = time.monotonic()
    result = body()
    return result, time.monotonic() - begun


def until_good(service, email, source):
    """The seconds until a user with the right password is signed in, who repeats a refusal after 50 ms."""
    begun = time.monotonic()
    while service.sign_in(email, source=source, timeout=60).status != 201 and time.monotonic() < begun + 60:
        time.sleep(0.05)
    return time.monotonic() - begun


def leave(service):
    """Each client sends its sign-in from an address of its own, and hangs up."""
    for number in range(GONE):
        with socket.socket() as client:
            client.bind((f"127.2.{number // 250}.{number % 250 + 1}", 0))
            client.connect(("127.0.0.1", service.port))
            client.sendall(guess(number))


class Tries:
    """A user with the right password signs in again and again, from an address of its own."""

    def __init__(self, service, email):
        self.good, self.refused, self.wrong, self.ended = [], [], 0, False
        self.thread = threading.Thread(target=self.run, args=(service, email))
        self.thread.start()

    def run(self, service, email):
        while not self.ended:
            answer, seconds = timed(lambda: service.sign_in(email, source="127.0.0.2", timeout=60))
            if answer.status == 201:
                self.good.append(seconds * 1000)
            elif answer.status == 503 and int(answer.headers.get("Retry-After", 0)) > 0:
                self.refused.append(seconds * 1000)
            else:
                self.wrong += 1
            time.sleep(0.2)

    def end(self):
        self.ended = True
        self.thread.join()
