"""Nothing: the tree over the trail is made from its rows (docs/decisions/0012) and has no table. The number is taken.

Revision 0008.
"""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
