"""Lists and counts of queue entries, from the index."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from msgspec.structs import replace

from databus.database.agreed import sequence_of
from databus.database.json_db import index_rows
from databus.database.json_db.damage import Damage
from databus.database.json_db.index import Index
from databus.database.json_db.index_rows import BORDER, COMPLETE, STATE_NUMBER, Connection, Row
from databus.database.json_db.moments import micros
from databus.database.json_db.shelf import Gone, Shelf, with_lease
from databus.database.json_db.stored import Stored
from databus.database.json_db.trouble import Damaged
from databus.database.records import Entry, Page, QueueQuery, RouteCounts, State

_TRIGRAM = 3

_TAIL = 6
"""So many last characters of a search are looked up in the full text search, and the rest compared after. Ids of one
source often begin alike, and walking through lists that name every entry costs more than a few entries too many."""

_ABOVE_ALL = 1 << 62
"""No sequence reaches it."""

_STATE_OF = {number: state for state, number in STATE_NUMBER.items()}


@dataclass(frozen=True, slots=True)
class _Part:
    """One way into the index: rows by descending sequence that fulfil a part of the conditions."""

    source: str
    conditions: tuple[str, ...]
    values: tuple[Any, ...]
    key: str = "sequence"

    def and_(self, condition: str, *values: Any) -> "_Part":
        return _Part(self.source, (*self.conditions, condition), (*self.values, *values), self.key)

    def rows(self, connection: Connection, limit: int) -> list[Row]:
        query = (
            f"SELECT {index_rows.ROW} FROM {self.source} WHERE {' AND '.join(self.conditions)} "  # noqa: S608 - own text
            f"ORDER BY {self.key} DESC LIMIT ?"
        )
        return [Row(*found) for found in connection.execute(query, (*self.values, limit))]


class Finding:
    """Lists, counts and loads entries of one client."""

    def __init__(self, index: Index, shelf: Shelf, damage: Damage) -> None:
        self._index = index
        self._shelf = shelf
        self._damage = damage

    def find(self, query: QueueQuery, *, now: datetime) -> Page[Entry]:
        """Return a page; see ``AbstractDatabase.find``."""
        with self._index.reading() as connection:
            parts = [_narrowed(part, query) for part in self._parts(connection, query, micros(now))]
            lists = [part.rows(connection, query.limit + 1) for part in parts]
        rows = list(islice(_without_doubles(merge(*lists, key=_newest_first)), query.limit + 1))
        shown = rows[: query.limit]
        return Page(
            items=tuple(self._entries(shown)),
            next_cursor=str(shown[-1].sequence) if len(rows) > query.limit else "",
        )

    def counts(self, *, now: datetime) -> list[RouteCounts]:
        """Return the number of entries of each route in each state."""
        counts: dict[bytes, dict[str, int]] = {}
        with self._index.reading() as connection:
            connection.execute("BEGIN")  # both questions are about one moment
            try:
                for route, state, number in connection.execute("SELECT * FROM tally WHERE number > 0 ORDER BY route"):
                    counts.setdefault(route, {})[_STATE_OF[state].value] = number
                running = connection.execute(
                    "SELECT route, state, count(*) FROM entry INDEXED BY entry_lease "
                    "WHERE lease IS NOT NULL AND lease > ? AND state <> ? GROUP BY route, state",
                    (micros(now), COMPLETE),
                )
                for route, state, number in running:
                    counts[route][_STATE_OF[state].value] -= number
                    counts[route]["running"] = counts[route].get("running", 0) + number
            finally:
                connection.execute("COMMIT")
        return [RouteCounts(passenger_module=index_rows.text(route), **each) for route, each in counts.items()]

    def load(self, internal_ids: Sequence[str]) -> list[Entry]:
        """Return those of the entries that exist."""
        return [entry for entry, _ in self.stored(internal_ids)]

    def stored(self, internal_ids: Sequence[str]) -> Iterator[tuple[Entry, Stored]]:
        """Yield those of the entries that exist, with what their files add to them."""
        with self._index.reading() as connection:
            rows = index_rows.find_many(connection, internal_ids)
        return self._stored(rows[each] for each in internal_ids if each in rows)

    def ids(self, cursor: str, limit: int) -> Page[str]:
        """Return a page of internal ids; see ``AbstractDatabase.find_ids``."""
        below = sequence_of(cursor) if cursor else _ABOVE_ALL
        query = "SELECT internal_id, sequence FROM entry WHERE sequence < ? ORDER BY sequence DESC LIMIT ?"
        with self._index.reading() as connection:
            rows = connection.execute(query, (below, limit + 1)).fetchall()
        shown = rows[:limit]
        return Page(
            items=tuple(index_rows.text(internal_id) for internal_id, _ in shown),
            next_cursor=str(shown[-1][1]) if len(rows) > limit else "",
        )

    def _entries(self, rows: Iterable[Row]) -> Iterator[Entry]:
        return (entry for entry, _ in self._stored(rows))

    def _stored(self, rows: Iterable[Row]) -> Iterator[tuple[Entry, Stored]]:
        for row in rows:
            try:
                stored = self._shelf.load(row)
            except (Damaged, Gone):
                taken = self._damage.take_again(row)
                if taken is None:
                    continue
                stored = taken
            yield with_lease(replace(stored.entry, sequence=row.sequence), row), stored

    def _parts(self, connection: Connection, query: QueueQuery, now: int) -> Iterator[_Part]:
        """Yield the ways into the index that together lead to all that the query may want."""
        if query.search:
            for part in self._search_parts(query.search):
                yield from _in_states(part, query.states, now)
        elif query.states or query.passenger_module:
            for route in index_rows.routes(connection, query.passenger_module):
                yield from _state_parts(route, query.states, now)
        else:
            yield _Part("entry", ("1",), ())

    def _search_parts(self, search: str) -> Iterator[_Part]:
        folded = index_rows.folded(search)
        words = index_rows.words_text(folded)
        prefix = ("internal_folded >= ?", "internal_folded < ?")
        if not self._index.has_words or len(words) < _TRIGRAM:
            yield _Part(
                "entry",
                ("(instr(external_folded, ?) OR (internal_folded >= ? AND internal_folded < ?))",),
                (folded, folded, folded + BORDER),
            )
            return
        quoted = '"' + words[-_TAIL:].replace('"', '""') + '"'
        yield _Part(
            "words CROSS JOIN entry ON entry.sequence = words.rowid",
            ("words MATCH ?", "instr(external_folded, ?)"),
            (quoted, folded),
            key="words.rowid",
        )
        yield _Part("entry INDEXED BY entry_internal", prefix, (folded, folded + BORDER))


def _state_parts(route: bytes, states: Sequence[State], now: int) -> Iterator[_Part]:
    by_state = "entry INDEXED BY entry_state"
    if not states:
        for number in STATE_NUMBER.values():
            yield _Part(by_state, ("route = ?", "state = ?"), (route, number))
    for state in set(states):
        if state is State.RUNNING:
            yield _running(_Part("entry INDEXED BY entry_lease", ("lease IS NOT NULL", "route = ?"), (route,)), now)
        else:
            yield _settled(_Part(by_state, ("route = ?",), (route,)), state, now)


def _in_states(part: _Part, states: Sequence[State], now: int) -> Iterator[_Part]:
    if not states:
        yield part
    for state in set(states):
        yield _running(part, now) if state is State.RUNNING else _settled(part, state, now)


def _running(part: _Part, now: int) -> _Part:
    return part.and_("lease > ? AND state <> ?", now, COMPLETE)


def _settled(part: _Part, state: State, now: int) -> _Part:
    found = part.and_("state = ?", STATE_NUMBER[state])
    return found if state is State.COMPLETE else found.and_("(lease IS NULL OR lease <= ?)", now)


def _narrowed(part: _Part, query: QueueQuery) -> _Part:
    """Return a part with the conditions that every entry must fulfil."""
    route, source = index_rows.blob(query.passenger_module), index_rows.blob(query.source_system)
    step = BORDER + index_rows.blob(query.step) + BORDER
    conditions: list[tuple[object, str, Callable[[], Any]]] = [
        (query.cursor, f"{part.key} < ?", lambda: sequence_of(query.cursor)),
        (route, "route = ?", lambda: route),
        (source, "source = ?", lambda: source),
        (query.error, "instr(errors, ?)", lambda: index_rows.folded(query.error)),
        (query.attachment, "instr(attachments, ?)", lambda: index_rows.folded(query.attachment)),
        (query.step, "instr(steps, ?)", lambda: step),
    ]
    for wanted, condition, value in conditions:
        if wanted:
            part = part.and_(condition, value())
    if query.pulled_from is not None:
        part = part.and_("pulled >= ?", micros(query.pulled_from))
    if query.pulled_before is not None:
        part = part.and_("pulled < ?", micros(query.pulled_before))
    return part


def _newest_first(row: Row) -> int:
    return -row.sequence


def _without_doubles(rows: Iterable[Row]) -> Iterator[Row]:
    last = None
    for row in rows:
        if row.sequence != last:
            yield row
        last = row.sequence
