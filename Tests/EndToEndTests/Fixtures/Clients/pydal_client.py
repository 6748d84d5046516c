"""Reads and writes users with PyDAL, configured by the services' environment. Exit code 3: permission denied."""
import os
import sys
from urllib.parse import quote

from pydal import DAL, Field

with open(os.environ["DB_PASS_FILE"], encoding="ascii") as file:
    password = file.read().strip()
db = DAL(
    f"postgres://{os.environ['DB_USER']}:{quote(password)}@{os.environ['DB_HOST']}:{os.environ['DB_PORT']}"
    f"/{os.environ['DB_NAME']}",
    migrate=False,
)
db.define_table(
    "users",
    Field("email", unique=True),
    Field("password", "password"),
    Field("active", "boolean", default=True),
    Field("fs_uniquifier"),
    Field("role", default="member"),
)
# PyDAL stores booleans as T and F, unless the field has the engine's own type.
db.users.active.type = "boolean"
try:
    db.executesql(
        "INSERT INTO users (email, password, fs_uniquifier) VALUES (%s, %s, %s)",
        ("pydal@example.org", "not a hash", "u" * 64),
    )
    row = db(db.users.email == "pydal@example.org").select(db.users.id, db.users.email, db.users.role).first()
    assert row is not None and row.role == "member", row
    assert db(db.users.id == row.id).update(role="operator") == 1
    assert db(db.users.id == row.id).select(db.users.role).first().role == "operator"
    assert db(db.users.id == row.id).delete() == 1
    db.commit()
except Exception as error:  # the class depends on the adapter
    if "permission denied" in str(error):
        print(error)
        sys.exit(3)
    raise
