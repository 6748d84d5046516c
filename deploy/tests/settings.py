"""The variables that give a program its accounts and the paths of its secrets, in every deployment."""

FILES = {"token-key": "TOKEN_KEY_FILE", "webhook-key": "WEBHOOK_KEY_FILE",
         "platform-secret-twitch": "PLATFORM_SECRET_FILE", "platform-secret-discord": "PLATFORM_SECRET_FILE"}
ACCOUNTS = ("DB_USER", "DB_PASS_FILE", "CACHE_USER", "CACHE_PASS_FILE")
# Each of these would override the account, or would hold a secret in place of a file's name. ACCESS_MANIFEST would replace
# the manifest in the tool's image: the tool would apply another manifest, and then find no difference.
REFUSED = ("ACCESS_MANIFEST", "DATABASE_URL", "DATABASE_URL_FILE", "DB_PASS", "CACHE_PASS", "TOKEN_KEY", "WEBHOOK_KEY", "PLATFORM_SECRET")
# The other variables that our programs may have.
HARMLESS = frozenset((
    "DB_TYPE", "DB_HOST", "DB_NAME", "DB_TLS", "DB_CA_FILE", "DB_POOL_SIZE", "DB_MAX_RETRIES", "CACHE_TYPE", "CACHE_HOST",
    "CACHE_TLS", "CACHE_CA_FILE", "HTTP_HOST", "HTTP_PORT", "HTTP_REQUEST_TIMEOUT",
    "HTTP_MAX_CONNECTIONS", "HTTP_MAX_CONNECTIONS_PER_ADDRESS", "HASH_QUEUE_MS", "LOG_LEVEL",
    "LOG_FORMAT", "SHUTDOWN_DELAY", "SHUTDOWN_TIMEOUT", "ROLLUP_INTERVAL"))
# The variables that select a service, if several services run the same program.
PARTS = {"twitch-trigger": {"PLATFORM": "twitch"}, "discord-trigger": {"PLATFORM": "discord"},
         "analytics-rollup": {"ROLE": "rollup"}}
NAMES = frozenset((*ACCOUNTS, *FILES.values(), "JWKS_FILE", "CREDENTIALS_DIR", "PLATFORM", "ROLE", *REFUSED))


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
    given.update(PARTS.get(service.name, {}))
    if "token-key" not in service.secrets:
        given["JWKS_FILE"] = key_set
    return given


def complaints(environment, wanted):
    """Every variable whose value is not the expected one."""
    for name in sorted(NAMES):
        if environment.get(name) != wanted.get(name):
            yield f"{name} is {environment.get(name)}, not {wanted.get(name)}"
    yield from (f"{name} is an unexpected variable" for name in sorted(set(environment) - NAMES - HARMLESS))
