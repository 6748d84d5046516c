"""Reads and writes with psycopg 3 as the account of the environment: prepared statements, COPY, times."""
import uuid
from datetime import datetime, timedelta, timezone

import psycopg

import account
from account import refused

USER = "INSERT INTO users (email, password, fs_uniquifier, confirmed_at) VALUES (%s, 'x', %s, %s) RETURNING id"
CHANNEL = "INSERT INTO platform_integrations (platform, channel, external_id) VALUES (%s, 'one', %s)"
EVENT = "INSERT INTO events (type, source, subject) VALUES ('client.test', %s, '1')"


def backend_api(connection: psycopg.Connection) -> None:
    # A time without a zone is one of the session's zone, which is UTC.
    naive = datetime.now(timezone.utc).replace(tzinfo=None)
    values = (f"{uuid.uuid4()}@example.org", uuid.uuid4().hex, naive)
    (made,) = connection.execute(USER, values, prepare=True).fetchone()
    connection.commit()
    stored, now = connection.execute(
        "SELECT confirmed_at, clock_timestamp() FROM users WHERE id = %s", (made,)).fetchone()
    assert stored.replace(tzinfo=None) == naive, (stored, naive)
    assert timedelta(0) <= now - stored < timedelta(minutes=10), (now, stored)
    connection.execute("DELETE FROM users WHERE id = %s", (made,))
    connection.execute(EVENT, ("backend-api",))
    connection.commit()
    with refused(undo=connection.rollback):
        connection.execute(EVENT + " RETURNING id", ("backend-api",))
    # Row policies do not apply to COPY, so the server refuses it on tables that have them.
    with refused("COPY FROM not supported with row-level security", undo=connection.rollback):
        with connection.cursor().copy("COPY events (type, source, subject) FROM STDIN") as copy:
            copy.write_row(("client.test", "backend-api", "1"))


def connector(connection: psycopg.Connection) -> None:
    (made,) = connection.execute(EVENT + " RETURNING id", ("connector",)).fetchone()
    connection.commit()
    assert made > 0
    with refused("row-level security", undo=connection.rollback):
        connection.execute(EVENT, ("backend-api",))


def twitch_trigger(connection: psycopg.Connection) -> None:
    connection.execute(CHANNEL, ("twitch", str(uuid.uuid4())))
    connection.commit()
    found = connection.execute("SELECT DISTINCT platform FROM platform_integrations").fetchall()
    assert found == [("twitch",)], found
    with refused("row-level security", undo=connection.rollback):
        connection.execute(CHANNEL, ("discord", str(uuid.uuid4())))
    # Not an error: the account does not see these rows.
    changed = connection.execute("DELETE FROM platform_integrations WHERE platform = 'discord'").rowcount
    assert changed == 0
    # A scoped account may not choose ids, because a taken one would reveal another account's row.
    with refused(undo=connection.rollback):
        connection.execute("UPDATE platform_integrations SET id = 1")


def analytics(connection: psycopg.Connection) -> None:
    with refused(undo=connection.rollback):
        connection.execute("SELECT * FROM users")
    with connection.cursor().copy("COPY users (id, active, created_at) TO STDOUT") as copy:
        for _ in copy:
            pass
    with refused(undo=connection.rollback):
        with connection.cursor().copy("COPY users TO STDOUT") as copy:
            for _ in copy:
                pass
    with refused("statement timeout", undo=connection.rollback):
        connection.execute("SET statement_timeout = 50")
        connection.execute("SELECT pg_sleep(60)")


with psycopg.connect(account.address("postgresql")) as session:
    assert session.execute("SHOW timezone").fetchone() == ("UTC",)
    {
        "backend-api-rw": backend_api, "connector-rw": connector, "twitch-trigger": twitch_trigger,
        "analytics-ro": analytics,
    }[account.NAME](session)
