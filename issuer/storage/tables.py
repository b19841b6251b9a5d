"""The tables, as SQLAlchemy sees them. The truth is the migration; a test compares the two on both databases.

Instants are Unix seconds, days are dates of UTC+8, JSON is canonical text. Names of tables are singular. What may not
change or vanish (audit, history, used indexes, digests of acts) is kept by triggers, which stand in the migration.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

HEAD = "0013"
"""The newest revision of the schema."""

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

_TEXT = sa.Text()
_INSTANT = sa.BigInteger()
_COUNT = sa.Integer()
_BYTES = sa.LargeBinary()
_DAY = sa.Date()
_FLAG = sa.Boolean()
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _to(target: str) -> sa.ForeignKey:
    """A reference that is checked at the end of the transaction, so that the order of writing is free."""
    return sa.ForeignKey(target, deferrable=True, initially="DEFERRED")


def of_a_token() -> tuple[sa.Column[Any] | sa.Constraint, ...]:
    """What a licence and a copy of it for a device have in common: the index, the bytes, the signature, the times."""
    return (
        sa.Column("list", _COUNT, nullable=False),
        sa.Column("index", _COUNT, nullable=False),
        sa.Column("tbs", _BYTES, nullable=False),
        sa.Column("token", _BYTES),
        sa.Column("state", _TEXT, nullable=False, index=True),
        sa.Column("kid", _TEXT, nullable=False),
        sa.Column("intended_at", _INSTANT, nullable=False),
        sa.Column("issued_at", _INSTANT),
        sa.UniqueConstraint("list", "index"),
        sa.ForeignKeyConstraint(
            ["list", "index"], ["status_entry.list", "status_entry.index"], deferrable=True, initially="DEFERRED"
        ),
    )


organisation = sa.Table(
    "organisation",
    metadata,
    sa.Column("id", _TEXT, primary_key=True),
    sa.Column("kind", _TEXT, nullable=False),
    sa.Column("name", _TEXT, nullable=False),
    sa.Column("division", _TEXT, nullable=False),
    sa.Column("parent", _TEXT, _to("organisation.id")),
    sa.Column("level", _TEXT, nullable=False),
    sa.Column("branch", _TEXT, nullable=False),
    sa.Column("uscc", _TEXT, nullable=False),
    sa.Column("number", _TEXT, unique=True),
    sa.Column("trust_number", _COUNT, unique=True),
    sa.Column("open", _FLAG, nullable=False),
    sa.Column("revision", _COUNT, nullable=False),
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", _TEXT, primary_key=True),
    sa.Column("kind", _TEXT, nullable=False),
    sa.Column("state", _TEXT, nullable=False),
    sa.Column("revision", _COUNT, nullable=False),
    sa.Column("organisation", _TEXT, _to("organisation.id"), index=True),
    sa.Column("roles", _TEXT, nullable=False),
    sa.Column("name", _TEXT, nullable=False),
    sa.Column("identity", _BYTES, index=True),
    sa.Column("proof", _TEXT, nullable=False),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.Column("created_by", _TEXT),
)

electronic_key = sa.Table(
    "electronic_key",
    metadata,
    sa.Column("id", _TEXT, primary_key=True),
    sa.Column("account", _TEXT, _to("account.id"), nullable=False, index=True),
    sa.Column("organisation", _TEXT, _to("organisation.id")),
    sa.Column("state", _TEXT, nullable=False),
    sa.Column("revision", _COUNT, nullable=False),
    sa.Column("requested_by", _TEXT, nullable=False),
    sa.Column("approved_by", _TEXT),
    sa.Column("kid", _TEXT, unique=True),
    sa.Column("jwk", _TEXT, nullable=False),
    sa.Column("replaces", _TEXT),
    sa.Column("origin", _TEXT, nullable=False, server_default=""),
    sa.Column("credential", _TEXT, nullable=False, server_default=""),
    sa.Column("aaguid", _TEXT, nullable=False, server_default=""),
)

_ACTIVE = sa.text("state = 'active'")
sa.Index(
    "uq_electronic_key_active", electronic_key.c.account, unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE
)

key_use = sa.Table(
    "key_use",
    metadata,
    sa.Column("key", _TEXT, _to("electronic_key.id"), primary_key=True),
    sa.Column("counter", _INSTANT, nullable=False),
    sa.Column("used_at", _INSTANT, nullable=False),
    sa.Column("uses", _COUNT, nullable=False),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("id", _BYTES, primary_key=True),
    sa.Column("account", _TEXT, _to("account.id"), nullable=False, index=True),
    sa.Column("key", _TEXT, _to("electronic_key.id"), nullable=False, index=True),
    sa.Column("csrf", _TEXT, nullable=False),
    sa.Column("machine", _TEXT, nullable=False),
    sa.Column("began_at", _INSTANT, nullable=False),
    sa.Column("seen_at", _INSTANT, nullable=False),
    sa.Column("ended_at", _INSTANT),
)

key_change = sa.Table(
    "key_change",
    metadata,
    sa.Column("key", _TEXT, _to("electronic_key.id"), primary_key=True),
    sa.Column("number", _COUNT, primary_key=True, autoincrement=False),
    sa.Column("at", _INSTANT, nullable=False),
    sa.Column("event", _TEXT, nullable=False),
    sa.Column("state", _TEXT, nullable=False),
    sa.Column("by", _TEXT, nullable=False),
    sa.Column("reason", _TEXT, nullable=False),
)

application = sa.Table(
    "application",
    metadata,
    sa.Column("id", _TEXT, primary_key=True),
    sa.Column("kind", _TEXT, nullable=False),
    sa.Column("action", _TEXT, nullable=False),
    sa.Column("stage", _TEXT, nullable=False, index=True),
    sa.Column("revision", _COUNT, nullable=False),
    sa.Column("applicant", _TEXT, _to("account.id"), nullable=False, index=True),
    sa.Column("holder", _TEXT, nullable=False, index=True),
    sa.Column("registration", _TEXT, _to("registration.id"), index=True),
    sa.Column("registration_revision", _COUNT),
    sa.Column("institution", _TEXT, _to("organisation.id"), index=True),
    sa.Column("authority", _TEXT, _to("organisation.id"), index=True),
    sa.Column("content", _TEXT, nullable=False),
    sa.Column("sealed", _BYTES),
    sa.Column("content_version", _COUNT, nullable=False),
    sa.Column("opened_at", _INSTANT, nullable=False),
    sa.Column("received_on", _DAY),
    sa.Column("accepted_on", _DAY),
    sa.Column("decided_on", _DAY),
    sa.Column("delivered_on", _DAY),
    sa.Column("due_on", _DAY, index=True),
    sa.Column("pauses", _TEXT, nullable=False),
)

ENDED = ("delivered", "not_accepted", "refused", "withdrawn")
"""The stages in which an application has come to its end."""
_OPEN = sa.text("stage NOT IN ('delivered', 'not_accepted', 'refused', 'withdrawn')")
sa.Index(
    "uq_application_open",
    application.c.kind,
    application.c.holder,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

application_step = sa.Table(
    "application_step",
    metadata,
    sa.Column("application", _TEXT, _to("application.id"), primary_key=True),
    sa.Column("number", _COUNT, primary_key=True, autoincrement=False),
    sa.Column("step", _TEXT, nullable=False),
    sa.Column("source", _TEXT),
    sa.Column("target", _TEXT, nullable=False),
    sa.Column("at", _INSTANT, nullable=False),
    sa.Column("actor", _TEXT),
    sa.Column("act", _BYTES),
    sa.Column("finding", _TEXT, nullable=False),
    sa.Column("reason", _TEXT, nullable=False),
    sa.Column("grounds", _TEXT, nullable=False),
)

registration = sa.Table(
    "registration",
    metadata,
    sa.Column("id", _TEXT, primary_key=True),
    sa.Column("kind", _TEXT, nullable=False),
    sa.Column("number", _TEXT, nullable=False),
    sa.Column("holder", _TEXT, nullable=False, index=True),
    sa.Column("name", _TEXT, nullable=False, index=True),
    sa.Column("authority", _TEXT, _to("organisation.id"), nullable=False, index=True),
    sa.Column("institution", _TEXT, index=True),
    sa.Column("state", _TEXT, nullable=False),
    sa.Column("version", _COUNT, nullable=False),
    sa.Column("revision", _COUNT, nullable=False),
    sa.Column("content", _TEXT, nullable=False),
    sa.Column("sealed", _BYTES),
    sa.Column("registered_on", _DAY, nullable=False),
    sa.Column("valid_from", _DAY),
    sa.Column("valid_until", _DAY, index=True),
    sa.Column("verify_by", _DAY, index=True),
    sa.Column("until", _DAY, index=True),
    sa.Column("frozen", _FLAG, nullable=False),
    sa.UniqueConstraint("kind", "number"),
    sa.UniqueConstraint("kind", "holder"),
)

registration_change = sa.Table(
    "registration_change",
    metadata,
    sa.Column("registration", _TEXT, _to("registration.id"), primary_key=True),
    sa.Column("revision", _COUNT, primary_key=True, autoincrement=False),
    sa.Column("at", _INSTANT, nullable=False),
    sa.Column("action", _TEXT, nullable=False),
    sa.Column("source", _TEXT, nullable=False),
    sa.Column("target", _TEXT, nullable=False),
    sa.Column("version", _COUNT, nullable=False),
    sa.Column("application", _TEXT, _to("application.id"), index=True),
    sa.Column("act", _BYTES),
    sa.Column("actor", _TEXT),
    sa.Column("reason", _TEXT, nullable=False),
    sa.Column("basis", _TEXT, nullable=False),
    sa.Column("grounds", _TEXT, nullable=False),
    sa.Column("until", _DAY),
    sa.Column("content", _TEXT, nullable=False),
    sa.Column("sealed", _BYTES),
)

bar = sa.Table(
    "bar",
    metadata,
    sa.Column("id", _TEXT, primary_key=True),
    sa.Column("kind", _TEXT),
    sa.Column("holder", _TEXT, nullable=False, index=True),
    sa.Column("cause", _TEXT, nullable=False),
    sa.Column("basis", _TEXT, nullable=False),
    sa.Column("first_day", _DAY, nullable=False),
    sa.Column("last_day", _DAY),
    sa.Column("registration", _TEXT, _to("registration.id")),
    sa.Column("act", _BYTES),
)

counter = sa.Table(
    "counter",
    metadata,
    sa.Column("name", _TEXT, primary_key=True),
    sa.Column("value", _INSTANT, nullable=False),
)

signed_act = sa.Table(
    "signed_act",
    metadata,
    sa.Column("digest", _BYTES, primary_key=True),
    sa.Column("actor", _TEXT, nullable=False),
    sa.Column("nonce", _TEXT, nullable=False),
    sa.Column("at", _INSTANT, nullable=False),
    sa.UniqueConstraint("actor", "nonce"),
)

status_list = sa.Table(
    "status_list",
    metadata,
    sa.Column("number", _COUNT, primary_key=True, autoincrement=False),
    sa.Column("size", _COUNT, nullable=False),
    sa.Column("used", _COUNT, nullable=False),
    sa.Column("opened_at", _INSTANT, nullable=False),
    sa.CheckConstraint("size > 0 AND used >= 0 AND used <= size", name="room"),
)

status_entry = sa.Table(
    "status_entry",
    metadata,
    sa.Column("list", _COUNT, _to("status_list.number"), primary_key=True, autoincrement=False),
    sa.Column("index", _COUNT, primary_key=True, autoincrement=False),
    sa.Column("value", _COUNT, nullable=False),
    sa.Column("licence", _TEXT, unique=True),
    sa.Column("changed_at", _INSTANT, nullable=False),
    sa.CheckConstraint("value BETWEEN 0 AND 3", name="value"),
)
sa.Index("ix_status_entry_shown", status_entry.c.list, status_entry.c.value)

licence = sa.Table(
    "licence",
    metadata,
    sa.Column("id", _TEXT, primary_key=True),
    sa.Column("registration", _TEXT, _to("registration.id"), nullable=False, index=True),
    sa.Column("version", _COUNT, nullable=False),
    sa.Column("application", _TEXT, _to("application.id"), nullable=False),
    *of_a_token(),
    sa.CheckConstraint("state IN ('intended', 'active', 'retired', 'spoiled')", name="state"),
    sa.CheckConstraint("state IN ('intended', 'spoiled') OR token IS NOT NULL", name="released"),
)
_NOT_SPOILED = sa.text("state <> 'spoiled'")
sa.Index(
    "uq_licence_application",
    licence.c.application,
    unique=True,
    sqlite_where=_NOT_SPOILED,
    postgresql_where=_NOT_SPOILED,
)
sa.Index(
    "uq_licence_version",
    licence.c.registration,
    licence.c.version,
    unique=True,
    sqlite_where=_NOT_SPOILED,
    postgresql_where=_NOT_SPOILED,
)
sa.Index("uq_licence_active", licence.c.registration, unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE)

licence_copy = sa.Table(
    "licence_copy",
    metadata,
    sa.Column("id", _TEXT, primary_key=True),
    sa.Column("registration", _TEXT, _to("registration.id"), nullable=False),
    sa.Column("licence", _TEXT, _to("licence.id"), nullable=False, index=True),
    sa.Column("device", _TEXT, nullable=False),
    *of_a_token(),
    sa.CheckConstraint("state IN ('intended', 'active', 'retired')", name="state"),
    sa.CheckConstraint("state <> 'active' OR token IS NOT NULL", name="released"),
)
_LIVE_COPY = sa.text("state IN ('intended', 'active')")
sa.Index(
    "uq_licence_copy_live",
    licence_copy.c.registration,
    unique=True,
    sqlite_where=_LIVE_COPY,
    postgresql_where=_LIVE_COPY,
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", _INSTANT, primary_key=True, autoincrement=False),
    sa.Column("at", _INSTANT, nullable=False),
    sa.Column("tag", _TEXT, nullable=False, index=True),
    sa.Column("target", _TEXT, nullable=False, index=True),
    sa.Column("actor", _TEXT, index=True),
    sa.Column("key", _TEXT, index=True),
    sa.Column("act", _BYTES),
    sa.Column("proof", _BYTES),
    sa.Column("detail", _TEXT, nullable=False),
    sa.Column("note", _BYTES),
    sa.Column("prev", _BYTES, nullable=False, unique=True),
    sa.Column("hash", _BYTES, nullable=False, unique=True),
)

publication = sa.Table(
    "publication",
    metadata,
    sa.Column("kind", _TEXT, primary_key=True),
    sa.Column("number", _INSTANT, primary_key=True, autoincrement=False),
    sa.Column("iat", _INSTANT, primary_key=True, autoincrement=False),
    sa.Column("media", _TEXT, primary_key=True),
    sa.Column("exp", _INSTANT, nullable=False),
    sa.Column("sha256", _BYTES, nullable=False),
    sa.Column("token", _BYTES, nullable=False),
    sa.Column("state", _TEXT, nullable=False),
    sa.Column("made_at", _INSTANT, nullable=False),
    sa.CheckConstraint("kind IN ('status', 'trust')", name="kind"),
    sa.CheckConstraint("state IN ('recorded', 'published')", name="state"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
    sa.Column("list", _COUNT, nullable=False, index=True),
    sa.Column("at", _INSTANT, nullable=False),
)

publish_failure = sa.Table(
    "publish_failure",
    metadata,
    sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
    sa.Column("list", _COUNT),
    sa.Column("at", _INSTANT, nullable=False),
    sa.Column("code", _TEXT, nullable=False),
    sa.Column("over_at", _INSTANT),
)
