"""The register: organisations, accounts, keys, applications, registrations.

Revision 0001. What may never change or vanish is kept by the triggers of 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("trust_number", sa.Integer(), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent"], ["organisation.id"], name=op.f("fk_organisation_parent"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("number", name=op.f("uq_organisation_number")),
        sa.UniqueConstraint("trust_number", name=op.f("uq_organisation_trust_number")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.id"],
            name=op.f("fk_account_organisation"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    op.create_index(op.f("ix_account_identity"), "account", ["identity"], unique=False)
    op.create_index(op.f("ix_account_organisation"), "account", ["organisation"], unique=False)
    op.create_table(
        "registration",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("verify_by", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority"],
            ["organisation.id"],
            name=op.f("fk_registration_authority"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("kind", "holder", name=op.f("uq_registration_kind_holder")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_registration_kind_number")),
    )
    op.create_index(op.f("ix_registration_authority"), "registration", ["authority"], unique=False)
    op.create_index(op.f("ix_registration_holder"), "registration", ["holder"], unique=False)
    op.create_index(op.f("ix_registration_institution"), "registration", ["institution"], unique=False)
    op.create_index(op.f("ix_registration_name"), "registration", ["name"], unique=False)
    op.create_index(op.f("ix_registration_until"), "registration", ["until"], unique=False)
    op.create_index(op.f("ix_registration_valid_until"), "registration", ["valid_until"], unique=False)
    op.create_index(op.f("ix_registration_verify_by"), "registration", ["verify_by"], unique=False)
    op.create_table(
        "application",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("applicant", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("registration", sa.Text(), nullable=True),
        sa.Column("registration_revision", sa.Integer(), nullable=True),
        sa.Column("institution", sa.Text(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("pauses", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["applicant"], ["account.id"], name=op.f("fk_application_applicant"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["authority"],
            ["organisation.id"],
            name=op.f("fk_application_authority"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["institution"],
            ["organisation.id"],
            name=op.f("fk_application_institution"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["registration"],
            ["registration.id"],
            name=op.f("fk_application_registration"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    op.create_index(op.f("ix_application_applicant"), "application", ["applicant"], unique=False)
    op.create_index(op.f("ix_application_authority"), "application", ["authority"], unique=False)
    op.create_index(op.f("ix_application_due_on"), "application", ["due_on"], unique=False)
    op.create_index(op.f("ix_application_holder"), "application", ["holder"], unique=False)
    op.create_index(op.f("ix_application_institution"), "application", ["institution"], unique=False)
    op.create_index(op.f("ix_application_registration"), "application", ["registration"], unique=False)
    op.create_index(op.f("ix_application_stage"), "application", ["stage"], unique=False)
    op.create_index(
        "uq_application_open",
        "application",
        ["kind", "holder"],
        unique=True,
        sqlite_where=sa.text("stage NOT IN ('delivered', 'not_accepted', 'refused', 'withdrawn')"),
        postgresql_where=sa.text("stage NOT IN ('delivered', 'not_accepted', 'refused', 'withdrawn')"),
    )
    op.create_table(
        "bar",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("registration", sa.Text(), nullable=True),
        sa.Column("act", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration"],
            ["registration.id"],
            name=op.f("fk_bar_registration"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bar")),
    )
    op.create_index(op.f("ix_bar_holder"), "bar", ["holder"], unique=False)
    op.create_table(
        "electronic_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("kid", sa.Text(), nullable=True),
        sa.Column("jwk", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"], ["account.id"], name=op.f("fk_electronic_key_account"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.id"],
            name=op.f("fk_electronic_key_organisation"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_electronic_key")),
        sa.UniqueConstraint("kid", name=op.f("uq_electronic_key_kid")),
    )
    op.create_index(op.f("ix_electronic_key_account"), "electronic_key", ["account"], unique=False)
    op.create_index(
        "uq_electronic_key_active",
        "electronic_key",
        ["account"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "application_step",
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("act", sa.LargeBinary(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application"],
            ["application.id"],
            name=op.f("fk_application_step_application"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("application", "number", name=op.f("pk_application_step")),
    )
    op.create_table(
        "key_change",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"], ["electronic_key.id"], name=op.f("fk_key_change_key"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("key", "number", name=op.f("pk_key_change")),
    )
    op.create_table(
        "registration_change",
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("application", sa.Text(), nullable=True),
        sa.Column("act", sa.LargeBinary(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application"],
            ["application.id"],
            name=op.f("fk_registration_change_application"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["registration"],
            ["registration.id"],
            name=op.f("fk_registration_change_registration"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("registration", "revision", name=op.f("pk_registration_change")),
    )
    op.create_index(op.f("ix_registration_change_application"), "registration_change", ["application"], unique=False)
