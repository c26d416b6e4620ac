"""The tables: what a person who browses the database sees, and what every statement is made of.

Hot tables have no foreign keys: a server checks each with a look-up for each row, which costs more than the row. What
belongs to a queue entry is deleted with it, in one transaction, by ``purging``.
"""

from functools import lru_cache

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, PrimaryKeyConstraint, SmallInteger
from sqlalchemy import Table as SqlTable

from databus.database.sql_db.column_types import ExactText, Key, Moment, Word, content_type, identity_type, part_type

_Number = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts rows by itself only in a column that is called INTEGER."""


class Tables:
    """All tables of one schema.

    Args:
        schema: Where they are, on a server that has schemas; None for its default.
    """

    def __init__(self, schema: str | None) -> None:
        self.metadata = MetaData(schema=schema)
        self._add_queue()
        self._add_logs()
        self._add_clients()
        self._add_inner()

    def on(self, dialect: str) -> list[SqlTable]:
        """Return the tables that a kind of server has."""
        searched_otherwise = {self.queue_part} if dialect in ("sqlite", "postgresql") else set()
        return [table for table in self.metadata.sorted_tables if table not in searched_otherwise]

    def _table(self, name: str, comment: str, *parts: "Column[object] | Index | PrimaryKeyConstraint") -> SqlTable:
        return SqlTable(name, self.metadata, *parts, comment=comment)

    def _add_queue(self) -> None:
        self.queue = self._table(
            "queue",
            "Passengers on their way, one row each",
            Column("id", _Number, primary_key=True, autoincrement=False, comment="Grows in the order of seating"),
            Column("client_id", Key, nullable=False),
            Column("passenger_module", Key, nullable=False),
            Column("internal_id", Key, nullable=False),
            Column("internal_folded", Key, nullable=False, comment="internal_id in lower case, for searching"),
            Column("source_system", ExactText, nullable=False),
            Column("external_id", ExactText, nullable=False),
            Column("external_folded", ExactText, nullable=False, comment="external_id in lower case, for searching"),
            Column("seated_as", ExactText, comment="JSON of the ids it was seated with, where they were changed since"),
            Column(
                "identity",
                identity_type(),
                nullable=False,
                comment="Hash of client, type and source, then the external id",
            ),
            Column("puller_module", ExactText, nullable=False),
            Column("puller_name", ExactText, nullable=False),
            Column("pull_datetime", Moment, nullable=False),
            Column("state", Word, nullable=False, comment="waiting, failed, dead or complete, whoever works on it"),
            Column("runnable", Boolean, nullable=False, comment="Whether a step is left that can run"),
            Column("due_on", Moment, comment="When it can run; the year 1000 means at once"),
            Column("settled_on", Moment, nullable=False, comment="From when its life span counts"),
            Column("completed_on", Moment),
            Column("log_guids", ExactText, nullable=False, comment="JSON list of the logs it is in"),
            Column("full_names", ExactText, comment="JSON of names that are too long for their columns"),
            Index("queue_identity", "identity", unique=True),
            Index(
                "queue_internal_id",
                "internal_folded",
                "internal_id",
                "client_id",
                unique=True,
                postgresql_ops={"internal_folded": "varchar_pattern_ops"},
            ),
            Index("queue_client", "client_id", "id"),
            Index("queue_state", "client_id", "passenger_module", "state", "id"),
            Index("queue_runnable", "client_id", "passenger_module", "runnable", "id"),
            Index("queue_settled", "client_id", "passenger_module", "state", "settled_on"),
        )
        self.queue_lease = self._table(
            "queue_lease",
            "Which drive works on a passenger until when; apart from the queue, because it changes all the time",
            Column("queue_id", _Number, primary_key=True, autoincrement=False),
            Column("owner", ExactText, nullable=False),
            Column("until", Moment),
            Column("fence", BigInteger, nullable=False, comment="Number of the newest claim"),
            Column("version", BigInteger, nullable=False, comment="Grows with changes by others than the drive"),
            Index("queue_lease_until", "until"),
        )
        self.queue_notification = self._step_table("queue_notification", "Whether a passenger's puller was told")
        self.queue_processor = self._step_table("queue_processor", "How far a passenger's processors are")
        self.queue_pusher = self._step_table("queue_pusher", "How far a passenger's pushers are")
        self.queue_error = self._table(
            "queue_error",
            "Passengers that have an error in a step, so that they are found among many",
            Column("queue_id", _Number, primary_key=True, autoincrement=False),
        )
        self.queue_part = self._table(
            "queue_part",
            "Parts of external ids, by which a search finds them; on MariaDB, MySQL and SQL Server",
            Column("queue_id", _Number, nullable=False, autoincrement=False),
            Column("part", part_type(), nullable=False, comment="UTF-8, in lower case"),
            PrimaryKeyConstraint("queue_id", "part"),
            Index("queue_part_part", "part"),
        )
        self.queue_attachment = self._table(
            "queue_attachment",
            "Attachments of passengers",
            Column("queue_id", _Number, nullable=False, autoincrement=False),
            Column("number", Integer, nullable=False, comment="Names a content within the passenger"),
            Column("position", Integer, nullable=False),
            Column("name", ExactText, nullable=False),
            Column("format", Word, nullable=False, comment="text or binary"),
            Column("size", BigInteger, nullable=False, comment="Bytes"),
            Column("content", content_type(), comment="NULL for a large one, which is in queue_attachment_piece"),
            PrimaryKeyConstraint("queue_id", "number"),
        )
        self.queue_attachment_piece = self._table(
            "queue_attachment_piece",
            "Contents of large attachments",
            Column("queue_id", _Number, nullable=False, autoincrement=False),
            Column("number", Integer, nullable=False),
            Column("piece", Integer, nullable=False),
            Column("content", content_type(), nullable=False),
            PrimaryKeyConstraint("queue_id", "number", "piece"),
        )

    def _step_table(self, name: str, comment: str) -> SqlTable:
        return self._table(
            name,
            comment,
            Column("queue_id", _Number, nullable=False, autoincrement=False),
            Column("position", Integer, nullable=False),
            Column("module", ExactText, nullable=False),
            Column("name", ExactText, nullable=False),
            Column("status", Word, nullable=False, comment="incomplete or complete"),
            Column("attempts", Integer, nullable=False),
            Column("last_error", ExactText, nullable=False),
            Column("due_on", Moment, comment="Not tried before"),
            Column("dead", Boolean, nullable=False, comment="Waits for an operator"),
            Column("changed_on", Moment),
            PrimaryKeyConstraint("queue_id", "position"),
        )

    def _add_logs(self) -> None:
        self.log_head = self._table(
            "log_head",
            "Logs",
            Column("id", _Number, primary_key=True, autoincrement=True),
            Column("client_id", Key, nullable=False),
            Column("guid", Key, nullable=False),
            Column("created_on", Moment, nullable=False),
            Column("passenger_module", Key, nullable=False),
            Column("worst", SmallInteger, nullable=False, comment="0 no lines, 1 info, 2 warning, 3 error"),
            Column("lines", Integer, nullable=False),
            Column("full_names", ExactText, comment="JSON of names that are too long for their columns"),
            Index("log_head_guid", "guid", "client_id", unique=True),
            Index("log_head_created", "client_id", "created_on", "id"),
            Index("log_head_route", "client_id", "passenger_module", "created_on", "id"),
        )
        self.log_item = self._table(
            "log_item",
            "Lines of logs",
            Column("log_id", _Number, nullable=False, autoincrement=False),
            Column("number", Integer, nullable=False),
            Column("timestamp", Moment, nullable=False),
            Column("type", SmallInteger, nullable=False, comment="1 info, 2 warning, 3 error"),
            Column("source", ExactText, nullable=False),
            Column("message", ExactText, nullable=False),
            PrimaryKeyConstraint("log_id", "number"),
        )

    def _add_clients(self) -> None:
        self.document = self._table(
            "document",
            "Configuration documents with their earlier versions; config.json is what counts",
            Column("client_id", Key, nullable=False),
            Column("name", Key, nullable=False),
            Column("number", _Number, nullable=False, autoincrement=False, comment="Grows with each version"),
            Column("is_current", Boolean, nullable=False),
            Column("version", Key, nullable=False),
            Column("saved_on", Moment, nullable=False),
            Column("saved_by", ExactText, nullable=False),
            Column("content", content_type(), nullable=False),
            Column("full_names", ExactText, comment="JSON of names that are too long for their columns"),
            PrimaryKeyConstraint("client_id", "name", "number"),
            Index("document_name", "name", "is_current"),
        )
        shown = "Shown for reading: config.json in document is what counts"
        self.client = self._table(
            "client",
            f"Clients. {shown}",
            Column("client_id", Key, primary_key=True),
            Column("log_life_span", Float),
        )
        self.passenger = self._table(
            "passenger",
            f"Routes of clients. {shown}",
            Column("client_id", Key, nullable=False),
            Column("position", Integer, nullable=False, autoincrement=False),
            Column("module", ExactText, nullable=False),
            Column("queue_module", ExactText),
            Column("sync_frequency", Float, comment="Minutes"),
            Column("schedule", ExactText),
            Column("queue_life_span", Float, comment="Days"),
            PrimaryKeyConstraint("client_id", "position"),
        )
        self.puller = self._plugin_table("puller", f"Pullers of routes. {shown}")
        self.processor = self._plugin_table("processor", f"Processors of routes. {shown}")
        self.pusher = self._plugin_table("pusher", f"Pushers of routes. {shown}")
        self.webuser = self._table(
            "webuser",
            f"Users of clients. {shown}",
            Column("client_id", Key, nullable=False),
            Column("position", Integer, nullable=False, autoincrement=False),
            Column("username", ExactText, nullable=False),
            Column("role", ExactText),
            PrimaryKeyConstraint("client_id", "position"),
        )

    def _plugin_table(self, name: str, comment: str) -> SqlTable:
        return self._table(
            name,
            comment,
            Column("client_id", Key, nullable=False),
            Column("passenger_position", Integer, nullable=False, autoincrement=False),
            Column("position", Integer, nullable=False, autoincrement=False),
            Column("module", ExactText, nullable=False),
            Column("name", ExactText),
            PrimaryKeyConstraint("client_id", "passenger_position", "position"),
        )

    def _add_inner(self) -> None:
        self.queue_tally = self._table(
            "queue_tally",
            "Changes of how many passengers of a route are in a state; their sum is the number",
            Column("id", _Number, primary_key=True, autoincrement=True),
            Column("client_id", Key, nullable=False),
            Column("passenger_module", Key, nullable=False),
            Column("state", Word, nullable=False),
            Column("number", BigInteger, nullable=False),
            Column("full_names", ExactText, comment="JSON of names that are too long for their columns"),
            Index("queue_tally_client", "client_id"),
        )
        self.held_lock = self._table(
            "held_lock",
            "Which drive pulls which route until when",
            Column("name", Key, primary_key=True),
            Column("owner", ExactText, nullable=False),
            Column("until", Moment, nullable=False),
        )
        self.counter = self._table(
            "counter",
            "The last numbers given",
            Column("name", Word, primary_key=True),
            Column("value", BigInteger, nullable=False),
        )


@lru_cache(maxsize=8)  # they take longer to make than to connect with, and nothing changes them
def tables_of(schema: str | None) -> Tables:
    """Return the tables of a schema: the same ones each time."""
    return Tables(schema)
