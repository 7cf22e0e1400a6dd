"""The tables of the workspace's database as they are now; `migrations/` has their history."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

clients = Table(
    "clients",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("language", String(2), nullable=False),
    Column("created_at", String(32), nullable=False),
    # Grows with every change of the client's passages; an index made at another revision is stale.
    Column("revision", BigInteger, nullable=False, default=0),
)

sources = Table(
    "sources",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("path", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("title", Text, nullable=False),
    Column("date", String(10)),
    Column("language", String(2)),
    Column("sha256", String(64), nullable=False),
    # The real path it was read from, in bytes: not every path of a file is text.
    Column("origin", LargeBinary, nullable=False),
    Column("text", Text, nullable=False),
    Column("locators", JSON, nullable=False),
    Column("ingested_at", String(32), nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
    Index("sources_by_path", "client", "path", unique=True),
    Index("sources_by_kind", "client", "kind", "date"),
)

passages = Table(
    "passages",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("id", BigInteger, primary_key=True),
    Column("source", String(32), nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("heading", Text, nullable=False),
    ForeignKeyConstraint(["client", "source"], ["sources.client", "sources.id"]),
    Index("passages_by_source", "client", "source", "start"),
)

# How many of a client's passages hold a term. Kept here, per client, because the engine's own
# document frequencies count deleted points until it is reloaded (measured: idf 2.26 for 2.83).
# Under EVERY stands how many passages there are: counting them took longer than the search.
EVERY = -1
terms = Table(
    "terms",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("term", BigInteger, primary_key=True),
    Column("passages", Integer, nullable=False),
)

lessons = Table(
    "lessons",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("graph", String(64), nullable=False),
    Column("run", String(64), nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("learned_at", String(32), nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
    Index("lessons_by_graph", "client", "graph", "learned_at"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("client", String(64), nullable=False),
    Column("graph", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("request", JSON, nullable=False),
    Column("model", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("outcome", String(32)),
    Column("reason", Text),
    Column("submitted_by", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
    Index("runs_by_client", "client", "created_at"),
)

# Append-only: what happened in a run, in order, so that any face can show it and catch up.
run_events = Table(
    "run_events",
    metadata,
    Column("run", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("node", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    ForeignKeyConstraint(["run"], ["runs.id"]),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("run", String(64), nullable=False),
    Column("client", String(64), nullable=False),
    Column("graph", String(64), nullable=False),
    Column("gate", String(64), nullable=False),
    Column("interrupt", String(64), nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("request", JSON, nullable=False),
    Column("asked_at", String(32), nullable=False),
    Column("expires_at", String(32)),
    Column("assignee", Text),
    Column("decided_by", Text),
    Column("decided_at", String(32)),
    Column("decision", JSON),
    ForeignKeyConstraint(["run"], ["runs.id"]),
    Index("approvals_of_interrupt", "run", "interrupt", unique=True),
    Index("approvals_open", "decided_by", "asked_at"),
)

effects = Table(
    "effects",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("client", String(64), nullable=False),
    Column("run", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("bound_to", String(160), nullable=False),
    Column("planned_at", String(32), nullable=False),
    Column("made_at", String(32)),
    Column("result", JSON),
    Index("effects_of_run", "run"),
)
