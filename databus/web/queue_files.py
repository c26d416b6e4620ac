"""All passengers that match, as a file, however many they are: read page by page while it is sent."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Final

import orjson
from msgspec.structs import replace
from starlette.responses import StreamingResponse

from databus.database.paging import pages_of
from databus.database.records import Entry, QueueQuery
from databus.database.steps import state
from databus.operating.entry_record import entry_record
from databus.operating.entry_story import next_steps
from databus.operating.waiting import Surroundings
from databus.timestamps import utc_text
from databus.web.api.sound import sound
from databus.web.downloads import download_headers
from databus.web.entries import first_error, surroundings_of
from databus.web.site import Site
from databus.web.tables import BOM, MEDIA_TYPE, inert, rows

PAGE = 200
"""Passengers that are read at once; no more of them are in memory."""

COLUMNS: Final = (
    "state", "external_id", "internal_id", "source_system", "passenger", "puller", "pulled", "completed", "next_step",
    "last_error", "attachments",
)  # fmt: skip

Batches = Iterator[tuple[Entry, ...]]


def csv_file(site: Site, query: QueueQuery) -> StreamingResponse:
    """Return a table of all passengers that match."""
    found = _begun(site, query)
    return StreamingResponse(_table(found, site), media_type=MEDIA_TYPE, headers=download_headers("queue.csv"))


def json_file(site: Site, query: QueueQuery) -> StreamingResponse:
    """Return a JSON list of all passengers that match: the objects of ``databus queue --json``."""
    found = _begun(site, query)
    content = _list(found, site, surroundings_of(site, query.client_id))
    return StreamingResponse(content, media_type="application/json", headers=download_headers("queue.json"))


def _begun(site: Site, query: QueueQuery) -> Batches:
    """Return what matches; its beginning is read already, so that a database that is away is an answer of its own."""
    found = pages_of(site.database, replace(query, limit=PAGE), clock=site.clock)
    return chain([next(found)], found)


def _table(found: Batches, site: Site) -> Iterator[bytes]:
    yield BOM.encode() + rows([COLUMNS])
    for entries in found:
        now = site.clock()
        yield rows(_row(entry, now) for entry in entries)


def _row(entry: Entry, now: datetime) -> Iterator[str]:
    return map(
        inert,
        (
            state(entry, now).value,
            entry.external_id,
            entry.internal_id,
            entry.source_system,
            entry.passenger_module,
            entry.puller_name,
            utc_text(entry.pull_datetime),
            utc_text(entry.completed_on) if entry.completed_on else "",
            next_steps(entry),
            first_error(entry),
            ", ".join(each.name for each in entry.attachments),
        ),
    )


def _list(found: Batches, site: Site, surroundings: Surroundings) -> Iterator[bytes]:
    before = b"["
    for entries in found:
        now = site.clock()
        for entry in entries:
            yield before + orjson.dumps(sound(entry_record(entry, surroundings, now=now)), option=orjson.OPT_UTC_Z)
            before = b",\n"
    yield b"]\n" if before != b"[" else b"[]\n"
