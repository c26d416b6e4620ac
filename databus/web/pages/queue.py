"""The queue: finding passengers, and handling many of them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from markupsafe import Markup
from msgspec.structs import replace
from starlette.responses import RedirectResponse, Response

from databus.database.records import Entry, Page, QueueQuery, State
from databus.database.steps import state
from databus.errors import DatabusError
from databus.operating.bulk import Action, Handled, ignore_progress, listed
from databus.operating.entry_story import next_steps
from databus.operating.many_entries import NAMES, ManyEntries
from databus.web import jobs
from databus.web.cursors import reading_at
from databus.web.entries import first_error
from databus.web.guard import Changing, ClientOf, SiteOf, ViewerOf
from databus.web.moments import moment
from databus.web.overview import route_names
from databus.web.rendering import page, part, query, segment
from databus.web.shared import Shared
from databus.web.site import Site

router = APIRouter()

PAGE = 50

PATH: Final = re.compile("/clients/[^/]+/queue")
"""Where those who look take turns together."""

Text = Annotated[str, Query(max_length=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list of passengers is narrowed down to, as it stands in the address."""

    passenger: str = ""
    state: tuple[State, ...] = ()
    source: str = ""
    search: str = ""
    error: str = ""
    attachment: str = ""
    step: str = ""
    pulled_from: str = ""
    pulled_before: str = ""

    def as_query(self, client_id: str) -> QueueQuery:
        """Return the query of a client's queue."""
        return QueueQuery(
            client_id=client_id,
            passenger_module=self.passenger,
            states=self.state,
            source_system=self.source,
            search=self.search,
            error=self.error,
            attachment=self.attachment,
            step=self.step,
            pulled_from=moment(self.pulled_from),
            pulled_before=moment(self.pulled_before),
            limit=PAGE,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return them as they stand in the address."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {**values, "state": [each.value for each in self.state]}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filtered."""
        return not any(self.as_dict().values())


async def filters_of(  # it waits for nothing, so it needs no thread
    passenger: Text = "",
    state: Annotated[list[str] | None, Query()] = None,
    source: Text = "",
    search: Text = "",
    error: Text = "",
    attachment: Text = "",
    step: Text = "",
    pulled_from: Text = "",
    pulled_before: Text = "",
) -> Filters:
    """Return the filters of an address."""
    return Filters(
        passenger=passenger,
        state=tuple(_state(each) for each in state or () if each),
        source=source,
        search=search.strip(),
        error=error,
        attachment=attachment,
        step=step,
        pulled_from=pulled_from,
        pulled_before=pulled_before,
    )


def _state(name: str) -> State:
    try:
        return State(name)
    except ValueError:
        raise DatabusError(f"{name!r} is none of {', '.join(State)}.") from None


@dataclass(frozen=True, slots=True)
class Row:
    """A passenger in the list."""

    entry: Entry
    state: State
    next: str
    error: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of the list that somebody wants to see."""

    client_id: str
    filters: Filters
    cursor: str
    room: int = PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """A page of the list; ``next`` is the cursor of the one after it, empty on the last.

    Attributes:
        table: The rows as HTML, which looks the same to everybody who may see the client.
        looks_on: Whether there is room for more of what may come next.
        back_to: When the last passenger was pulled that was looked at, if it looks on and that is known.
    """

    rows: list[Row]
    table: Markup
    next: str
    routes: list[str]
    looks_on: bool
    back_to: datetime | None


QueuePages = Shared[Wanted, QueuePage]


def queue_page(site: Site, wanted: Wanted) -> QueuePage:
    """Return a page of passengers, newest first."""
    now = site.clock()
    with reading_at(wanted.cursor):
        query = replace(wanted.filters.as_query(wanted.client_id), cursor=wanted.cursor, limit=wanted.room)
        found = site.database.find(query, now=now)
    rows = _rows(found, now)
    table = Markup(part("queue_rows.html", client=wanted.client_id, rows=rows))  # noqa: S704 - of our own template
    return QueuePage(
        rows=rows,
        table=table,
        next=found.next_cursor,
        routes=route_names(site, wanted.client_id),
        looks_on=bool(found.next_cursor) and len(found.items) < wanted.room,
        back_to=found.back_to,
    )


def _rows(found: Page[Entry], now: datetime) -> list[Row]:
    return [Row(entry, state(entry, now), next_steps(entry), first_error(entry)) for entry in found.items]


async def pages_of(request: Request) -> QueuePages:
    """Return where pages of the list are looked up."""
    pages: QueuePages = request.app.state.queue_pages
    return pages


_DONE = {
    Action.RETRY: "will be tried again",
    Action.COMPLETE: "set complete",
    Action.INCOMPLETE: "set incomplete",
    Action.DEAD: "set dead",
    Action.DELETE: "deleted",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What was done, as it stands in an address: never a text, which anybody could put into a link."""

    action: Action
    handled: Handled

    def as_dict(self) -> dict[str, Any]:
        """Return it as it stands in the address."""
        return {"did": self.action.value, "done": str(self.handled.done), "of": str(self.handled.matched)}

    @property
    def sentence(self) -> str:
        """What the page says."""
        if not self.handled.matched:
            return "Nothing was ticked."
        said = f"{self.handled.done:,} of {self.handled.matched:,} passengers {_DONE[self.action]}."
        if self.action is Action.DELETE and self.handled.done < self.handled.matched:
            said += " The others are being driven, or have changed meanwhile."
        return said


Count = Annotated[int, Query(ge=0, le=2**40)]


async def said_of(did: Action | None = None, done: Count = 0, of: Count = 0) -> Said | None:
    """Return what an address says was done; None where it says nothing."""
    return None if did is None else Said(did, Handled(matched=of, done=done))


@router.get("/clients/{client}/queue")
async def queue(
    client: ClientOf,
    request: Request,
    site: SiteOf,
    filters: Annotated[Filters, Depends(filters_of)],
    viewer: ViewerOf,
    pages: Annotated[QueuePages, Depends(pages_of)],
    cursor: Annotated[str, Query(max_length=1000)] = "",
    said: Annotated[Said | None, Depends(said_of)] = None,
    undo: Text = "",
    found: Annotated[int | None, Query(ge=0, lt=PAGE)] = None,
) -> Response:
    """Show a page of the queue, or what comes after so many that were found for it."""
    shown = await pages.ask(Wanted(client, filters, cursor, PAGE - (found or 0)))
    if found is not None:
        return page(request, "queue_more.html", client=client, shown=shown, filters=filters, found=found)
    return page(
        request,
        "queue.html",
        client=client,
        shown=shown,
        filters=filters,
        states=list(State),
        actions=NAMES,
        cursor=cursor,
        said="" if said is None else said.sentence,
        undo=jobs.to_be_undone(site, viewer, client, undo),
        jobs=site.jobs.of(jobs.owner_of(viewer), client),
    )


# -- handling many ----------------------------------------------------------------------------------------------------


@router.post("/clients/{client}/queue")
def handle_many(
    client: ClientOf,
    viewer: Changing,
    request: Request,
    site: SiteOf,
    action: Annotated[Action, Form()],
    ids: Annotated[list[str] | None, Form()] = None,
    back: Annotated[str, Form(max_length=4000)] = "",
    sure: Annotated[bool, Form()] = False,
) -> Response:
    """Do something with the passengers that were ticked, and come back to the list; deleting is asked for once more."""
    rest = back if back.isprintable() else ""
    address = f"/clients/{segment(client)}/queue"
    if action is Action.DELETE and ids and not sure:
        found = [entry for entries in listed(site.database, client, ids) for entry in entries]
        return page(request, "queue_delete.html", client=client, entries=found, rest=rest, address=address)
    task = ManyEntries(
        site.database, action, QueueQuery(client_id=client), by=viewer.person, clock=site.clock, which="ticked"
    )
    handled = task.handle(listed(site.database, client, ids or []), ignore_progress)
    undo = jobs.undoable(site, viewer, client, task, handled, back=f"{address}?{rest}")
    said = query({**Said(action, handled).as_dict(), "undo": undo})
    return RedirectResponse(f"{address}{said}{f'&{rest}' if rest else ''}", 303)
