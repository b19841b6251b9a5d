"""Signed checkpoints of the log, what witnesses signed, and what was found against it. Nothing is changed or removed.

Revision 0013.
"""

import importlib

import sqlalchemy as sa
from alembic import op

forbid = importlib.import_module("issuer.storage.migrations.versions.0003_triggers").forbid

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "cosignature",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["origin", "size"],
            ["checkpoint.origin", "checkpoint.size"],
            name=op.f("fk_cosignature_origin"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("origin", "size", "witness", name=op.f("pk_cosignature")),
    )
    op.create_table(
        "log_alarm",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "witness", "code", name=op.f("pk_log_alarm")),
    )
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in ("checkpoint", "cosignature", "log_alarm"):
        forbid(table, "changed", "UPDATE", None, postgresql=postgresql)
        forbid(table, "removed", "DELETE", None, postgresql=postgresql)
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION elicense_forbid()"
            )
