"""A client's statistics in one row, in place of one for each term."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statistics",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("passages", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("grams", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.name"]),
        sa.PrimaryKeyConstraint("client"),
    )
    op.drop_table("gram_counts")
    op.drop_table("terms")
    # What no analyser signed is counted again, from the texts, before it is used.
    op.execute("UPDATE clients SET analyser = ''")


def downgrade() -> None:
    op.create_table(
        "terms",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client", "term"),
    )
    op.create_table(
        "gram_counts",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("words", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.name"]),
        sa.PrimaryKeyConstraint("client"),
    )
    op.drop_table("statistics")
    op.execute("UPDATE clients SET analyser = ''")
