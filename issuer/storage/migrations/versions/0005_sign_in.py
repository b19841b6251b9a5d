"""Security keys (where and by which id they were registered), the use of keys, sessions of the web pages.

Revision 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("origin", "credential", "aaguid"):
        op.add_column("electronic_key", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "key_use",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"], ["electronic_key.id"], name=op.f("fk_key_use_key"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_key_use")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_session_{column}"), initially="DEFERRED", deferrable=True
            )
            for column, target in (("account", "account.id"), ("key", "electronic_key.id"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    for column in ("account", "key"):
        op.create_index(op.f(f"ix_session_{column}"), "session", [column], unique=False)
