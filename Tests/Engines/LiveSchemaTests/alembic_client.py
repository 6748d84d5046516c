"""Compares the fleet's tables, as SQLAlchemy declares them, with the database at DATABASE_URL by Alembic's autogenerate.

Prints each difference on a line of its own. Exit code 0: no difference; 2: differences.
"""
import os
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    BigInteger, Boolean, CHAR, CheckConstraint, Column, Date, ForeignKey, Identity, Index, Integer, MetaData, String,
    Table, Text, UniqueConstraint, create_engine, text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.postgresql import TIMESTAMP as PostgresTimestamp
from sqlalchemy.types import TIMESTAMP

settings = {"ssl": {"ca": os.environ["DATABASE_CA_FILE"]}} if "DATABASE_CA_FILE" in os.environ else {}
engine = create_engine(os.environ["DATABASE_URL"], connect_args=settings)
dialect = engine.dialect.name
moment_type = {
    "postgresql": PostgresTimestamp(timezone=True, precision=6), "mysql": mysql.DATETIME(fsp=6), "sqlite": TIMESTAMP(),
}[dialect]
now = text({
    "postgresql": "CURRENT_TIMESTAMP", "mysql": "CURRENT_TIMESTAMP(6)",
    "sqlite": "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')",
}[dialect])
metadata = MetaData()
engine.connect().close()  # SQLAlchemy finds out whether the server is a MariaDB.
if dialect == "mysql":
    # Documents and long texts are `longtext`, which has room for any of them.
    Text = mysql.LONGTEXT


def identity():
    if dialect == "postgresql":
        return Column("id", BigInteger, Identity(always=False), primary_key=True)
    if dialect == "mysql":
        return Column("id", BigInteger, primary_key=True, autoincrement=True)
    # SQLite lists INTEGER PRIMARY KEY as nullable, and never stores NULL in it.
    return Column("id", Integer, primary_key=True, nullable=True)


def value(name, kind, default=None):
    if default and kind is Text and dialect == "mysql" and not engine.dialect.is_mariadb:
        # Such a default is an expression on MySQL, which prints its character set.
        default = f"(_utf8mb4{default})"
    return Column(name, kind, nullable=False, server_default=None if default is None else text(default))


def moment(name):
    return Column(name, moment_type, nullable=False, server_default=now)


def table(name, *parts):
    Table(name, metadata, identity(), *parts)


def reference(name, target, owner):
    key = ForeignKey(f"{target}.id", ondelete="CASCADE", name=f"{owner}_{name}_fkey")
    return Column(name, BigInteger, key, nullable=False)


true = "true" if dialect == "postgresql" else "1"
table(
    "users", value("email", String(255)), value("password", String(255)), value("active", Boolean, true),
    value("fs_uniquifier", String(64)), value("role", String(16), "'member'"), Column("confirmed_at", moment_type),
    moment("created_at"), moment("updated_at"), value("removed_setting_version", Integer, "0"),
    UniqueConstraint("email", name="users_email_key"),
    UniqueConstraint("fs_uniquifier", name="users_fs_uniquifier_key"),
    CheckConstraint("role IN ('member', 'operator')", name="users_role_check"),
    Index("users_created_at_idx", "created_at"),
)
table(
    "sessions", reference("user_id", "users", "sessions"),
    value("token_hash", CHAR(64)), moment("created_at"), Column("expires_at", moment_type, nullable=False),
    Column("revoked_at", moment_type), Column("refresh_hash", CHAR(64)), Column("former_refresh_hash", CHAR(64)),
    Column("refresh_seed", CHAR(64)), Column("refreshed_at", moment_type), Column("user_agent", String(255)),
    UniqueConstraint("token_hash", name="sessions_token_hash_key"),
    Index("sessions_user_id_idx", "user_id"), Index("sessions_created_at_idx", "created_at"),
)
table(
    "settings", reference("user_id", "users", "settings"),
    value("name", String(64)), value("value", Text), value("version", Integer, "1"), moment("updated_at"),
    UniqueConstraint("user_id", "name", name="settings_user_id_name_key"),
)
table(
    "user_tokens", reference("user_id", "users", "user_tokens"), value("purpose", String(16)),
    value("token_hash", CHAR(64)), value("email", String(255)), moment("created_at"),
    Column("expires_at", moment_type, nullable=False),
    CheckConstraint("purpose IN ('email', 'password')", name="user_tokens_purpose_check"),
    UniqueConstraint("token_hash", name="user_tokens_token_hash_key"),
    UniqueConstraint("user_id", "purpose", name="user_tokens_user_id_purpose_key"),
)
table(
    "integrations", value("owner_id", BigInteger), value("provider", String(32)), value("external_account", String(255)),
    value("status", String(16), "'active'"), value("config", Text, "'{}'"), moment("created_at"), moment("updated_at"),
    UniqueConstraint(
        "owner_id", "provider", "external_account", name="integrations_owner_id_provider_external_account_key"),
)
table(
    "connector_offsets", value("consumer", String(64)), value("position", BigInteger, "0"), Column("holder", String(32)),
    Column("held_until", moment_type), moment("updated_at"),
    UniqueConstraint("consumer", name="connector_offsets_consumer_key"),
)
table(
    "connector_set_aside_events", value("consumer", String(64)), value("event_id", BigInteger),
    value("reason", String(255)), moment("created_at"),
    UniqueConstraint("consumer", "event_id", name="connector_set_aside_events_consumer_event_id_key"),
)
table(
    "connector_owners", value("owner_id", BigInteger), moment("updated_at"),
    UniqueConstraint("owner_id", name="connector_owners_owner_id_key"),
)
table(
    "backend_idempotency_keys", value("owner_id", BigInteger), value("idempotency_key", String(255)),
    value("fingerprint", CHAR(64)), value("resource_id", BigInteger), moment("created_at"),
    UniqueConstraint(
        "owner_id", "idempotency_key", name="backend_idempotency_keys_owner_id_idempotency_key_key"),
    Index("backend_idempotency_keys_owner_id_created_at_idx", "owner_id", "created_at"),
)
table(
    "connector_idempotency_keys", value("owner_id", BigInteger), value("idempotency_key", String(255)),
    value("fingerprint", CHAR(64)), value("resource_id", BigInteger), moment("created_at"),
    UniqueConstraint(
        "owner_id", "idempotency_key", name="connector_idempotency_keys_owner_id_idempotency_key_key"),
    Index("connector_idempotency_keys_owner_id_created_at_idx", "owner_id", "created_at"),
)
table(
    "webhooks", value("owner_id", BigInteger), value("url", String(2048)), value("secret", Text),
    value("event_types", Text, "'[]'"), value("active", Boolean, true), Column("disabled_reason", String(255)),
    moment("created_at"), moment("updated_at"), Column("failing_since", moment_type),
    value("registered_after", BigInteger, "0"), Index("webhooks_owner_id_idx", "owner_id"),
)
table(
    "webhook_deliveries", reference("webhook_id", "webhooks", "webhook_deliveries"),
    value("event_id", BigInteger), value("attempt", Integer, "0"), value("status", String(16), "'pending'"),
    Column("next_attempt_at", moment_type), Column("response_status", Integer), moment("updated_at"),
    Column("response_body", String(1024)), Column("failure", String(255)),
    UniqueConstraint("webhook_id", "event_id", name="webhook_deliveries_webhook_id_event_id_key"),
    Index("webhook_deliveries_status_next_attempt_at_idx", "status", "next_attempt_at"),
    Index("webhook_deliveries_webhook_id_status_idx", "webhook_id", "status"),
    Index("webhook_deliveries_webhook_id_id_idx", "webhook_id", "id"),
)
table(
    "platform_integrations", value("platform", String(32)), value("channel", String(255)),
    value("external_id", String(255)), value("settings", Text, "'{}'"), moment("updated_at"),
    UniqueConstraint("platform", "external_id", name="platform_integrations_platform_external_id_key"),
)
table(
    "events", value("type", String(64)), value("source", String(32)), value("subject", String(64)),
    value("payload", Text, "'{}'"), moment("occurred_at"), Index("events_type_id_idx", "type", "id"),
    Index("events_occurred_at_idx", "occurred_at"), Index("events_source_id_idx", "source", "id"),
)
table(
    "audit_log", value("source", String(32)), value("account", String(64)), Column("actor_id", BigInteger),
    Column("actor_role", String(16)), Column("address", String(64)), Column("request_id", String(128)),
    value("action", String(64)), value("object", String(128)), value("fields", Text, "'[]'"), moment("occurred_at"),
    Index("audit_log_source_id_idx", "source", "id"), Index("audit_log_actor_id_id_idx", "actor_id", "id"),
    Index("audit_log_object_id_idx", "object", "id"), Index("audit_log_occurred_at_idx", "occurred_at"),
)
table(
    "rollups", value("day", Date), value("metric", String(64)), value("value", BigInteger), moment("updated_at"),
    UniqueConstraint("day", "metric", name="rollups_day_metric_key"),
)
table(
    "schema_migrations", value("version", Integer), value("name", String(255)), value("checksum", CHAR(64)),
    moment("applied_at"), Column("oldest_program", Integer),
    UniqueConstraint("version", name="schema_migrations_version_key"),
)


def compare_default(context, inspected, declared, inspected_default, declared_default, rendered):
    """Alembic puts quotation marks around an expression that is the default of a text, and finds a difference."""
    return False if inspected_default == rendered else None


def is_of_fleet(name, kind, parents):
    """Whether it is no table that only a run of migrations uses."""
    return kind != "table" or name not in ("schema_migration_claim", "schema_migration_progress")


with engine.connect() as connection:
    defaults = compare_default if dialect == "mysql" else True
    options = {"compare_type": True, "compare_server_default": defaults, "include_name": is_of_fleet}
    differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
for difference in differences:
    print(difference)
sys.exit(2 if differences else 0)
