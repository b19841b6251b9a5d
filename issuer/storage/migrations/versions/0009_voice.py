"""Appeals about cases, ratings of them, and boards of institutions.

Revision 0009.
"""

import importlib

import sqlalchemy as sa
from alembic import op

forbid = importlib.import_module("issuer.storage.migrations.versions.0003_triggers").forbid

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_FIXED = ("id", "number", "application", "authority", "topic", "text", "filed_by", "filed_at", "due_on")


def upgrade() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("(answered_by IS NULL) = (answered_at IS NULL)", name=op.f("ck_appeal_answered")),
        *_references("appeal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("number", name=op.f("uq_appeal_number")),
    )
    op.create_table(
        "rating",
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rated_by", sa.Text(), nullable=False),
        sa.Column("rated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_rating_stars")),
        *_references("rating"),
        sa.PrimaryKeyConstraint("application", name=op.f("pk_rating")),
    )
    op.create_table(
        "board",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["organisation.id"], name=op.f("fk_board_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board")),
    )
    for table, column in (("appeal", "application"), ("appeal", "authority"), ("rating", "authority")):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in ("appeal", "rating"):
        forbid(table, "removed", "DELETE", None, postgresql=postgresql)
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION elicense_forbid()"
            )
    changed = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in _FIXED)
    forbid("appeal", "fixed", "UPDATE", changed, postgresql=postgresql)
    forbid("appeal", "ended", "UPDATE", "OLD.answered_by IS NOT NULL", postgresql=postgresql)
    forbid("rating", "fixed", "UPDATE", None, postgresql=postgresql)


def _references(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], [target], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True
        )
        for column, target in (("application", "application.id"), ("authority", "organisation.id"))
    ]
