"""What keys do, alerts about them, and what was announced; signatures of a key are found in the trail.

Revision 0007.
"""

import importlib

import sqlalchemy as sa
from alembic import op

forbid = importlib.import_module("issuer.storage.migrations.versions.0003_triggers").forbid

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FIXED = ("id", "key", "organisation", "rule", "version", "blocking", "figures", "since", "at")


def upgrade() -> None:
    op.create_index(op.f("ix_audit_key"), "audit", ["key"], unique=False)
    op.create_table(
        "key_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        _foreign("key_event", "key", "electronic_key.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_event")),
    )
    op.create_index("ix_key_event_key_day", "key_event", ["key", "day"], unique=False)
    op.create_table(
        "key_alert",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'cleared', 'confirmed')", name=op.f("ck_key_alert_state")),
        sa.CheckConstraint("(state = 'open') = (closed_by IS NULL)", name=op.f("ck_key_alert_closed")),
        _foreign("key_alert", "key", "electronic_key.id"),
        _foreign("key_alert", "organisation", "organisation.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_alert")),
    )
    for column in ("key", "organisation", "state"):
        op.create_index(op.f(f"ix_key_alert_{column}"), "key_alert", [column], unique=False)
    op.create_index(
        "uq_key_alert_open",
        "key_alert",
        ["key", "rule"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "key_announcement",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("what IN ('hours', 'machine')", name=op.f("ck_key_announcement_what")),
        _foreign("key_announcement", "key", "electronic_key.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_announcement")),
    )
    op.create_index(op.f("ix_key_announcement_key"), "key_announcement", ["key"], unique=False)
    op.create_table(
        "content_mark",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "holder", name=op.f("pk_content_mark")),
    )
    _keep()


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [target], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True
    )


def _keep() -> None:
    """Nothing vanishes; events and announcements never change, an alert only comes to its end."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in ("key_event", "key_alert", "key_announcement", "content_mark"):
        forbid(table, "removed", "DELETE", None, postgresql=postgresql)
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION elicense_forbid()"
            )
    for table in ("key_event", "key_announcement", "content_mark"):
        forbid(table, "changed", "UPDATE", None, postgresql=postgresql)
    changed = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in _FIXED)
    forbid("key_alert", "fixed", "UPDATE", changed, postgresql=postgresql)
    forbid("key_alert", "ended", "UPDATE", "OLD.state <> 'open'", postgresql=postgresql)
