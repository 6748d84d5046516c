"""Reads and writes with SQLAlchemy's ORM as the account of the environment. The manifest says what each may do."""
import json
import sys
import uuid
from datetime import datetime, timedelta, timezone

from sqlalchemy import (
    BigInteger, Boolean, DateTime, Identity, String, Text, create_engine, func, insert, inspect, select, text, update)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, load_only, mapped_column

import account
from account import refused


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(String(255))
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    fs_uniquifier: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16), server_default="member")
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Event(Base):
    __tablename__ = "events"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    type: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    payload: Mapped[str] = mapped_column(Text, server_default="{}")


class Channel(Base):
    __tablename__ = "platform_integrations"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    platform: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(255))
    external_id: Mapped[str] = mapped_column(String(255))
    settings: Mapped[str] = mapped_column(Text, server_default="{}")


def user() -> User:
    return User(
        email=f"{uuid.uuid4()}@example.org", password="not a hash", fs_uniquifier=uuid.uuid4().hex,
        confirmed_at=datetime.now(timezone.utc))


def channel(platform: str) -> Channel:
    return Channel(platform=platform, channel="one", external_id=str(uuid.uuid4()))


def event(source: str) -> dict:
    return {"type": "client.test", "source": source, "subject": "1"}


def append_only(session: Session, source: str, reason: str = "permission denied") -> None:
    """The account may add events and may not read them: an insert that returns the new id is a read."""
    with refused(reason, undo=session.rollback):
        session.add(Event(**event(source)))
        session.flush()
    session.execute(insert(Event).values(**event(source)).inline())
    session.commit()
    with refused("row-level security", undo=session.rollback):
        session.execute(insert(Event).values(**event("another-source")).inline())


def backend_api(session: Session) -> None:
    made = user()
    session.add(made)
    session.commit()
    assert made.id > 0 and made.active is True and made.role == "member"
    assert abs(datetime.now(timezone.utc) - made.created_at) < timedelta(minutes=10), made.created_at
    made.active = False
    session.commit()
    assert session.scalar(select(User.active).where(User.id == made.id)) is False
    session.delete(made)
    session.commit()
    append_only(session, "backend-api")
    with refused(undo=session.rollback):
        session.scalar(select(func.count()).select_from(Event))
    with refused(undo=session.rollback):
        session.scalars(select(Channel)).all()


def connector(session: Session) -> None:
    made = [channel("twitch"), channel("discord")]
    session.add_all(made)
    session.commit()
    assert {one.platform for one in session.scalars(select(Channel))} == {"twitch", "discord"}
    for one in made:
        session.delete(one)
    # This account may read events, so the ORM's own insert works.
    one = Event(**event("connector"))
    session.add(one)
    session.commit()
    assert session.get(Event, one.id).source == "connector"
    with refused(undo=session.rollback):
        session.execute(update(Event).values(type="changed"))
    with refused(undo=session.rollback):
        session.scalars(select(User)).all()


def twitch_trigger(session: Session) -> None:
    own = channel("twitch")
    session.add(own)
    session.commit()
    assert {one.platform for one in session.scalars(select(Channel))} == {"twitch"}
    with refused("row-level security", undo=session.rollback):
        session.add(channel("discord"))
        session.flush()
    with refused("row-level security", undo=session.rollback):
        own.platform = "discord"
        session.flush()
    session.delete(own)
    session.commit()
    # It reads backend-api's events, and none of its own.
    append_only(session, "twitch-trigger", "row-level security")
    assert {one.source for one in session.scalars(select(Event))} <= {"backend-api"}


def analytics(session: Session) -> None:
    # The whole entity has columns that the account may not read.
    with refused(undo=session.rollback):
        session.scalars(select(User)).all()
    session.execute(select(User.id, User.active, User.role)).all()
    session.scalars(select(User).options(load_only(User.id, User.active, User.created_at))).all()
    assert session.scalar(select(func.count()).select_from(User)) >= 0
    assert session.scalar(select(func.count()).select_from(Event)) >= 0
    with refused(undo=session.rollback):
        session.add(Event(**event("analytics")))
        session.flush()


engine = create_engine(account.address(f"postgresql+{sys.argv[1]}"))
with Session(engine) as session:
    assert session.scalar(text("SHOW timezone")) == "UTC"
    # Reflection reads the catalog, which every account may read.
    columns = {column["name"] for column in inspect(engine).get_columns("users")}
    assert {"id", "email", "password"} <= columns, columns
    with refused(undo=session.rollback):
        session.execute(text("CREATE TABLE extra (id bigint)"))
    {
        "backend-api-rw": backend_api, "connector-rw": connector, "twitch-trigger": twitch_trigger,
        "analytics-ro": analytics,
    }[account.NAME](session)
print(json.dumps({"account": account.NAME, "driver": sys.argv[1]}))
