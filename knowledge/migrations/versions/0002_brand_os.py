"""The Brand OS: records, facts and their sources; sketches, conversations, tombstones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tombstones",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("forgotten_at", sa.String(length=32), nullable=False),
        sa.Column("certificate", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("tombstones_by_scope", "tombstones", ["scope", "kind"], unique=False)
    op.create_table(
        "containers",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client"],
            ["clients.name"],
        ),
        sa.PrimaryKeyConstraint("client", "path"),
    )
    op.create_table(
        "entities",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["client"],
            ["clients.name"],
        ),
        sa.PrimaryKeyConstraint("client", "id"),
    )
    op.create_table(
        "gram_counts",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("words", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client"],
            ["clients.name"],
        ),
        sa.PrimaryKeyConstraint("client"),
    )
    op.create_table(
        "records",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=True),
        sa.Column("valid_to", sa.String(length=10), nullable=True),
        sa.Column("known_from", sa.String(length=32), nullable=True),
        sa.Column("known_to", sa.String(length=32), nullable=True),
        sa.Column("supersedes", sa.String(length=32), nullable=True),
        sa.Column("superseded_by", sa.String(length=32), nullable=True),
        sa.Column("cited", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client"],
            ["clients.name"],
        ),
        sa.PrimaryKeyConstraint("client", "id"),
    )
    op.create_index("records_by_kind", "records", ["client", "status", "kind", "key"], unique=False)
    op.create_index(
        "records_by_author", "records", ["client", "author", "status", "kind"], unique=False
    )
    op.create_index("records_by_supersedes", "records", ["client", "supersedes"], unique=False)
    op.create_table(
        "aliases",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("entity", sa.String(length=32), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client", "entity"],
            ["entities.client", "entities.id"],
        ),
        sa.PrimaryKeyConstraint("client", "alias"),
    )
    op.create_index("aliases_by_entity", "aliases", ["client", "entity"], unique=False)
    op.create_table(
        "citations",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("start", sa.Integer(), nullable=True),
        sa.Column("end", sa.Integer(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client", "source"],
            ["sources.client", "sources.id"],
        ),
        sa.PrimaryKeyConstraint("client", "owner", "place"),
    )
    op.create_index("citations_by_source", "citations", ["client", "source"], unique=False)
    op.create_table(
        "removed_citations",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.name"]),
        sa.PrimaryKeyConstraint("client", "owner", "source", "field"),
    )
    op.create_index(
        "removed_citations_by_source", "removed_citations", ["client", "source"], unique=False
    )
    op.create_table(
        "facts",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("attribute", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("object", sa.String(length=32), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=True),
        sa.Column("valid_to", sa.String(length=10), nullable=True),
        sa.Column("known_from", sa.String(length=32), nullable=True),
        sa.Column("known_to", sa.String(length=32), nullable=True),
        sa.Column("supersedes", sa.String(length=32), nullable=True),
        sa.Column("record", sa.String(length=32), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client", "object"],
            ["entities.client", "entities.id"],
        ),
        sa.ForeignKeyConstraint(
            ["client", "subject"],
            ["entities.client", "entities.id"],
        ),
        sa.PrimaryKeyConstraint("client", "id"),
    )
    op.create_table(
        "extractions",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("extracted_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["client", "source"],
            ["sources.client", "sources.id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client", "source", "author"),
    )
    op.create_table(
        "fillings",
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("filler", sa.String(length=64), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client", "source"],
            ["sources.client", "sources.id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client", "source"),
    )
    op.create_index("facts_by_object", "facts", ["client", "object"], unique=False)
    op.create_index("facts_by_record", "facts", ["client", "record"], unique=False)
    op.create_index("facts_by_subject", "facts", ["client", "subject", "attribute"], unique=False)
    op.add_column(
        "clients", sa.Column("analyser", sa.String(length=64), nullable=False, server_default="")
    )
    op.add_column("clients", sa.Column("retrieval", sa.JSON(), nullable=True))
    op.add_column("passages", sa.Column("sketch", sa.LargeBinary(), nullable=True))
    op.add_column(
        "passages",
        sa.Column("recorded_at", sa.String(length=32), nullable=False, server_default=""),
    )
    op.execute(
        "UPDATE passages SET recorded_at = (SELECT ingested_at FROM sources"
        " WHERE sources.client = passages.client AND sources.id = passages.source)"
    )
    op.add_column("passages", sa.Column("sequence", sa.String(length=64), nullable=True))
    op.add_column("passages", sa.Column("position", sa.BigInteger(), nullable=True))
    op.create_index(
        "passages_by_position", "passages", ["client", "sequence", "position"], unique=False
    )
    op.add_column("sources", sa.Column("author", sa.Text(), nullable=True))
    op.add_column("sources", sa.Column("channel", sa.String(length=64), nullable=True))
    op.add_column("sources", sa.Column("thread", sa.String(length=64), nullable=True))
    op.add_column("sources", sa.Column("place", sa.BigInteger(), nullable=True))
    op.add_column("sources", sa.Column("container", sa.Text(), nullable=True))
    op.add_column("sources", sa.Column("meta", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:

    op.drop_column("sources", "meta")
    op.drop_column("sources", "container")
    op.drop_column("sources", "place")
    op.drop_column("sources", "thread")
    op.drop_column("sources", "channel")
    op.drop_column("sources", "author")
    op.drop_index("passages_by_position", table_name="passages")
    op.drop_column("passages", "position")
    op.drop_column("passages", "sequence")
    op.drop_column("passages", "recorded_at")
    op.drop_column("passages", "sketch")
    op.drop_column("clients", "retrieval")
    op.drop_column("clients", "analyser")
    op.drop_index("facts_by_subject", table_name="facts")
    op.drop_index("facts_by_record", table_name="facts")
    op.drop_index("facts_by_object", table_name="facts")
    op.drop_table("facts")
    op.drop_table("fillings")
    op.drop_table("extractions")
    op.drop_index("citations_by_source", table_name="citations")
    op.drop_index("removed_citations_by_source", table_name="removed_citations")
    op.drop_table("removed_citations")
    op.drop_table("citations")
    op.drop_index("aliases_by_entity", table_name="aliases")
    op.drop_table("aliases")
    op.drop_index("records_by_supersedes", table_name="records")
    op.drop_index("records_by_author", table_name="records")
    op.drop_index("records_by_kind", table_name="records")
    op.drop_table("records")
    op.drop_table("gram_counts")
    op.drop_table("entities")
    op.drop_table("containers")
    op.drop_index("tombstones_by_scope", table_name="tombstones")
    op.drop_table("tombstones")
