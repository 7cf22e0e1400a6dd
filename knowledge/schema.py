"""The tables of the workspace's database as they are now; `migrations/` has their history."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
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
    # What made the client's terms and sketches; those of another analyser are made again.
    Column("analyser", String(64), nullable=False, server_default=text("''")),
    # How the client is searched, where it was tuned on its own questions.
    Column("retrieval", JSON),
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
    Column("author", Text),
    Column("channel", String(64)),
    # The conversation it belongs to, such as a mail thread.
    Column("thread", String(64)),
    # Its order there: greater is later; gaps do not matter.
    Column("place", BigInteger),
    # The path of the file it came out of: an archive, a mailbox, a mail.
    Column("container", Text),
    Column("meta", JSON, nullable=False, default=dict, server_default="{}"),
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
    # What rescoring needs of it: hashed words and character n-grams, in order.
    Column("sketch", LargeBinary),
    # When these words were first recorded: an edit elsewhere in the source leaves it.
    Column("recorded_at", String(32), nullable=False, server_default=text("''")),
    # A place in a conversation, without gaps: neighbours in one sequence are read together.
    Column("sequence", String(64)),
    Column("position", BigInteger),
    ForeignKeyConstraint(["client", "source"], ["sources.client", "sources.id"]),
    Index("passages_by_source", "client", "source", "start"),
    Index("passages_by_position", "client", "sequence", "position"),
)

# Files that hold others (archives, mailboxes): the hash of the whole tells that nothing changed.
containers = Table(
    "containers",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("origin", LargeBinary, nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
)

# What a client's passages have in common: how many there are, their words, how many hold each term
# (the terms, rising, then the counts) and each character n-gram (by bucket). One row: to change a
# row for each term was a fifth of an ingest.
statistics = Table(
    "statistics",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("passages", BigInteger, nullable=False),
    Column("words", BigInteger, nullable=False),
    Column("terms", LargeBinary, nullable=False),
    Column("grams", LargeBinary, nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
)

# --- the Brand OS --------------------------------------------------------------------------------
# Time is told on two axes. `valid_from`/`valid_to` are dates: when it held in the world, from the
# first up to but not including the second, open where null. `known_from`/`known_to` are instants of
# the database's clock: from when up to when the ledger said so. A row is never changed but to end
# its `known_to`: what was known at any moment can be told for ever.

# Typed records: the kinds and their forms are in `brandos/forms.py`.
records = Table(
    "records",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    # What the record is about, folded: two active records of one kind and key contradict.
    Column("key", Text, nullable=False),
    Column("status", String(16), nullable=False),  # proposed, active, superseded, rejected
    Column("data", JSON, nullable=False),
    Column("valid_from", String(10)),
    Column("valid_to", String(10)),
    Column("known_from", String(32)),  # null until it is active
    Column("known_to", String(32)),
    Column("supersedes", String(32)),
    # The version after it: one record may take the place of several.
    Column("superseded_by", String(32)),
    # How many citations it was written with: without any left, it has lost its ground.
    Column("cited", Integer, nullable=False, default=0),
    Column("author", Text, nullable=False),
    Column("proposed_at", String(32), nullable=False),
    Column("decided_by", Text),
    Column("decided_at", String(32)),
    Column("reason", Text),
    # Who took back at `known_to` what had been known, and why.
    Column("ended_by", Text),
    Column("end_reason", Text),
    ForeignKeyConstraint(["client"], ["clients.name"]),
    Index("records_by_kind", "client", "status", "kind", "key"),
    # What a source said, when it is filled again, and what took the place of that.
    Index("records_by_author", "client", "author", "status", "kind"),
    Index("records_by_supersedes", "client", "supersedes"),
)

entities = Table(
    "entities",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("created_at", String(32), nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
)

# Every name of an entity, its own included, folded: one name means one entity of a client.
aliases = Table(
    "aliases",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("alias", Text, primary_key=True),
    Column("entity", String(32), nullable=False),
    Column("written", Text, nullable=False),
    ForeignKeyConstraint(["client", "entity"], ["entities.client", "entities.id"]),
    Index("aliases_by_entity", "client", "entity"),
)

facts = Table(
    "facts",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("subject", String(32), nullable=False),
    Column("attribute", String(64), nullable=False),
    Column("value", Text),  # either a value
    Column("object", String(32)),  # or an entity
    # proposed, active, accepted, rejected; and rows that say what became of others or how an entity
    # is called, which are never given as facts: alias, retracted, replaced
    Column("status", String(16), nullable=False),
    Column("valid_from", String(10)),
    Column("valid_to", String(10)),
    Column("known_from", String(32)),  # null until it is active
    Column("known_to", String(32)),
    Column("supersedes", String(32)),
    Column("record", String(32)),  # the record it says something of, if one
    Column("author", Text, nullable=False),
    ForeignKeyConstraint(["client", "subject"], ["entities.client", "entities.id"]),
    ForeignKeyConstraint(["client", "object"], ["entities.client", "entities.id"]),
    Index("facts_by_subject", "client", "subject", "attribute"),
    Index("facts_by_object", "client", "object"),
    Index("facts_by_record", "client", "record"),
)

# What a record or a fact rests on: `text(source)[start:end] == quote`. Where a source was changed
# and no longer has the quote, start and end are null, and a person is told.
citations = Table(
    "citations",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("owner", String(32), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("field", Text, nullable=False),  # a JSON pointer into the record; empty: all of it
    Column("source", String(32), nullable=False),
    Column("start", Integer),
    Column("end", Integer),
    Column("quote", Text, nullable=False),
    ForeignKeyConstraint(["client", "source"], ["sources.client", "sources.id"]),
    Index("citations_by_source", "client", "source"),
)

# What a record or a fact rested on before the source was removed, without a word of it: what is
# forgotten later is known by it. A row goes where its owner or its source is forgotten.
removed_citations = Table(
    "removed_citations",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("owner", String(32), primary_key=True),
    Column("source", String(32), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
    Index("removed_citations_by_source", "client", "source"),
)

# How far a source was read for records, and by what: read again where it or the reader changed.
extractions = Table(
    "extractions",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("source", String(32), primary_key=True),
    Column("author", String(64), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("reached", Integer, nullable=False),
    Column("extracted_at", String(32), nullable=False),
    ForeignKeyConstraint(
        ["client", "source"], ["sources.client", "sources.id"], ondelete="CASCADE"
    ),
)

# Sources whose records were filled, and by which way of filling: a row goes when its source is
# written again. A source with something that could not be read has none, so that it is told again.
fillings = Table(
    "fillings",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("source", String(32), primary_key=True),
    Column("filler", String(64), nullable=False),
    Column("records", Integer, nullable=False),  # how many it says
    ForeignKeyConstraint(
        ["client", "source"], ["sources.client", "sources.id"], ondelete="CASCADE"
    ),
)

# What was forgotten, as keyed hashes only, so that it is not taken in again.
tombstones = Table(
    "tombstones",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),  # source, person, client
    Column("scope", String(64), nullable=False),  # the keyed hash of the client's name
    Column("words", Integer, nullable=False),  # of a person's name: how many words to hash
    Column("forgotten_at", String(32), nullable=False),
    Column("certificate", String(64), nullable=False),
    Index("tombstones_by_scope", "scope", "kind"),
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
    # Submitted again with the same key, it is the same run.
    Column("key", String(128)),
    Column("batch", String(64)),
    # Smaller is sooner; 0 is what a person waits for.
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("deadline_at", String(32)),
    # How often it was put in the queue: each time is a ticket of its own.
    Column("turn", Integer, nullable=False, server_default="0"),
    ForeignKeyConstraint(["client"], ["clients.name"]),
    Index("runs_by_client", "client", "created_at"),
    Index("runs_by_key", "client", "key", unique=True),
    Index("runs_by_status", "status", "updated_at"),
    Index("runs_of_batch", "batch", "status"),
)

# Many runs that were asked for at one stroke; how far they are follows from the runs.
batches = Table(
    "batches",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("client", String(64), nullable=False),
    Column("graph", String(64), nullable=False),
    Column("key", String(128)),
    Column("total", Integer, nullable=False),
    Column("submitted_by", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
    Index("batches_by_key", "client", "key", unique=True),
)

# Runs to be submitted at times that a cron expression gives, told in a time zone.
schedules = Table(
    "schedules",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("graph", String(64), nullable=False),
    Column("request", JSON, nullable=False),
    Column("cron", String(128), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("next_at", String(32)),  # null: paused
    Column("last_run", String(64)),
    Column("created_by", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
    Index("schedules_due", "next_at"),
)

# Processes that work on runs, as long as they live; one that does not beat is dead or frozen.
workers = Table(
    "workers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),  # command, worker
    Column("host", String(255), nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("draining", Boolean, nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("beat_at", String(32), nullable=False),
    # When the queue was last seen to move: a probe of it came through.
    Column("moved_at", String(32)),
    Index("workers_by_kind", "kind", "beat_at"),
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

# --- gates and their evidence --------------------------------------------------------------------

# A gate of a client's graph. What is known of it is `decisions`, folded; here is the fold so far.
gates = Table(
    "gates",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client", String(64), nullable=False),
    Column("graph", String(64), nullable=False),
    Column("gate", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("risk", String(32), nullable=False),
    Column("craft", Boolean, nullable=False),
    Column("state", JSON, nullable=False),
    Column("standing", JSON, nullable=False),
    Column("updated_at", String(32), nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
    Index("gates_by_name", "client", "graph", "gate", unique=True),
    # A number is never given again: entries of a gate that was erased are nobody else's.
    sqlite_autoincrement=True,
)

# Append-only, each row with the hash of the one before. No name of a client and no text: what was
# shown is a hash, and who decided and why is hashed into the chain, so that it can be forgotten.
decisions = Table(
    "decisions",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("gate", Integer),  # null: all of them
    Column("kind", String(32), nullable=False),
    Column("item", String(64), nullable=False),  # a hash
    Column("shown", String(64), nullable=False),
    Column("by", Text, nullable=False),
    Column("by_hash", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("note_hash", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("decisions_of_item", "gate", "item", "kind"),
    Index("decisions_by_kind", "kind", "at"),
)

# Known-bad items among a reviewer's approvals, by approval and run; no graph drives such a run.
# No text: what is shown stands with the approval, as of any other.
seeds = Table(
    "seeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client", String(64), nullable=False),
    Column("approval", String(160), nullable=False),
    Column("run", String(64), nullable=False),
    Column("gate", Integer, nullable=False),
    Column("donor", String(160), nullable=False),  # the approval it was made from
    Column("made", String(16), nullable=False),
    Column("known_to", JSON, nullable=False),  # whose answer proves nothing
    Column("attempt", Integer, nullable=False),
    Column("caught", Boolean),  # null: open
    Column("counts", Boolean, nullable=False),
    Column("counted", Boolean, nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
    Index("seeds_by_approval", "approval", unique=True),
    Index("seeds_of_run", "run", unique=True),
    Index("seeds_of_gate", "gate", "attempt"),
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
    Column("adapter", String(16), nullable=False, server_default="file"),
    Column("target", Text, nullable=False, server_default=text("''")),
    # What is to be sent, as long as it is not: it was approved with its hash.
    Column("payload", JSON(none_as_null=True)),
    Column("due_at", String(32)),  # from then on it may be made; null: by its step, at once
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("claimed_until", String(32)),
    Column("claim", String(64)),
    Column("problem", Text),
    # Who or what ended it without its being made, and when: a person, or the last attempt.
    Column("ended_at", String(32)),
    Column("ended_by", Text),
    Index("effects_of_run", "run"),
    Index("effects_due", "made_at", "due_at"),
)

# What each call of a model cost. No text. `state`: reserved, until the call has ended or `until`;
# made; estimated, where the endpoint did not count; failed; lost, with the process that made it.
spending = Table(
    "spending",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("client", String(64), nullable=False),
    Column("run", String(64), nullable=False),
    Column("graph", String(64), nullable=False),
    Column("node", String(64), nullable=False),
    Column("role", String(64), nullable=False),
    Column("model", String(128), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("until", String(32)),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("cost", BigInteger),  # in billionths of the currency; null: no price is known
    Column("currency", String(8), nullable=False),
    Index("spending_of_run", "run"),
    Index("spending_of_client", "client", "at"),
)

# What may be spent, where a person said otherwise than the settings.
budgets = Table(
    "budgets",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("period", String(16), primary_key=True),  # run, month, ever
    Column("of", String(64), primary_key=True),  # a run; empty: all
    Column("unit", String(16), primary_key=True),  # calls, tokens, money, seconds
    Column("most", String(32), nullable=False),  # a decimal number
    Column("set_by", Text, nullable=False),
    Column("set_at", String(32), nullable=False),
    ForeignKeyConstraint(["client"], ["clients.name"]),
)

# When a provider may next be asked, in seconds since 1970: one row serves every process.
paces = Table(
    "paces",
    metadata,
    Column("provider", String(255), primary_key=True),
    Column("requests_at", Float, nullable=False),
    Column("tokens_at", Float, nullable=False),
)
