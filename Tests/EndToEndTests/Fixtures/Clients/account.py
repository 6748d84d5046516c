"""The database and the account of the environment, as the services read them, and checks that every client shares."""
import os
from contextlib import contextmanager
from urllib.parse import quote

NAME = os.environ.get("DB_USER", "")


def password() -> str:
    with open(os.environ["DB_PASS_FILE"], encoding="ascii") as file:
        return file.read().strip()


def address(scheme: str) -> str:
    """The address of PostgreSQL for this account, with the password in it."""
    server = f"{os.environ['DB_HOST']}:{os.environ['DB_PORT']}/{os.environ['DB_NAME']}"
    return f"{scheme}://{NAME}:{quote(password(), safe='')}@{server}"


@contextmanager
def refused(reason: str = "permission denied", undo=lambda: None):
    """Expects that the server refuses what runs inside, for this reason."""
    try:
        yield
    except Exception as error:  # the class depends on the client
        undo()
        assert reason in str(error), f"refused for another reason: {error}"
        return
    raise AssertionError(f"not refused, expected: {reason}")
