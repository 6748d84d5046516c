"""The faults, as the lists beside this file describe them."""

import dataclasses
import pathlib
import re
import tomllib
import zlib

LISTS = pathlib.Path(__file__).resolve().parent


class Problem(Exception):
    """An error that the caller must correct before a run."""


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    find: str
    replacement: str
    is_expression: bool
    tests: tuple
    only: str

    @property
    def number(self):
        """The mutant's number in the switch, which stays the same when others come and go."""
        return zlib.crc32(self.name.encode())

    @property
    def filters(self):
        """What `swift test --filter` takes, one expression for each target."""
        within = f".*({self.only})" if self.only else ""
        return tuple(rf"^{target}\.{within}" for target in self.tests)

    @property
    def code(self):
        """The code that replaces the text in the copy."""
        condition = f"mutantIsActive({self.number})"
        if self.is_expression:
            return f"({condition} ? ({self.replacement}) : ({self.find}))"
        return re.sub(r"\bMUTANT\b", condition, self.replacement)

    def is_about(self, word):
        return any(word.lower() in text.lower() for text in (self.name, self.file, *self.tests))


def load():
    """Every mutant of every list, in the order of the lists' names."""
    mutants = []
    for path in sorted(LISTS.glob("*.toml")):
        try:
            entries = tomllib.loads(path.read_text())["mutant"]
        except (tomllib.TOMLDecodeError, KeyError) as error:
            raise Problem(f"{path.name}: {error}") from None
        mutants += [_mutant(entry, path.name) for entry in entries]
    names = [m.name for m in mutants]
    for name in {n for n in names if names.count(n) > 1}:
        raise Problem(f"two mutants are called '{name}'")
    return mutants


def _mutant(entry, list_name):
    name = entry.get("name", "?")
    unknown = set(entry) - {"name", "file", "find", "use", "text", "tests", "only"}
    if unknown or ("use" in entry) == ("text" in entry):
        raise Problem(f"{list_name}: '{name}' has either 'use' or 'text', and no other key: {sorted(unknown)}")
    try:
        tests = entry["tests"]
        return Mutant(
            name=entry["name"],
            file=entry["file"],
            find=entry["find"].strip("\n"),
            replacement=entry.get("use", entry.get("text")).strip("\n"),
            is_expression="use" in entry,
            tests=(tests,) if isinstance(tests, str) else tuple(tests),
            only=entry.get("only", ""),
        )
    except KeyError as key:
        raise Problem(f"{list_name}: '{name}' lacks {key}") from None
