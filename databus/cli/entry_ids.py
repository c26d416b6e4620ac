"""Finding the entries that a person names."""

from collections.abc import Sequence

from databus.cli.queue_list import found_entries
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, QueueQuery
from databus.errors import NotFound

LOOKED_AT = 1000
"""Entries that merely contain what was typed are looked through up to here for the one that is meant."""

NAMED = 5
"""Entries that are named where one is not found."""


def entries_of(database: AbstractDatabase, client_id: str, ids: Sequence[str]) -> list[Entry]:
    """Return the entries that are named by internal or external id, or by the beginning of one.

    Raises:
        NotFound: One of them names no entry, or several.
    """
    found = [_entry_of(database, client_id, each) for each in dict.fromkeys(ids)]
    return list({entry.internal_id: entry for entry in found}.values())


def _entry_of(database: AbstractDatabase, client_id: str, given: str) -> Entry:
    exact = database.load(client_id, [given])
    if exact:
        return exact[0]
    query = QueueQuery(client_id=client_id, search=given)
    near = list(found_entries(database, query, limit=LOOKED_AT)) if given else []
    meant = (
        [entry for entry in near if entry.external_id == given]
        or [entry for entry in near if entry.internal_id.casefold().startswith(given.casefold())]
        or [entry for entry in near if entry.external_id.startswith(given)]
    )
    if len(meant) == 1:
        return meant[0]
    raise NotFound(_reason(client_id, given, meant, near))


def _reason(client_id: str, given: str, meant: Sequence[Entry], near: Sequence[Entry]) -> str:
    if meant:
        names = ", ".join(entry.internal_id for entry in meant[:NAMED])
        return f"{given!r} names {len(meant)} entries, such as {names}: say more of it"
    if near:
        names = ", ".join(entry.external_id for entry in near[:NAMED])
        return f"client {client_id} has no queue entry {given!r}; similar: {names}"
    return f"client {client_id} has no queue entry {given!r}: `databus queue {client_id}` lists them"
