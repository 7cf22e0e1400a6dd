"""Runs in a queue and in batches, schedules, workers, effects that wait, and what was spent."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _of_runs() -> list[sa.Column[Any]]:
    return [
        sa.Column("key", sa.String(length=128), nullable=True),
        sa.Column("batch", sa.String(length=64), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("deadline_at", sa.String(length=32), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False, server_default="0"),
    ]


def _of_effects() -> list[sa.Column[Any]]:
    return [
        sa.Column("adapter", sa.String(length=16), nullable=False, server_default="file"),
        sa.Column("target", sa.Text(), nullable=False, server_default=""),
        sa.Column("payload", sa.JSON(), nullable=True),
        sa.Column("due_at", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("claimed_until", sa.String(length=32), nullable=True),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
    ]


def upgrade() -> None:
    for column in _of_runs():
        op.add_column("runs", column)
    op.create_index("runs_by_key", "runs", ["client", "key"], unique=True)
    op.create_index("runs_by_status", "runs", ["status", "updated_at"], unique=False)
    op.create_index("runs_of_batch", "runs", ["batch", "status"], unique=False)
    for column in _of_effects():
        op.add_column("effects", column)
    op.create_index("effects_due", "effects", ["made_at", "due_at"], unique=False)
    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("graph", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.name"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("batches_by_key", "batches", ["client", "key"], unique=True)
    op.create_table(
        "schedules",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("graph", sa.String(length=64), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("cron", sa.String(length=128), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("next_at", sa.String(length=32), nullable=True),
        sa.Column("last_run", sa.String(length=64), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.name"]),
        sa.PrimaryKeyConstraint("client", "name"),
    )
    op.create_index("schedules_due", "schedules", ["next_at"], unique=False)
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=False),
        sa.Column("beat_at", sa.String(length=32), nullable=False),
        sa.Column("moved_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("workers_by_kind", "workers", ["kind", "beat_at"], unique=False)
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
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=True),
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
        sa.Column("most", sa.Float(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.name"]),
        sa.PrimaryKeyConstraint("client", "period", "of", "unit"),
    )


def downgrade() -> None:
    for table in ("budgets", "spending", "workers", "schedules", "batches"):
        op.drop_table(table)
    op.drop_index("effects_due", table_name="effects")
    with op.batch_alter_table("effects") as changed:
        for column in _of_effects():
            changed.drop_column(column.name)
    for index in ("runs_of_batch", "runs_by_status", "runs_by_key"):
        op.drop_index(index, table_name="runs")
    with op.batch_alter_table("runs") as changed:
        for column in _of_runs():
            changed.drop_column(column.name)
