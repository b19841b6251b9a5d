"""Papers of cases, sealed; what was handed in stays as it is.

Revision 0010.
"""

import importlib

import sqlalchemy as sa
from alembic import op

forbid = importlib.import_module("issuer.storage.migrations.versions.0003_triggers").forbid

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FIXED = ("id", "application", "code", "media", "size", "sha256", "added_by", "added_at", "key", "sealed")


def upgrade() -> None:
    op.create_table(
        "paper",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("fixed_at", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application"],
            ["application.id"],
            name=op.f("fk_paper_application"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    op.create_index(op.f("ix_paper_application"), "paper", ["application"], unique=False)
    postgresql = op.get_bind().dialect.name == "postgresql"
    changed = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in _FIXED)
    forbid("paper", "fixed", "UPDATE", changed, postgresql=postgresql)
    forbid("paper", "ended", "UPDATE", "OLD.fixed_at IS NOT NULL", postgresql=postgresql)
    forbid("paper", "removed", "DELETE", "OLD.fixed_at IS NOT NULL", postgresql=postgresql)
    if postgresql:
        op.execute(
            "CREATE TRIGGER paper_emptied BEFORE TRUNCATE ON paper "
            "FOR EACH STATEMENT EXECUTE FUNCTION elicense_forbid()"
        )
