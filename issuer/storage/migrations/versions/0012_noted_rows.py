"""What an event changed in the register, as digests beside the event.

Revision 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("note", sa.LargeBinary(), nullable=True))
