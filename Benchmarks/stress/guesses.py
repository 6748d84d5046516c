"""A stranger guesses passwords: the owner's own sign-in, many accounts from one address, sign-ups, and Retry-After."""
import os
import time

from service import PASSWORD, running, verdict

GUESSES = 15
FREE_GUESSES = 10
ACCOUNTS = 40
# Beyond them, one attempt in each pause.
FREE_FAILURES, FAILURE_PAUSE = 30, 5
SIGN_UPS, SIGN_UP_PAUSE = 20, 10
STRANGER, OWNER, SPRAYER, CROWD = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"


def guesses(options):
    with running(options, {"SIGN_UPS": str(SIGN_UPS)}) as service:
        email = service.sign_up()
        guessed = [service.sign_in(email, "a wild guess", STRANGER) for _ in range(GUESSES)]
        begun = time.monotonic()
        first = wait_of(guessed[-1])
        owner = service.sign_in(email, source=OWNER)
        spraying = time.monotonic()
        sprayed = [service.sign_in(f"unknown-{number}@example.org", "a wild guess", SPRAYER) for number in range(ACCOUNTS)]
        most_tried = FREE_FAILURES + 1 + int((time.monotonic() - spraying) / FAILURE_PAUSE)
        rest = wait_of(sprayed[-1])
        time.sleep(rest)
        paused = service.sign_in("unknown-0@example.org", "a wild guess", SPRAYER)
        passed = time.monotonic() - begun
        later = wait_of(service.sign_in(email, "a wild guess", STRANGER))
        signing_up = time.monotonic()
        made = [sign_up(service) for _ in range(SIGN_UPS + 5)]
        most_made = SIGN_UPS + 1 + int((time.monotonic() - signing_up) / SIGN_UP_PAUSE)
        print(f"stress: {GUESSES} guesses at one account: {count(guessed)}; at {ACCOUNTS} accounts: {count(sprayed)}; "
              f"Retry-After {first} s, and {later} s after {passed:.1f} s; sign-ups: {count(made)}")
        return all([
            verdict("guesses at one account that were checked", answers(guessed, 401), FREE_GUESSES),
            verdict("status of the owner's sign-in from another address", owner.status, 201),
            verdict("accounts that one address could try", answers(sprayed, 401), most_tried),
            verdict("status of an attempt after the pause", paused.status, 401),
            verdict("seconds that Retry-After has not counted down", abs(first - passed - later), 2, " s"),
            verdict("sign-ups of one address", answers(made, 201), most_made),
            verdict("refusals without Retry-After", sum(a.status == 429 and wait_of(a) < 1 for a in guessed + sprayed + made), 0),
            verdict("other answers", sum(a.status not in (201, 401, 429) for a in guessed + sprayed + made), 0),
        ])


def sign_up(service):
    person = {"email": f"stress-{os.urandom(6).hex()}@example.org", "password": PASSWORD}
    return service.answer("POST", "/v1/users", person, source=CROWD)


def wait_of(answer):
    return int(answer.headers.get("Retry-After", 0))


def answers(given, status):
    return sum(answer.status == status for answer in given)


def count(given):
    statuses = [answer.status for answer in given]
    return ", ".join(f"{statuses.count(status)} x {status}" for status in sorted(set(statuses)))
