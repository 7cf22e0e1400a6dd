"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "effects",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("bound_to", sa.String(length=160), nullable=False),
        sa.Column("planned_at", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("effects_of_run", "effects", ["run"], unique=False)
    op.create_table(
        "terms",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client", "term"),
    )
    op.create_table(
        "lessons",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("graph", sa.String(length=64), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("learned_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["client"],
            ["clients.name"],
        ),
        sa.PrimaryKeyConstraint("client", "id"),
    )
    op.create_index("lessons_by_graph", "lessons", ["client", "graph", "learned_at"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("graph", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["client"],
            ["clients.name"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("runs_by_client", "runs", ["client", "created_at"], unique=False)
    op.create_table(
        "sources",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("locators", sa.JSON(), nullable=False),
        sa.Column("ingested_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["client"],
            ["clients.name"],
        ),
        sa.PrimaryKeyConstraint("client", "id"),
    )
    op.create_index("sources_by_kind", "sources", ["client", "kind", "date"], unique=False)
    op.create_index("sources_by_path", "sources", ["client", "path"], unique=True)
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=160), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("graph", sa.String(length=64), nullable=False),
        sa.Column("gate", sa.String(length=64), nullable=False),
        sa.Column("interrupt", sa.String(length=64), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.String(length=32), nullable=True),
        sa.Column("decision", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("approvals_of_interrupt", "approvals", ["run", "interrupt"], unique=True)
    op.create_index("approvals_open", "approvals", ["decided_by", "asked_at"], unique=False)
    op.create_table(
        "passages",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client", "source"],
            ["sources.client", "sources.id"],
        ),
        sa.PrimaryKeyConstraint("client", "id"),
    )
    op.create_index("passages_by_source", "passages", ["client", "source", "start"], unique=False)
    op.create_table(
        "run_events",
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.id"],
        ),
        sa.PrimaryKeyConstraint("run", "seq"),
    )


def downgrade() -> None:
    op.drop_table("run_events")
    op.drop_table("passages")
    op.drop_table("approvals")
    op.drop_table("sources")
    op.drop_table("runs")
    op.drop_table("lessons")
    op.drop_table("terms")
    op.drop_table("effects")
    op.drop_table("clients")
