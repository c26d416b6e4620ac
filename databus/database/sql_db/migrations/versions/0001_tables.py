"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from databus.database.sql_db.column_types import ExactText, Key, Moment, Word, content_type, digest_type
from databus.database.sql_db.migrations.resumable import resumable_operations

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    schema = context.config.attributes["schema"]
    create, index = resumable_operations(schema)
    _create_queue(create, index)
    _create_logs(create, index)
    _create_clients(create, index)
    _create_inner(create, index)
    _create_search(schema)


def _create_queue(create: Any, index: Any) -> None:
    create(
        "queue",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False, comment="Grows in the order of seating"),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("passenger_module", Key, nullable=False),
        sa.Column("internal_id", Key, nullable=False),
        sa.Column("internal_folded", Key, nullable=False, comment="internal_id in lower case, for searching"),
        sa.Column("source_system", ExactText, nullable=False),
        sa.Column("external_id", ExactText, nullable=False),
        sa.Column("external_folded", ExactText, nullable=False, comment="external_id in lower case, for searching"),
        sa.Column("seated_as", ExactText, comment="JSON of the ids it was seated with, where they were changed since"),
        sa.Column("identity", digest_type(), nullable=False, comment="Hash of client, type and seated_as"),
        sa.Column("puller_module", ExactText, nullable=False),
        sa.Column("puller_name", ExactText, nullable=False),
        sa.Column("pull_datetime", Moment, nullable=False),
        sa.Column("state", Word, nullable=False, comment="waiting, failed, dead or complete, whoever works on it"),
        sa.Column("runnable", sa.Boolean, nullable=False, comment="Whether a step is left that can run"),
        sa.Column("due_on", Moment, comment="When it can run; the year 1000 means at once"),
        sa.Column("settled_on", Moment, nullable=False, comment="From when its life span counts"),
        sa.Column("completed_on", Moment),
        sa.Column("log_guids", ExactText, nullable=False, comment="JSON list of the logs it is in"),
        sa.Column("full_names", ExactText, comment="JSON of names that are too long for their columns"),
        sa.PrimaryKeyConstraint("id"),
        comment="Passengers on their way, one row each",
    )
    index("queue_client", "queue", ["client_id", "id"])
    index("queue_identity", "queue", ["identity"], unique=True)
    index("queue_internal_id", "queue", ["internal_folded", "internal_id", "client_id"], unique=True)
    index("queue_runnable", "queue", ["client_id", "passenger_module", "runnable", "id"])
    index("queue_settled", "queue", ["client_id", "passenger_module", "state", "settled_on"])
    index("queue_state", "queue", ["client_id", "passenger_module", "state", "id"])
    create(
        "queue_lease",
        sa.Column("queue_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("owner", ExactText, nullable=False),
        sa.Column("until", Moment),
        sa.Column("fence", sa.BigInteger, nullable=False, comment="Number of the newest claim"),
        sa.Column("version", sa.BigInteger, nullable=False, comment="Grows with changes by others than the drive"),
        sa.PrimaryKeyConstraint("queue_id"),
        comment="Which drive works on a passenger until when; apart from the queue, because it changes all the time",
    )
    index("queue_lease_until", "queue_lease", ["until"])
    create(
        "queue_notification",
        sa.Column("queue_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("module", ExactText, nullable=False),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("status", Word, nullable=False, comment="incomplete or complete"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error", ExactText, nullable=False),
        sa.Column("due_on", Moment, comment="Not tried before"),
        sa.Column("dead", sa.Boolean, nullable=False, comment="Waits for an operator"),
        sa.Column("changed_on", Moment),
        sa.PrimaryKeyConstraint("queue_id", "position"),
        comment="Whether a passenger's puller was told",
    )
    create(
        "queue_processor",
        sa.Column("queue_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("module", ExactText, nullable=False),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("status", Word, nullable=False, comment="incomplete or complete"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error", ExactText, nullable=False),
        sa.Column("due_on", Moment, comment="Not tried before"),
        sa.Column("dead", sa.Boolean, nullable=False, comment="Waits for an operator"),
        sa.Column("changed_on", Moment),
        sa.PrimaryKeyConstraint("queue_id", "position"),
        comment="How far a passenger's processors are",
    )
    create(
        "queue_pusher",
        sa.Column("queue_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("module", ExactText, nullable=False),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("status", Word, nullable=False, comment="incomplete or complete"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error", ExactText, nullable=False),
        sa.Column("due_on", Moment, comment="Not tried before"),
        sa.Column("dead", sa.Boolean, nullable=False, comment="Waits for an operator"),
        sa.Column("changed_on", Moment),
        sa.PrimaryKeyConstraint("queue_id", "position"),
        comment="How far a passenger's pushers are",
    )
    create(
        "queue_attachment",
        sa.Column("queue_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, comment="Names a content within the passenger"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("format", Word, nullable=False, comment="text or binary"),
        sa.Column("size", sa.BigInteger, nullable=False, comment="Bytes"),
        sa.Column("content", content_type(), comment="NULL for a large one, which is in queue_attachment_piece"),
        sa.PrimaryKeyConstraint("queue_id", "number"),
        comment="Attachments of passengers",
    )
    create(
        "queue_attachment_piece",
        sa.Column("queue_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("piece", sa.Integer, nullable=False),
        sa.Column("content", content_type(), nullable=False),
        sa.PrimaryKeyConstraint("queue_id", "number", "piece"),
        comment="Contents of large attachments",
    )


def _create_logs(create: Any, index: Any) -> None:
    create(
        "log_head",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("guid", Key, nullable=False),
        sa.Column("created_on", Moment, nullable=False),
        sa.Column("passenger_module", Key, nullable=False),
        sa.Column("worst", sa.SmallInteger, nullable=False, comment="0 no lines, 1 info, 2 warning, 3 error"),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("full_names", ExactText, comment="JSON of names that are too long for their columns"),
        sa.PrimaryKeyConstraint("id"),
        comment="Logs",
    )
    index("log_head_created", "log_head", ["client_id", "created_on", "id"])
    index("log_head_guid", "log_head", ["guid", "client_id"], unique=True)
    create(
        "log_item",
        sa.Column("log_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("timestamp", Moment, nullable=False),
        sa.Column("type", sa.SmallInteger, nullable=False, comment="1 info, 2 warning, 3 error"),
        sa.Column("source", ExactText, nullable=False),
        sa.Column("message", ExactText, nullable=False),
        sa.PrimaryKeyConstraint("log_id", "number"),
        comment="Lines of logs",
    )


def _create_clients(create: Any, index: Any) -> None:
    create(
        "document",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False, comment="Grows with each version"),
        sa.Column("is_current", sa.Boolean, nullable=False),
        sa.Column("version", Key, nullable=False),
        sa.Column("saved_on", Moment, nullable=False),
        sa.Column("saved_by", ExactText, nullable=False),
        sa.Column("content", content_type(), nullable=False),
        sa.Column("full_names", ExactText, comment="JSON of names that are too long for their columns"),
        sa.PrimaryKeyConstraint("client_id", "name", "number"),
        comment="Configuration documents with their earlier versions; config.json is what counts",
    )
    index("document_name", "document", ["name", "is_current"])
    create(
        "client",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("log_life_span", sa.Float),
        sa.PrimaryKeyConstraint("client_id"),
        comment="Clients. Shown for reading: config.json in document is what counts",
    )
    create(
        "passenger",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("module", ExactText, nullable=False),
        sa.Column("queue_module", ExactText),
        sa.Column("sync_frequency", sa.Float, comment="Minutes"),
        sa.Column("schedule", ExactText),
        sa.Column("queue_life_span", sa.Float, comment="Days"),
        sa.PrimaryKeyConstraint("client_id", "position"),
        comment="Routes of clients. Shown for reading: config.json in document is what counts",
    )
    create(
        "puller",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("passenger_position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("module", ExactText, nullable=False),
        sa.Column("name", ExactText),
        sa.PrimaryKeyConstraint("client_id", "passenger_position", "position"),
        comment="Pullers of routes. Shown for reading: config.json in document is what counts",
    )
    create(
        "processor",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("passenger_position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("module", ExactText, nullable=False),
        sa.Column("name", ExactText),
        sa.PrimaryKeyConstraint("client_id", "passenger_position", "position"),
        comment="Processors of routes. Shown for reading: config.json in document is what counts",
    )
    create(
        "pusher",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("passenger_position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("module", ExactText, nullable=False),
        sa.Column("name", ExactText),
        sa.PrimaryKeyConstraint("client_id", "passenger_position", "position"),
        comment="Pushers of routes. Shown for reading: config.json in document is what counts",
    )
    create(
        "webuser",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("username", ExactText, nullable=False),
        sa.Column("role", ExactText),
        sa.PrimaryKeyConstraint("client_id", "position"),
        comment="Users of clients. Shown for reading: config.json in document is what counts",
    )


def _create_inner(create: Any, index: Any) -> None:
    create(
        "queue_tally",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("passenger_module", Key, nullable=False),
        sa.Column("state", Word, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("full_names", ExactText, comment="JSON of names that are too long for their columns"),
        sa.PrimaryKeyConstraint("id"),
        comment="Changes of how many passengers of a route are in a state; their sum is the number",
    )
    index("queue_tally_client", "queue_tally", ["client_id"])
    create(
        "held_lock",
        sa.Column("name", Key, nullable=False),
        sa.Column("owner", ExactText, nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name"),
        comment="Which drive pulls which route until when",
    )
    create(
        "counter",
        sa.Column("name", Word, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name"),
        comment="The last numbers given",
    )


def _create_search(schema: str | None) -> None:
    """Make what finds a part of an external id, where the server has such a thing."""
    match op.get_context().dialect.name:
        case "sqlite":
            op.execute(
                "CREATE VIRTUAL TABLE queue_words USING fts5(external, content='', tokenize='trigram case_sensitive 1')"
            )
        case "postgresql":
            op.execute(_TRIGRAMS.replace("{schema}", str(schema)))


# Not every server has the extension, and not every user may create it, or use what is in its schema; without it, each
# search looks at each entry.
_TRIGRAMS = """
DO $$
DECLARE
    place text;
BEGIN
    BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
    EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE 'without pg_trgm, a search looks at each entry';
    END;
    SELECT quote_ident(nspname) INTO place
        FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm';
    IF place IS NOT NULL THEN
        BEGIN
            EXECUTE 'CREATE INDEX queue_external ON "{schema}".queue'
                ' USING gin (external_folded ' || place || '.gin_trgm_ops)';
        EXCEPTION WHEN OTHERS THEN
            RAISE NOTICE 'pg_trgm cannot be used, so a search looks at each entry';
        END;
    END IF;
END
$$
"""
