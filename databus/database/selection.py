"""What queries and purge rules select: pure functions for engines that hold their records in memory.

``memory_db`` is written with them. An engine that selects with its own means, such as an index or SQL, must come to the
same results.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from databus.client.log import MessageType
from databus.database import steps
from databus.database.records import (
    BackupPurge,
    Document,
    Entry,
    LogHead,
    LogLine,
    LogPurge,
    LogQuery,
    Page,
    QueuePurge,
    QueueQuery,
    RouteCounts,
)
from databus.errors import StoreError

T = TypeVar("T")


def contains(text: str, part: str) -> bool:
    """Whether a part occurs in a text, upper and lower case being the same."""
    return part.casefold() in text.casefold()


def between(moment: datetime, start: datetime | None, end: datetime | None) -> bool:
    """Whether a time lies in the half-open interval; None is an open end."""
    return (start is None or start <= moment) and (end is None or moment < end)


# -- queue ------------------------------------------------------------------------------------------------------------


def matches(entry: Entry, query: QueueQuery, now: datetime) -> bool:
    """Whether a query selects an entry."""
    return (
        entry.client_id == query.client_id
        and query.passenger_module in ("", entry.passenger_module)
        and query.source_system in ("", entry.source_system)
        and between(entry.pull_datetime, query.pulled_from, query.pulled_before)
        and _matches_texts(entry, query)
        and (not query.states or steps.state(entry, now) in query.states)
    )


def _matches_texts(entry: Entry, query: QueueQuery) -> bool:
    return (
        (not query.search or _matches_search(entry, query.search))
        and (not query.error or any(contains(step.last_error, query.error) for step in entry.steps))
        and (not query.attachment or any(contains(each.name, query.attachment) for each in entry.attachments))
        and (not query.step or any(step.name == query.step and not step.is_complete for step in entry.steps))
    )


def _matches_search(entry: Entry, search: str) -> bool:
    return contains(entry.external_id, search) or entry.internal_id.casefold().startswith(search.casefold())


def find_entries(entries: Iterable[Entry], query: QueueQuery, now: datetime) -> Page[Entry]:
    """Return the page of entries that a query asks for."""
    chosen = [entry for entry in entries if matches(entry, query, now)]
    chosen.sort(key=lambda entry: entry.sequence, reverse=True)
    return page_of(chosen, lambda entry: f"{entry.sequence:020}", limit=query.limit, cursor=query.cursor)


def count_entries(entries: Iterable[Entry], now: datetime) -> list[RouteCounts]:
    """Return how many of the entries of a client are in each state, by route."""
    counts: dict[str, RouteCounts] = {}
    for entry in entries:
        route = counts.setdefault(entry.passenger_module, RouteCounts(passenger_module=entry.passenger_module))
        state = steps.state(entry, now).value
        counts[entry.passenger_module] = replace(route, **{state: getattr(route, state) + 1})
    return [counts[module] for module in sorted(counts)]


def matches_purge(entry: Entry, rule: QueuePurge, now: datetime) -> bool:
    """Whether a purge rule names an entry, and no lease holds it."""
    return (
        entry.client_id == rule.client_id
        and (rule.before is None or entry.settled_on < rule.before)
        and rule.passenger_module in ("", entry.passenger_module)
        and (not rule.internal_ids or entry.internal_id in rule.internal_ids)
        and not steps.is_leased(entry, now)
        and steps.settled_state(entry) in rule.states
    )


def purgeable_entries(entries: Iterable[Entry], rule: QueuePurge, *, limit: int, now: datetime) -> list[Entry]:
    """Return at most ``limit`` of the entries that a rule names, oldest first."""
    chosen = [entry for entry in entries if matches_purge(entry, rule, now)]
    return sorted(chosen, key=lambda entry: (entry.settled_on, entry.sequence))[:limit]


# -- logs -------------------------------------------------------------------------------------------------------------


def worst_of(lines: Iterable[LogLine]) -> MessageType:
    """Return the worst type among lines; ``undefined`` where there are none."""
    return max((line.type for line in lines), key=lambda each: each.value, default=MessageType.undefined)


def matches_log(head: LogHead, lines: Iterable[LogLine], query: LogQuery) -> bool:
    """Whether a query selects a log; lines are only looked at where the query has a text."""
    return (
        head.client_id == query.client_id
        and query.passenger_module in ("", head.passenger_module)
        and query.of_drives in (None, head.passenger_module != "")
        and head.worst.value >= query.worst.value
        and between(head.created_on, query.created_from, query.created_before)
        and (not query.text or any(contains(line.message, query.text) for line in lines))
    )


def page_of_logs(heads: Iterable[LogHead], query: LogQuery) -> Page[LogHead]:
    """Return the page of chosen logs that a query asks for."""
    ordered = sorted(heads, key=_log_key, reverse=True)
    return page_of(ordered, _log_key, limit=query.limit, cursor=query.cursor)


def _log_key(head: LogHead) -> str:
    return f"{head.created_on.isoformat(timespec='microseconds')} {head.guid}"


def purgeable_logs(heads: Iterable[LogHead], rule: LogPurge, *, limit: int) -> list[LogHead]:
    """Return at most ``limit`` of the logs that a rule names, oldest first."""
    chosen = [
        head
        for head in heads
        if head.client_id == rule.client_id
        and head.created_on < rule.before
        and rule.of_drives in (None, head.passenger_module != "")
    ]
    return sorted(chosen, key=_log_key)[:limit]


# -- documents --------------------------------------------------------------------------------------------------------


def purgeable_versions(histories: Iterable[Sequence[Document]], rule: BackupPurge, *, limit: int) -> list[Document]:
    """Return at most ``limit`` of the earlier versions that a rule names, oldest first.

    Args:
        histories: The earlier versions of each document of the client, newest first.
        rule: Says how many to keep.
        limit: The most to return.
    """
    chosen = [each for history in histories for each in history[rule.keep :] if each.saved_on < rule.before]
    return sorted(chosen, key=lambda document: document.saved_on)[:limit]


# -- pages ------------------------------------------------------------------------------------------------------------


def page_of(items: Sequence[T], key: Callable[[T], str], *, limit: int, cursor: str) -> Page[T]:
    """Return the page that follows a cursor.

    Args:
        items: What was selected, with descending keys.
        key: Gives an item's place in the order; it never changes, so pages stay true while items come and go. The
            cursor is the key of the last item that was shown.
        limit: The most items of a page.
        cursor: Where the page before ended; empty for the first one.

    Raises:
        StoreError: The cursor is none of ours.
    """
    if cursor and not cursor[0].isdigit():
        raise StoreError(f"{cursor!r} is not a cursor of this list")
    rest = [item for item in items if not cursor or key(item) < cursor]
    shown = tuple(rest[:limit])
    return Page(items=shown, next_cursor=key(shown[-1]) if len(rest) > limit else "")
