"""Copies of licences for the devices of their holders, with the rules that the database itself keeps.

Revision 0004.
"""

import importlib

import sqlalchemy as sa
from alembic import op

forbid = importlib.import_module("issuer.storage.migrations.versions.0003_triggers").forbid

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FIXED = ("id", "registration", "licence", "device", "list", "index", "tbs", "kid", "intended_at")
_LIVE = sa.text("state IN ('intended', 'active')")


def upgrade() -> None:
    op.create_table(
        "licence_copy",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("list", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("tbs", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("intended_at", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('intended', 'active', 'retired')", name=op.f("ck_licence_copy_state")),
        sa.CheckConstraint("state <> 'active' OR token IS NOT NULL", name=op.f("ck_licence_copy_released")),
        *(
            sa.ForeignKeyConstraint(
                columns, targets, name=op.f(f"fk_licence_copy_{columns[0]}"), initially="DEFERRED", deferrable=True
            )
            for columns, targets in (
                (["registration"], ["registration.id"]),
                (["licence"], ["licence.id"]),
                (["list", "index"], ["status_entry.list", "status_entry.index"]),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_copy")),
        sa.UniqueConstraint("list", "index", name=op.f("uq_licence_copy_list_index")),
    )
    op.create_index(op.f("ix_licence_copy_licence"), "licence_copy", ["licence"], unique=False)
    op.create_index(op.f("ix_licence_copy_state"), "licence_copy", ["state"], unique=False)
    op.create_index(
        "uq_licence_copy_live",
        "licence_copy",
        ["registration"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    postgresql = op.get_bind().dialect.name == "postgresql"
    forbid("licence_copy", "removed", "DELETE", None, postgresql=postgresql)
    if postgresql:
        op.execute(
            "CREATE TRIGGER licence_copy_emptied BEFORE TRUNCATE ON licence_copy "
            "FOR EACH STATEMENT EXECUTE FUNCTION elicense_forbid()"
        )
    changed = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in _FIXED)
    token = "OLD.token IS NOT NULL AND NEW.token IS DISTINCT FROM OLD.token"  # noqa: S105 - a condition in SQL
    path = (
        "NEW.state <> OLD.state AND NOT ((OLD.state = 'intended' AND NEW.state IN ('active', 'retired'))"
        " OR (OLD.state = 'active' AND NEW.state = 'retired'))"
    )
    for name, condition in (("fixed", changed), ("token", token), ("path", path)):
        forbid("licence_copy", name, "UPDATE", condition, postgresql=postgresql)
