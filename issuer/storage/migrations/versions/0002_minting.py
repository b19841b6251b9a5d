"""Licences, status lists, what was published, the audit trail, and the digests of acts.

Revision 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("act", sa.LargeBinary(), nullable=True),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("prev", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
        sa.UniqueConstraint("prev", name=op.f("uq_audit_prev")),
    )
    op.create_index(op.f("ix_audit_actor"), "audit", ["actor"], unique=False)
    op.create_index(op.f("ix_audit_tag"), "audit", ["tag"], unique=False)
    op.create_index(op.f("ix_audit_target"), "audit", ["target"], unique=False)
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("list", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_list"), "outbox", ["list"], unique=False)
    op.create_table(
        "publication",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("iat", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("exp", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('status', 'trust')", name=op.f("ck_publication_kind")),
        sa.CheckConstraint("state IN ('recorded', 'published')", name=op.f("ck_publication_state")),
        sa.PrimaryKeyConstraint("kind", "number", "iat", "media", name=op.f("pk_publication")),
    )
    op.create_table(
        "publish_failure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("list", sa.Integer(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("over_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publish_failure")),
    )
    op.create_table(
        "signed_act",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_signed_act")),
        sa.UniqueConstraint("actor", "nonce", name=op.f("uq_signed_act_actor_nonce")),
    )
    op.create_table(
        "status_list",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("size > 0 AND used >= 0 AND used <= size", name=op.f("ck_status_list_room")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_status_list")),
    )
    op.create_table(
        "status_entry",
        sa.Column("list", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("value BETWEEN 0 AND 3", name=op.f("ck_status_entry_value")),
        sa.ForeignKeyConstraint(
            ["list"], ["status_list.number"], name=op.f("fk_status_entry_list"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("list", "index", name=op.f("pk_status_entry")),
        sa.UniqueConstraint("licence", name=op.f("uq_status_entry_licence")),
    )
    op.create_index("ix_status_entry_shown", "status_entry", ["list", "value"], unique=False)
    op.create_table(
        "licence",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("list", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("tbs", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("intended_at", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('intended', 'active', 'retired', 'spoiled')", name=op.f("ck_licence_state")),
        sa.CheckConstraint("state IN ('intended', 'spoiled') OR token IS NOT NULL", name=op.f("ck_licence_released")),
        sa.ForeignKeyConstraint(
            ["application"],
            ["application.id"],
            name=op.f("fk_licence_application"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["list", "index"],
            ["status_entry.list", "status_entry.index"],
            name=op.f("fk_licence_list"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["registration"],
            ["registration.id"],
            name=op.f("fk_licence_registration"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence")),
        sa.UniqueConstraint("list", "index", name=op.f("uq_licence_list_index")),
    )
    op.create_index(op.f("ix_licence_registration"), "licence", ["registration"], unique=False)
    op.create_index(op.f("ix_licence_state"), "licence", ["state"], unique=False)
    op.create_index(
        "uq_licence_active",
        "licence",
        ["registration"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index(
        "uq_licence_application",
        "licence",
        ["application"],
        unique=True,
        sqlite_where=sa.text("state <> 'spoiled'"),
        postgresql_where=sa.text("state <> 'spoiled'"),
    )
    op.create_index(
        "uq_licence_version",
        "licence",
        ["registration", "version"],
        unique=True,
        sqlite_where=sa.text("state <> 'spoiled'"),
        postgresql_where=sa.text("state <> 'spoiled'"),
    )
