"""Reads and writes on MariaDB or MySQL with SQLAlchemy and with PyDAL, over PyMySQL, as the account of the environment.

An account with some rows or columns of a table uses its views by their names: `TABLE$ACCOUNT`, and `TABLE$ACCOUNT$insert`
for new rows.
"""
import datetime
import os
import tempfile
import uuid

from pydal import DAL, Field
from sqlalchemy import BigInteger, Boolean, DateTime, String, create_engine, event, func, insert, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, load_only, mapped_column

import account
from account import refused

DENIED = "denied"
OUTSIDE = "CHECK OPTION"
VIEW = f"${account.NAME}"
# MySQL's accounts need TLS.
TLS = {"ssl": {"ca": os.environ["DB_CA_FILE"]}} if os.environ.get("DB_CA_FILE") else {}


class Base(DeclarativeBase):
    pass


class UserColumns:
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    email: Mapped[str] = mapped_column(String(255))
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("1"))
    fs_uniquifier: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16), server_default="member")
    confirmed_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)


class EventColumns:
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    type: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))


class ChannelColumns:
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    platform: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(255))
    external_id: Mapped[str] = mapped_column(String(255))


def mapped(columns: type, relation: str) -> type:
    return type(columns.__name__ + relation, (columns, Base), {"__tablename__": relation})


User = mapped(UserColumns, "users")
Event = mapped(EventColumns, "events")
Channel = mapped(ChannelColumns, "platform_integrations")


def utc() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0)


def channel(platform: str) -> dict:
    return {"platform": platform, "channel": "one", "external_id": str(uuid.uuid4())}


def happening(source: str) -> dict:
    return {"type": "client.test", "source": source, "subject": "1"}


# SQLAlchemy


def backend_api(session: Session) -> None:
    made = User(email=f"{uuid.uuid4()}@example.org", password="not a hash", fs_uniquifier=uuid.uuid4().hex, confirmed_at=utc())
    session.add(made)
    session.commit()
    assert made.id > 0 and made.active is True and made.role == "member"
    session.delete(made)
    session.commit()
    append_only(session, "events" + VIEW, "backend-api")


def append_only(session: Session, view: str, source: str) -> None:
    """The view takes rows, and shows none."""
    events = mapped(EventColumns, view)
    session.execute(insert(events).values(**happening(source)).inline())
    session.commit()
    with refused(OUTSIDE, undo=session.rollback):
        session.execute(insert(events).values(**happening("another-source")).inline())
    for hidden in (events, Event):
        with refused(DENIED, undo=session.rollback):
            session.scalar(select(func.count()).select_from(hidden))


def connector(session: Session) -> None:
    made = Channel(**channel("discord"))
    session.add(made)
    session.commit()
    session.delete(made)
    session.commit()
    assert session.scalar(select(func.count()).select_from(Event)) >= 0
    with refused(DENIED, undo=session.rollback):
        session.scalars(select(User)).all()


def twitch_trigger(session: Session) -> None:
    own = mapped(ChannelColumns, "platform_integrations" + VIEW)
    new = mapped(ChannelColumns, "platform_integrations" + VIEW + "$insert")
    one = channel("twitch")
    session.execute(insert(new).values(**one).inline())
    session.commit()
    assert {row.platform for row in session.scalars(select(own))} == {"twitch"}
    made = session.scalars(select(own).where(own.external_id == one["external_id"])).one()
    with refused(OUTSIDE, undo=session.rollback):
        session.execute(insert(new).values(**channel("discord")).inline())
    with refused(OUTSIDE, undo=session.rollback):
        made.platform = "discord"
        session.flush()
    with refused(DENIED, undo=session.rollback):
        session.scalars(select(Channel)).all()
    session.delete(made)
    session.commit()
    append_only(session, "events" + VIEW + "$insert", "twitch-trigger")


def analytics(session: Session) -> None:
    view = mapped(UserColumns, "users" + VIEW)
    with refused(DENIED, undo=session.rollback):
        session.scalars(select(view)).all()
    session.scalars(select(view).options(load_only(view.id, view.active))).all()
    assert session.scalar(select(func.count()).select_from(view)) >= 0
    with refused(DENIED, undo=session.rollback):
        session.execute(insert(Event).values(**happening("analytics")).inline())


# PyDAL


def with_pydal() -> None:
    db = DAL(account.address("mysql"), migrate=False, folder=tempfile.mkdtemp(), driver_args=TLS)
    relation = {"twitch-trigger": "platform_integrations" + VIEW, "analytics-ro": "users" + VIEW}
    if account.NAME == "backend-api-rw":
        db.define_table("users", Field("email"), Field("password", "password"), Field("fs_uniquifier"), Field("role", default="member"))
        made = db.users.insert(email=f"{uuid.uuid4()}@example.org", password="x", fs_uniquifier=uuid.uuid4().hex)
        assert db(db.users.id == made).select().first().role == "member"
        assert db(db.users.id == made).delete() == 1
        db.commit()
    elif account.NAME == "connector-rw":
        db.define_table("platform_integrations", Field("platform"), Field("channel"), Field("external_id"))
        made = db.platform_integrations.insert(**channel("discord"))
        assert db(db.platform_integrations.id == made).delete() == 1
        db.commit()
    elif account.NAME == "twitch-trigger":
        db.define_table("own", Field("platform"), Field("channel"), Field("external_id"), rname=f"`{relation[account.NAME]}`")
        db.define_table("new", Field("platform"), Field("channel"), Field("external_id"), rname=f"`{relation[account.NAME]}$insert`")
        made = db.new.insert(**channel("twitch"))
        assert {row.platform for row in db(db.own).select()} == {"twitch"}
        assert db(db.own.id == made).delete() == 1
        db.commit()
        with refused(OUTSIDE, undo=db.rollback):
            db.new.insert(**channel("discord"))
    else:
        db.define_table("people", Field("email"), Field("role"), rname=f"`{relation[account.NAME]}`")
        db(db.people.id > 0).select(db.people.id, db.people.role)
        with refused(DENIED, undo=db.rollback):
            db(db.people.id > 0).select(db.people.email)
    db.close()


engine = create_engine(account.address("mysql+pymysql"), connect_args=TLS)


@event.listens_for(engine, "connect")
def _settle(connection, _) -> None:
    connection.cursor().execute("SET time_zone = '+00:00'")


with Session(engine) as opened:
    assert opened.scalar(text("SELECT @@time_zone")) == "+00:00"
    with refused(DENIED, undo=opened.rollback):
        opened.execute(text("CREATE TABLE extra (id bigint)"))
    {
        "backend-api-rw": backend_api, "connector-rw": connector, "twitch-trigger": twitch_trigger,
        "analytics-ro": analytics,
    }[account.NAME](opened)
with_pydal()
