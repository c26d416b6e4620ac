"""What ``databus queue`` does beside listing: show, save, count, purge."""

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import asdict

from databus.cli.entry_ids import entries_of
from databus.cli.failing import Exit, WrongUsage, note
from databus.cli.output import Column, confirmed, last_part, on_terminal, print_json, say, show
from databus.cli.person import os_user
from databus.cli.queue_list import found_entries
from databus.cli.safe_files import free_path, new_file
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, QueueQuery, RouteCounts, State
from databus.database.steps import state
from databus.operating.bulk import delete_entries, listed
from databus.operating.entry_record import entry_record
from databus.operating.entry_story import timeline
from databus.operating.waiting import Surroundings, read_surroundings, why_it_waits
from databus.timestamps import local_text, utc_now, utc_text

_COUNTS: list[Column[RouteCounts]] = [
    Column("passenger", lambda counts: counts.passenger_module, brief=last_part),
    Column("waiting", lambda counts: counts.waiting),
    Column("running", lambda counts: counts.running),
    Column("failed", lambda counts: counts.failed),
    Column("dead", lambda counts: counts.dead),
    Column("complete", lambda counts: counts.complete),
]


def show_counts(database: AbstractDatabase, query: QueueQuery, *, as_json: bool) -> int:
    """Print how many entries are in each state, by route."""
    if query != QueueQuery(client_id=query.client_id, passenger_module=query.passenger_module):
        raise WrongUsage("--counts takes no filter but --passenger")
    counts = database.counts(query.client_id, now=utc_now())
    chosen = [each for each in counts if query.passenger_module in ("", each.passenger_module)]
    show(chosen, _COUNTS, as_json=as_json, record=asdict)
    return Exit.DONE


# -- showing ----------------------------------------------------------------------------------------------------------


def show_entries(database: AbstractDatabase, client_id: str, ids: Sequence[str], *, save: str, as_json: bool) -> int:
    """Print everything about entries; write their attachments into a folder, where one is given."""
    entries = entries_of(database, client_id, ids)
    surroundings = read_surroundings(database, client_id)
    for entry in entries:
        if as_json:
            print_json(entry_record(entry, surroundings, now=utc_now()))
        else:
            _print_entry(entry, surroundings)
        if save:
            _save_attachments(database, entry, Path(save))
    return Exit.DONE


def _print_entry(entry: Entry, surroundings: Surroundings) -> None:
    now = utc_now()
    time_text = local_text if on_terminal() else utc_text
    say(entry.id_text)
    say(f"state: {state(entry, now).value}")
    say(f"why: {why_it_waits(entry, surroundings, now=now, time_text=time_text)}")
    say(f"passenger: {entry.passenger_module}")
    for attachment in entry.attachments:
        say(f"attachment: {attachment.name} ({attachment.format.name}, {attachment.size} bytes)")
    for at, event in timeline(entry):
        head, *rest = event.splitlines()
        say(f"{time_text(at)} {head}")
        for line in rest:
            say(f"    {line}")
    for guid in entry.log_guids:
        say(f"log: {guid}")


def _save_attachments(database: AbstractDatabase, entry: Entry, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for attachment in entry.attachments:
        path = free_path(folder, attachment.name)
        with database.open_attachment(entry.client_id, entry.internal_id, attachment.name) as content:
            new_file(path, partial(shutil.copyfileobj, content, length=2**20))
        note(f"saved {path}")


# -- purging ----------------------------------------------------------------------------------------------------------


def purge_entries(
    database: AbstractDatabase, query: QueueQuery, ids: Sequence[str], *, limit: int | None, yes: bool
) -> int:
    """Delete what the query lists, or the entries of these ids; what a drive works on stays."""
    if ids:
        named = entries_of(database, query.client_id, ids)
        wanted = [entry.internal_id for entry in named if not query.states or state(entry, utc_now()) in query.states]
    else:
        wanted = [entry.internal_id for entry in found_entries(database, query, limit=limit)]
    if not wanted:
        say("nothing to purge")
        return Exit.DONE
    if not confirmed(f"Delete {len(wanted)} entries of {query.client_id} with their attachments?", yes=yes):
        say("nothing was purged")
        return Exit.DONE
    purged = _purge(database, query, wanted)
    say(f"purged {purged} of {len(wanted)} entries")
    if purged < len(wanted):
        note("the others are being driven, or have changed meanwhile")
    return Exit.DONE if purged == len(wanted) else Exit.FAILED


def _purge(database: AbstractDatabase, query: QueueQuery, ids: Sequence[str]) -> int:
    states = tuple(each for each in query.states or State if each is not State.RUNNING)
    delete = partial(delete_entries, database, query.client_id, by=os_user(), states=states)
    return sum(delete(entries, now=utc_now()) for entries in listed(database, query.client_id, ids))
