"""Reads and writes with PyDAL as the account of the environment."""
import datetime
import tempfile
import uuid

from pydal import DAL, Field

import account
from account import refused


def connect(migrate: bool = False) -> DAL:
    # With migrate=True, PyDAL creates and alters tables, which no service's account may do.
    return DAL(account.address("postgres"), migrate=migrate, folder=tempfile.mkdtemp())


def define_users(db: DAL) -> None:
    db.define_table(
        "users", Field("email", unique=True), Field("password", "password"), Field("fs_uniquifier"),
        # PyDAL writes its booleans as the characters T and F, which PostgreSQL's boolean takes.
        Field("active", "boolean", default=True), Field("role", default="member"),
        Field("confirmed_at", "datetime"), Field("created_at", "datetime"))


def define_events(db: DAL) -> None:
    db.define_table("events", Field("type"), Field("source"), Field("subject"))


def define_channels(db: DAL) -> None:
    db.define_table("platform_integrations", Field("platform"), Field("channel"), Field("external_id"))


def append_event(db: DAL, source: str, reason: str = "permission denied") -> None:
    """PyDAL adds RETURNING id to an insert, so events are added with plain SQL."""
    define_events(db)
    with refused(reason, undo=db.rollback):
        db.events.insert(type="client.test", source=source, subject="1")
    db.executesql("INSERT INTO events (type, source, subject) VALUES ('client.test', %s, '1')", (source,))
    db.commit()


def backend_api(db: DAL) -> None:
    define_users(db)
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0)
    made = db.users.insert(
        email=f"{uuid.uuid4()}@example.org", password="not a hash", fs_uniquifier=uuid.uuid4().hex,
        active=True, role="member", confirmed_at=now, created_at=now)
    db.commit()
    row = db(db.users.id == made).select().first()
    assert row.active is True and row.role == "member", row
    seconds = db.executesql("SELECT extract(epoch FROM now() - confirmed_at)::float8 FROM users WHERE id = %s", (made,))
    assert 0 <= seconds[0][0] < 600, f"stored {seconds[0][0]} s ago"
    assert db(db.users.id == made).update(active=False) == 1
    assert db(db.users.id == made).select(db.users.active).first().active is False
    assert db(db.users.id == made).delete() == 1
    db.commit()
    append_event(db, "backend-api")
    with refused():
        define_users(connect(migrate=True))


def connector(db: DAL) -> None:
    define_users(db)
    with refused(undo=db.rollback):
        db(db.users.id > 0).select(db.users.id)
    define_events(db)
    assert db.events.insert(type="client.test", source="connector", subject="1") > 0
    db.commit()


def twitch_trigger(db: DAL) -> None:
    define_channels(db)
    made = db.platform_integrations.insert(platform="twitch", channel="one", external_id=str(uuid.uuid4()))
    db.commit()
    assert {row.platform for row in db(db.platform_integrations).select()} == {"twitch"}
    with refused("row-level security", undo=db.rollback):
        db.platform_integrations.insert(platform="discord", channel="one", external_id=str(uuid.uuid4()))
    assert db(db.platform_integrations.id == made).delete() == 1
    db.commit()
    append_event(db, "twitch-trigger", "row-level security")


def analytics(db: DAL) -> None:
    define_users(db)
    # Without columns, PyDAL selects every defined one.
    with refused(undo=db.rollback):
        db(db.users.id > 0).select()
    db(db.users.id > 0).select(db.users.id, db.users.active, db.users.created_at)
    db(db.users.id > 0).count()
    with refused(undo=db.rollback):
        db(db.users.id > 0).delete()


database = connect()
{
    "backend-api-rw": backend_api, "connector-rw": connector, "twitch-trigger": twitch_trigger,
    "analytics-ro": analytics,
}[account.NAME](database)
