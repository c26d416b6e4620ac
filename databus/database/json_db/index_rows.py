"""Queue entries as rows of the index."""

import sqlite3
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from databus.batches import batched
from databus.database import steps
from databus.database.json_db.client_folder import entry_folder
from databus.database.json_db.json_text import dumps
from databus.database.json_db.moments import micros
from databus.database.json_db.stored import NO_MOVES, Moves
from databus.database.records import Entry, State, Step, StoredAttachment

STATE_NUMBER = {State.WAITING: 0, State.RUNNING: 1, State.FAILED: 2, State.DEAD: 3, State.COMPLETE: 4}
COMPLETE = STATE_NUMBER[State.COMPLETE]

BORDER = b"\xff"
"""Never part of a text in UTF-8: it parts texts and ends ranges of them."""

Connection = sqlite3.Connection


class Row(NamedTuple):
    """What is needed to load an entry."""

    sequence: int
    internal_id: bytes
    folder: bytes | None
    owner: bytes
    lease: int | None
    fence: int
    version: int
    pending: bytes | None
    moves: bytes | None


ROW = ", ".join(f"entry.{field}" for field in Row._fields)
"""The columns of a Row."""

_OF_STEPS = ("state", "due", "steps", "errors")
_OF_IDS = ("source", "external_folded", "attachments")
_CHANGING = (*_OF_STEPS, "settled", *_OF_IDS)
_LASTING = ("sequence", "internal_id", "internal_folded", "folder", "identity", "route", "pulled")
_FILE = ("mtime", "size")

_INSERT = (
    f"INSERT INTO entry ({', '.join((*_LASTING, *_CHANGING, *_FILE, 'fence'))}) "  # noqa: S608 - names of our own
    f"VALUES ({', '.join('?' * (len(_LASTING) + len(_CHANGING) + 3))})"
)
_UPDATE = (
    f"UPDATE entry SET {', '.join(f'{name} = ?' for name in (*_OF_STEPS, 'settled'))}, "  # noqa: S608 - names of our own
    "version = version + 1, pending = ?, moves = ? WHERE sequence = ?"
)
_UPDATE_IDS = f"UPDATE entry SET {', '.join(f'{name} = ?' for name in _OF_IDS)} WHERE sequence = ?"  # noqa: S608 - as above
_REREAD = (
    f"UPDATE entry SET {', '.join(f'{name} = ?' for name in (*_LASTING[4:], *_CHANGING, *_FILE))} "  # noqa: S608 - as above
    "WHERE sequence = ?"
)
FIND = f"SELECT {ROW} FROM entry WHERE internal_folded = ? AND internal_id = ?"  # noqa: S608 - names of our own


PER_STATEMENT = 256
"""So many entries are asked for in one statement: each statement costs a turn of the interpreter's lock."""


def find_many(connection: Connection, internal_ids: Iterable[str]) -> dict[str, Row]:
    """Return the rows of those of the entries that exist, by internal id."""
    found: dict[str, Row] = {}
    for ids in batched(internal_ids, PER_STATEMENT):
        values = ", ".join(["(?, ?)"] * len(ids))
        query = (
            f"WITH wanted(folded, id) AS (VALUES {values}) SELECT {ROW} FROM wanted CROSS JOIN entry "  # noqa: S608 - ours
            "ON entry.internal_folded = wanted.folded AND entry.internal_id = wanted.id"
        )
        keys = [part for each in ids for part in (folded(each), blob(each))]
        for values_of_row in connection.execute(query, keys):
            row = Row(*values_of_row)
            found[text(row.internal_id)] = row
    return found


def of_sequences(connection: Connection, sequences: Sequence[int]) -> dict[int, Row]:
    """Return the rows of those of the entries that exist, by sequence; at most ``PER_STATEMENT`` at a time."""
    marks = ", ".join("?" * len(sequences))
    query = f"SELECT {ROW} FROM entry WHERE sequence IN ({marks})"  # noqa: S608 - names of our own
    return {row.sequence: row for row in (Row(*found) for found in connection.execute(query, sequences))}


def holders(connection: Connection, identities: Iterable[bytes]) -> dict[bytes, str]:
    """Return by identity the internal ids of those that are in the queue."""
    found: dict[bytes, str] = {}
    for wanted in batched(identities, PER_STATEMENT):
        marks = ", ".join("?" * len(wanted))
        query = f"SELECT identity, internal_id FROM entry WHERE identity IN ({marks})"  # noqa: S608 - marks only
        found.update((held, text(by)) for held, by in connection.execute(query, wanted))
    return found


def routes(connection: Connection, passenger_module: str) -> list[bytes]:
    """Return the route that is asked for; where none is, those that have entries."""
    if passenger_module:
        return [blob(passenger_module)]
    return [found[0] for found in connection.execute("SELECT DISTINCT route FROM tally WHERE number > 0")]


def blob(text: str) -> bytes:
    """Return a text as it is kept in the index."""
    return text.encode(errors="surrogatepass")


def text(value: bytes) -> str:
    """Return the text that ``blob`` was given."""
    return value.decode(errors="surrogatepass")


def folded(value: str) -> bytes:
    """Return a text so that upper and lower case are the same."""
    return value.casefold().encode(errors="surrogatepass")


def words_text(value: bytes) -> str:
    """Return a folded text as the full text search takes it, which knows no odd characters."""
    return value.decode(errors="surrogatepass").encode(errors="replace").decode().replace("\0", "?")


def identity(passenger_module: str, seated_as: tuple[str, str]) -> bytes:
    """Return the identity of a passenger within its client, short and of one size."""
    # JSON, so that ("a", "bc") and ("ab", "c") differ; surrogates in pairs are told from one character as bytes.
    return blake2b(dumps([passenger_module, *seated_as]), digest_size=16).digest()


class StepColumns:
    """The columns that follow from an entry's steps, worked out once for the entries of a call that share them."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[tuple[Step, ...], tuple[Any, ...]]] = {}

    def of(self, entry: Entry) -> tuple[Any, ...]:
        """Return the values of ``_OF_STEPS``."""
        known = self._known.get(id(entry.steps))
        if known is None:
            known = self._known[id(entry.steps)] = entry.steps, _of_steps(entry)
        return known[1]


def insert(connection: Connection, rows: Iterable[tuple[Entry, int, int, int]], *, words: bool) -> None:
    """Add entries.

    Args:
        connection: Within a transaction.
        rows: Each an entry with its sequence, mtime and size of its passenger.json, and its fence.
        words: Whether the index has a full text search.
    """
    columns = StepColumns()
    values = [
        (*_lasting(entry), *columns.of(entry), micros(entry.settled_on), *_of_ids(entry), mtime, size, fence)
        for entry, mtime, size, fence in rows
    ]
    connection.executemany(_INSERT, values)
    if words:
        external = len(_LASTING) + _CHANGING.index("external_folded")
        connection.executemany(
            "INSERT INTO words (rowid, external) VALUES (?, ?)", [(row[0], words_text(row[external])) for row in values]
        )


def update(connection: Connection, rows: Iterable[tuple[Entry, Entry, bytes, Moves]]) -> None:
    """Store what outcomes made of entries: each before and after, its new passenger.json and what is to be moved."""
    columns = StepColumns()
    values: list[tuple[Any, ...]] = []
    renamed: list[tuple[Any, ...]] = []
    for before, after, pending, moves in rows:
        sequence = after.sequence
        values.append((*columns.of(after), micros(after.settled_on), pending, moves_out(moves), sequence))
        if _ids(before) != _ids(after):
            renamed.append((*_of_ids(after), sequence))
    connection.executemany(_UPDATE, values)
    connection.executemany(_UPDATE_IDS, renamed)


def reread(connection: Connection, entry: Entry, mtime: int, size: int) -> None:
    """Take over a passenger.json that other hands have changed."""
    connection.execute(_REREAD, (*_lasting(entry)[4:], *_changing(entry), mtime, size, entry.sequence))


def delete(connection: Connection, sequences: Sequence[int], *, words: bool) -> None:
    """Remove entries."""
    for sequence in sequences:
        if words:
            forget_words(connection, sequence)
        connection.execute("DELETE FROM entry WHERE sequence = ?", (sequence,))


def forget_words(connection: Connection, sequence: int) -> None:
    """Take an entry out of the full text search, which wants to be told what it had."""
    row = connection.execute("SELECT external_folded FROM entry WHERE sequence = ?", (sequence,)).fetchone()
    if row is not None:
        connection.execute(
            "INSERT INTO words (words, rowid, external) VALUES ('delete', ?, ?)", (sequence, words_text(row[0]))
        )


def add_words(connection: Connection, entry: Entry) -> None:
    """Put an entry into the full text search."""
    connection.execute(
        "INSERT INTO words (rowid, external) VALUES (?, ?)", (entry.sequence, words_text(folded(entry.external_id)))
    )


def moves_out(moves: Moves) -> bytes | None:
    """Return moves as the index keeps them."""
    return None if moves is NO_MOVES else dumps({"fresh": dict(moves.fresh), "obsolete": moves.obsolete})


def _lasting(entry: Entry) -> tuple[Any, ...]:
    folder = entry_folder(entry.internal_id)
    return (
        entry.sequence,
        blob(entry.internal_id),
        folded(entry.internal_id),
        None if folder == entry.internal_id else blob(folder),
        identity(entry.passenger_module, entry.seated_as),
        blob(entry.passenger_module),
        micros(entry.pull_datetime),
    )


def _changing(entry: Entry) -> tuple[Any, ...]:
    return (*_of_steps(entry), micros(entry.settled_on), *_of_ids(entry))


def _of_steps(entry: Entry) -> tuple[Any, ...]:
    state, due = steps.state_and_due(entry)
    errors = [step.last_error for step in entry.steps if step.last_error]
    names = [blob(step.name) for step in entry.steps if not step.is_complete]
    return (
        STATE_NUMBER[state],
        None if due is None else micros(due),
        BORDER + BORDER.join(names) + BORDER,
        BORDER.join(folded(error) for error in errors) or None,
    )


def _ids(entry: Entry) -> tuple[str, str, tuple[StoredAttachment, ...]]:
    return entry.source_system, entry.external_id, entry.attachments


def _of_ids(entry: Entry) -> tuple[Any, ...]:
    return (
        blob(entry.source_system),
        folded(entry.external_id),
        BORDER.join(folded(each.name) for each in entry.attachments) or None,
    )
