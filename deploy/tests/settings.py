"""The variables that a program may have, and those that give it its accounts and the paths of its secrets."""

import pathlib
import re

from operations.access import Access

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"

SERVICES = Access().services.values()
FILES = {secret: variable for s in SERVICES for secret, variable in s.variables.items()}
ACCOUNTS = ("DB_USER", "DB_PASS_FILE", "CACHE_USER", "CACHE_PASS_FILE")
# Each of these would override the account, or would hold a secret in place of a file's name. ACCESS_MANIFEST would replace
# the manifest in the tool's image: the tool would apply another manifest, and then find no difference. JWKS_URL would
# replace the mounted keys.
REFUSED = ("ACCESS_MANIFEST", "DATABASE_URL", "DATABASE_URL_FILE", "DB_PASS", "CACHE_PASS", "TOKEN_KEY", "WEBHOOK_KEY",
           "PLATFORM_SECRET", "JWKS_URL")
# The variables that select a service, if several services run the same program.
NAMES = frozenset((*ACCOUNTS, *FILES.values(), "JWKS_FILE", "CREDENTIALS_DIR", *(v for s in SERVICES for v in s.environment),
                   *REFUSED))


def documented(text=README.read_text()):
    """The names in the first column of the README's table of variables. A test of the programs compares that table with the
    names that they read."""
    table = text.split("\n## Configure it\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return frozenset(name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row))


# The other variables that our programs may have, with any value.
HARMLESS = documented() - NAMES
if not {"DB_TYPE", "HTTP_PORT", "LOG_SLOW_MS", "LOG_SLOW_PLAN"} <= HARMLESS or NAMES & HARMLESS:
    raise SystemExit(f"{README} has no table of variables, or another one: {sorted(HARMLESS)}")


def of_accounts(database=None, cache=None):
    """The variables of a program's accounts, each with the file that holds its password."""
    given = {}
    for engine, entry in (("DB", database), ("CACHE", cache)):
        if entry:
            given[f"{engine}_USER"], given[f"{engine}_PASS_FILE"] = entry
    return given


def of_service(service, folder, key_set, file_of=lambda secret: secret):
    """The variables of a service that reads its secrets from a folder, and the public keys from a file."""
    given = of_accounts(*((account, f"{folder}/{account}") if account else None
                          for account in (service.database_account, service.cache_account)))
    given.update({FILES[s]: f"{folder}/{file_of(s)}" for s in service.secrets})
    given.update(service.environment)
    if not service.signs:
        given["JWKS_FILE"] = key_set
    return given


def complaints(environment, wanted):
    """Every variable whose value is not the expected one."""
    for name in sorted(NAMES):
        if environment.get(name) != wanted.get(name):
            yield f"{name} is {environment.get(name)}, not {wanted.get(name)}"
    yield from (f"{name} is an unexpected variable" for name in sorted(set(environment) - NAMES - HARMLESS))
