"""Proposals about registrations: from inspections, and reports of institutions that a physician left.

Revision 0006.
"""

import importlib

import sqlalchemy as sa
from alembic import op

forbid = importlib.import_module("issuer.storage.migrations.versions.0003_triggers").forbid

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FIXED = ("id", "registration", "source", "action", "grounds", "evidence", "happened_on", "filed_by", "filed_at")


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'taken', 'dismissed')", name=op.f("ck_proposal_state")),
        sa.CheckConstraint("(state = 'open') = (closed_by IS NULL)", name=op.f("ck_proposal_closed")),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_proposal_{column}"), initially="DEFERRED", deferrable=True
            )
            for column, target in (("registration", "registration.id"), ("authority", "organisation.id"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    for column in ("registration", "authority", "state"):
        op.create_index(op.f(f"ix_proposal_{column}"), "proposal", [column], unique=False)
    postgresql = op.get_bind().dialect.name == "postgresql"
    forbid("proposal", "removed", "DELETE", None, postgresql=postgresql)
    if postgresql:
        op.execute(
            "CREATE TRIGGER proposal_emptied BEFORE TRUNCATE ON proposal "
            "FOR EACH STATEMENT EXECUTE FUNCTION elicense_forbid()"
        )
    changed = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in _FIXED)
    forbid("proposal", "fixed", "UPDATE", changed, postgresql=postgresql)
    forbid("proposal", "ended", "UPDATE", "OLD.state <> 'open'", postgresql=postgresql)
