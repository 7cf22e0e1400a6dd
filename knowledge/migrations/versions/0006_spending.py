"""What a call of a model cost, to the billionth; what may be spent, exactly; providers' paces."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing was written to either before.
    op.drop_table("spending")
    op.drop_table("budgets")
    op.create_table(
        "spending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("graph", sa.String(length=64), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("until", sa.String(length=32), nullable=True),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("spending_of_run", "spending", ["run"], unique=False)
    op.create_index("spending_of_client", "spending", ["client", "at"], unique=False)
    op.create_table(
        "budgets",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("of", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("most", sa.String(length=32), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.name"]),
        sa.PrimaryKeyConstraint("client", "period", "of", "unit"),
    )
    op.create_table(
        "paces",
        sa.Column("provider", sa.String(length=255), nullable=False),
        sa.Column("requests_at", sa.Float(), nullable=False),
        sa.Column("tokens_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("provider"),
    )


def downgrade() -> None:
    op.drop_table("paces")
    with op.batch_alter_table("budgets") as changed:
        changed.alter_column(
            "most", type_=sa.Float(), existing_nullable=False, postgresql_using="most::float"
        )
    with op.batch_alter_table("spending") as changed:
        for column in ("state", "until", "currency"):
            changed.drop_column(column)
        changed.alter_column("cost", type_=sa.Float(), existing_nullable=True)
