"""Reads and writes the embedded database's file with SQLAlchemy and PyDAL. The file grants everything to both."""
import datetime
import os
import sys
import uuid

from pydal import DAL, Field
from sqlalchemy import Boolean, DateTime, MetaData, Table, create_engine, insert, select, update

from account import refused

path = sys.argv[1]

engine = create_engine(f"sqlite:///{path}")
users = Table("users", MetaData(), autoload_with=engine)
assert isinstance(users.c.active.type, Boolean), users.c.active.type
assert isinstance(users.c.created_at.type, DateTime), users.c.created_at.type
email = f"{uuid.uuid4()}@example.org"
with engine.begin() as connection:
    values = {"email": email, "password": "not a hash", "fs_uniquifier": uuid.uuid4().hex}
    made = connection.execute(insert(users).values(**values)).inserted_primary_key[0]
    row = connection.execute(select(users).where(users.c.id == made)).one()
    assert row.active is True
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    assert abs(now - row.created_at) < datetime.timedelta(minutes=10), row.created_at
engine.dispose()

# PyDAL takes a path relative to its folder of table definitions.
db = DAL(f"sqlite://{os.path.basename(path)}", folder=os.path.dirname(path), migrate=False)
db.define_table(
    "users", Field("email"), Field("password"), Field("fs_uniquifier"), Field("active", "integer", default=1),
    Field("created_at", "datetime"))
row = db(db.users.email == email).select().first()
assert row.active == 1, row
assert abs(now - row.created_at) < datetime.timedelta(minutes=10), row.created_at
assert db(db.users.id == row.id).update(active=0) == 1
db.commit()
db.close()
with engine.begin() as connection:
    assert connection.execute(select(users.c.active).where(users.c.id == made)).scalar() is False
engine.dispose()

# PyDAL's own boolean on SQLite is a character, T or F: it reads every row as false, and the column refuses its writes.
with engine.begin() as connection:
    connection.execute(update(users).where(users.c.id == made).values(active=True))
engine.dispose()
wrong = DAL(f"sqlite://{os.path.basename(path)}", folder=os.path.dirname(path), migrate=False)
wrong.define_table("users", Field("email"), Field("active", "boolean"))
assert wrong(wrong.users.email == email).select().first().active is False
with refused("CHECK constraint failed", undo=wrong.rollback):
    wrong(wrong.users.email == email).update(active=True)
wrong.close()
