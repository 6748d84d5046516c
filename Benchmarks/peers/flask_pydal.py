"""GET /v1/users/{id} with Flask and PyDAL: the same work as in backend-api.

It checks the signature of the token, reads whether the session was revoked, and reads the user. These are two statements
on one pooled connection, under the same account backend-api-rw.

With CACHE_TOKENS=1 it caches verified tokens, as backend-api does, and checks their expiry each time.
"""
import os
import time
from functools import lru_cache
from urllib.parse import quote

import jwt
from flask import Flask, abort, jsonify, request
from jwt import PyJWKSet
from pydal import DAL, Field

app = Flask(__name__)

with open(os.environ["DB_PASS_FILE"], encoding="ascii") as file:
    password = file.read().strip()
# MariaDB in place of PostgreSQL; the driver of both is a C library, mysqlclient and psycopg2.
scheme = "mysql" if os.environ.get("DB_TYPE") == "mysql" else "postgres"
db = DAL(
    f"{scheme}://{os.environ['DB_USER']}:{quote(password)}@{os.environ['DB_HOST']}:{os.environ['DB_PORT']}"
    f"/{os.environ['DB_NAME']}",
    pool_size=5,
    migrate=False,
)
db.define_table(
    "users",
    Field("email"),
    # PyDAL's own boolean is a letter on MariaDB.
    Field("active", "integer" if scheme == "mysql" else "boolean"),
    Field("role"),
    Field("confirmed_at", "datetime"),
    Field("created_at", "datetime"),
    Field("updated_at", "datetime"),
)
db.define_table("sessions", Field("user_id", "bigint"), Field("revoked_at", "datetime"))
with open(os.environ["JWKS_FILE"], encoding="ascii") as file:
    keys = PyJWKSet.from_json(file.read())
key = keys.keys[0].key


def claims_of(token):
    return jwt.decode(token, key, algorithms=["EdDSA"], options={"verify_aud": False})


if os.environ.get("CACHE_TOKENS") == "1":
    claims_of = lru_cache(maxsize=4096)(claims_of)


@app.before_request
def connect():
    db._adapter.reconnect()


@app.teardown_request
def release(error):
    db._adapter.close("rollback" if error else "commit")


@app.get("/v1/users/<int:user_id>")
def user(user_id):
    token = request.headers["Authorization"].removeprefix("Bearer ")
    try:
        claims = claims_of(token)
    except jwt.PyJWTError:
        abort(401)
    if claims["exp"] <= time.time():
        abort(401)
    session = db(db.sessions.id == int(claims["sid"])).select(db.sessions.revoked_at).first()
    if session is None or session.revoked_at is not None:
        abort(401)
    if int(claims["sub"]) != user_id and claims["role"] != "operator":
        abort(404)
    row = (
        db(db.users.id == user_id)
        .select(
            db.users.id,
            db.users.email,
            db.users.active,
            db.users.role,
            db.users.confirmed_at,
            db.users.created_at,
            db.users.updated_at,
        )
        .first()
    )
    if row is None:
        abort(404)
    return jsonify(
        id=row.id,
        email=row.email,
        active=bool(row.active),
        role=row.role,
        confirmed_at=row.confirmed_at and row.confirmed_at.isoformat() + "Z",
        created_at=row.created_at.isoformat() + "Z",
        updated_at=row.updated_at.isoformat() + "Z",
    )
