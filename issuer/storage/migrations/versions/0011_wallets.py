"""Offers and copies of licences for wallets, with the rules that the database itself keeps.

Revision 0011.
"""

import importlib

import sqlalchemy as sa
from alembic import op

forbid = importlib.import_module("issuer.storage.migrations.versions.0003_triggers").forbid

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")
_FIXED = {
    "wallet_offer": ("id", "registration", "account", "code", "reference", "created_at", "expires_at"),
    "wallet_copy": (
        "id", "offer", "registration", "licence", "place", "device", "disclosures", "list", "index", "tbs", "kid",
        "intended_at",
    ),
}  # fmt: skip
_NEVER = {
    "wallet_offer": {
        "tries": "NEW.tries < OLD.tries",
        "token": "OLD.token IS NOT NULL AND NEW.token IS DISTINCT FROM OLD.token",
        "path": "NEW.state <> OLD.state AND NOT ("
        "(OLD.state = 'open' AND NEW.state IN ('redeemed', 'closed'))"
        " OR (OLD.state = 'redeemed' AND NEW.state IN ('requested', 'closed'))"
        " OR (OLD.state = 'requested' AND NEW.state IN ('issued', 'closed')))",
    },
    "wallet_copy": {
        "token": "OLD.token IS NOT NULL AND NEW.token IS DISTINCT FROM OLD.token",
        "path": "NEW.state <> OLD.state AND NOT ((OLD.state = 'intended' AND NEW.state IN ('active', 'retired'))"
        " OR (OLD.state = 'active' AND NEW.state = 'retired'))",
    },
}


def upgrade() -> None:
    op.create_table(
        "wallet_offer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("redeemed_at", sa.BigInteger(), nullable=True),
        sa.Column("devices", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=True),
        sa.Column("fetched_at", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'redeemed', 'requested', 'issued', 'closed')", name=op.f("ck_wallet_offer_state")
        ),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_wallet_offer_tries")),
        sa.CheckConstraint(
            "state NOT IN ('redeemed', 'requested', 'issued') OR token IS NOT NULL", name=op.f("ck_wallet_offer_token")
        ),
        *_references("wallet_offer", (["registration"], ["registration.id"]), (["account"], ["account.id"])),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_offer")),
        *(
            sa.UniqueConstraint(column, name=op.f(f"uq_wallet_offer_{column}"))
            for column in ("code", "reference", "token")
        ),
    )
    op.create_table(
        "wallet_copy",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("disclosures", sa.Text(), nullable=False),
        sa.Column("list", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("tbs", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("intended_at", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('intended', 'active', 'retired')", name=op.f("ck_wallet_copy_state")),
        sa.CheckConstraint("state <> 'active' OR token IS NOT NULL", name=op.f("ck_wallet_copy_released")),
        *_references(
            "wallet_copy",
            (["offer"], ["wallet_offer.id"]),
            (["registration"], ["registration.id"]),
            (["licence"], ["licence.id"]),
            (["list", "index"], ["status_entry.list", "status_entry.index"]),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_copy")),
        sa.UniqueConstraint("list", "index", name=op.f("uq_wallet_copy_list_index")),
    )
    op.create_table(
        "wallet_nonce",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_nonce")),
    )
    for table, columns in (
        ("wallet_offer", ("registration", "state")),
        ("wallet_copy", ("offer", "registration", "state")),
        ("wallet_nonce", ("used_at",)),
    ):
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    op.create_index(
        "uq_wallet_offer_open",
        "wallet_offer",
        ["registration"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    _keep()


def _references(table: str, *found: tuple[list[str], list[str]]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            columns, targets, name=op.f(f"fk_{table}_{columns[0]}"), initially="DEFERRED", deferrable=True
        )
        for columns, targets in found
    ]


def _keep() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table, columns in _FIXED.items():
        forbid(table, "removed", "DELETE", None, postgresql=postgresql)
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION elicense_forbid()"
            )
        changed = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in columns)
        forbid(table, "fixed", "UPDATE", changed, postgresql=postgresql)
        for name, condition in _NEVER[table].items():
            forbid(table, name, "UPDATE", condition, postgresql=postgresql)
