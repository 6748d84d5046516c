"""This repository's JSON against Foundation's and orjson, on generated documents of about a megabyte."""
import json
import os
import random
import statistics
import subprocess
import tempfile
import time

import orjson

RUNS = 15
# The figure, what it is compared with, and the least ratio of their speeds.
TARGETS = [("decode", "foundation_decode", 4), ("encode", "foundation_encode", 6), ("parse", "orjson", 0.25)]
NAMES = {
    "decode": "typed decoding", "foundation_decode": "JSONDecoder", "encode": "encoding", "foundation_encode": "JSONEncoder",
    "parse": "parsing into JSONValue", "orjson": "orjson.loads",
}
WORDS = "größe naïve river stone 東京 quick \"quoted\" line\nbreak lamp 😀 back\\slash winter".split(" ")


def people(dice):
    def text(count):
        return " ".join(dice.choice(WORDS) for _ in range(count))
    return [
        {"id": number, "name": text(2), "email": f"user-{number}@example.org", "bio": text(12) if number % 3 else None,
         "active": number % 2 == 0, "score": round(dice.uniform(-100, 100), 3), "tags": [text(1) for _ in range(number % 6)],
         "address": {"street": text(3), "city": text(1), "position": [round(dice.uniform(-180, 180), 6) for _ in range(2)]}}
        for number in range(2_500)]


def tracks(dice):
    return {"type": "MultiLineString", "lines": [
        [[dice.uniform(-180, 180), dice.uniform(-90, 90)] for _ in range(250)] for _ in range(110)]}


def catalog(dice):
    return {
        "names": {str(dice.randrange(10**9)): dice.choice(WORDS) for _ in range(2_000)},
        "events": {
            str(138_000_000 + number): {
                "id": number, "start": 1_800_000_000_000 + number, "subtitle": None,
                "prices": [{"amount": dice.randrange(10**5), "audience": dice.randrange(9), "seat": dice.randrange(10**6)}
                           for _ in range(dice.randrange(1, 6))]}
            for number in range(4_000)}}


def orjson_time(text):
    least = float("inf")
    for _ in range(RUNS):
        begin = time.perf_counter_ns()
        orjson.loads(text)
        least = min(least, time.perf_counter_ns() - begin)
    return least


def documents(options, fleet, log):
    """Each round runs both programs in turn; a ratio is the median over the rounds."""
    program = os.path.join(options.programs, "json-bench")
    met = True
    print("\nJSON: speed against others, median of the ratios")
    for make in (people, tracks, catalog):
        text = json.dumps(make(random.Random(7)), ensure_ascii=False).encode()
        ratios = {target: [] for target in TARGETS}
        with tempfile.NamedTemporaryFile() as file:
            file.write(text)
            file.flush()
            for _ in range(options.rounds):
                lines = subprocess.run([program, make.__name__, file.name], check=True, capture_output=True, text=True).stdout
                times = {name: int(value) for name, value in map(str.split, lines.splitlines())} | {"orjson": orjson_time(text)}
                for target in TARGETS:
                    ratios[target].append(times[target[1]] / times[target[0]])
        for target in TARGETS:
            figure, peer, least = target
            ratio = statistics.median(ratios[target])
            met = met and ratio >= least
            print(f"  {make.__name__} ({len(text) / 1e6:.1f} MB), {NAMES[figure]} against {NAMES[peer]}: {ratio:.2f}, at least {least}: "
                  f"{'met' if ratio >= least else 'NOT met'}")
    return met
