"""What may never change or vanish, kept by the database itself, on both databases.

Revision 0003. The rules bind every program that writes here; who owns the database can drop them, which is why the
audit chain also has checkpoints elsewhere.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Nothing in these tables is changed or removed.
APPEND_ONLY = ("audit", "application_step", "registration_change", "key_change", "signed_act", "bar")

# Rows of these stay, their values may change within the rules below.
KEPT = (
    "account",
    "application",
    "counter",
    "electronic_key",
    "licence",
    "organisation",
    "publication",
    "registration",
    "status_entry",
    "status_list",
)

# Columns that keep what they were given.
FIXED = {
    "licence": ("id", "registration", "version", "application", "list", "index", "tbs", "kid", "intended_at"),
    "status_entry": ("list", "index", "licence"),
    "status_list": ("number", "size", "opened_at"),
    "publication": ("kind", "number", "iat", "media", "exp", "sha256", "token", "made_at"),
    "registration": ("id", "kind", "number", "holder"),
    "electronic_key": ("id", "account"),
}

# Changes that never happen: an ending is final, a counter does not fall, a token is set once, a licence goes
# intended -> active -> retired or intended -> spoiled, a new revision is one more.
NEVER = {
    "status_entry": {"final": "OLD.value = 1 AND NEW.value <> 1"},
    "status_list": {"falls": "NEW.used < OLD.used"},
    "counter": {"falls": "NEW.value < OLD.value"},
    "publication": {"back": "OLD.state = 'published' AND NEW.state <> 'published'"},
    "licence": {
        "token": "OLD.token IS NOT NULL AND NEW.token IS DISTINCT FROM OLD.token",
        "path": "NEW.state <> OLD.state AND NOT ((OLD.state = 'intended' AND NEW.state IN ('active', 'spoiled'))"
        " OR (OLD.state = 'active' AND NEW.state = 'retired'))",
    },
    **{
        table: {"revision": "NEW.revision <> OLD.revision + 1"}
        for table in ("account", "application", "electronic_key", "organisation", "registration")
    },
}


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE FUNCTION elicense_forbid() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'forbidden by %', TG_NAME; END $$"
        )
    for table in APPEND_ONLY:
        forbid(table, "changed", "UPDATE", None, postgresql=postgresql)
    for table in (*APPEND_ONLY, *KEPT):
        forbid(table, "removed", "DELETE", None, postgresql=postgresql)
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION elicense_forbid()"
            )
    for table, columns in FIXED.items():
        changed = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in columns)
        forbid(table, "fixed", "UPDATE", changed, postgresql=postgresql)
    for table, rules in NEVER.items():
        for name, condition in rules.items():
            forbid(table, name, "UPDATE", condition, postgresql=postgresql)


def forbid(table: str, name: str, act: str, condition: str | None, *, postgresql: bool) -> None:
    """Make one trigger that refuses an act on a row when the condition holds (None: always)."""
    when = f" WHEN ({condition})" if condition else ""
    does = "EXECUTE FUNCTION elicense_forbid()" if postgresql else "BEGIN SELECT RAISE(ABORT, 'forbidden'); END"
    op.execute(f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} FOR EACH ROW{when} {does}")
