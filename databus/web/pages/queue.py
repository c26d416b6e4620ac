"""The queue: finding passengers, and handling many of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from msgspec.structs import replace
from starlette.responses import RedirectResponse, Response

from databus.database.records import Entry, Page, QueueQuery, State
from databus.database.steps import runnable_steps, state
from databus.errors import DatabusError
from databus.operating.bulk import Action, Handled, handle, listed
from databus.web.cursors import reading_at
from databus.web.guard import Changing, ClientOf, SiteOf
from databus.web.rendering import page, query, segment
from databus.web.site import Site

router = APIRouter()

PAGE = 50

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
            pulled_from=_moment(self.pulled_from),
            pulled_before=_moment(self.pulled_before),
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


def _moment(text: str) -> datetime | None:
    """Return the time of a field of a form, which is in UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise DatabusError(f"{text!r} is no time: write it as 2026-11-25T09:30.") from None


@dataclass(frozen=True, slots=True)
class Row:
    """A passenger in the list."""

    entry: Entry
    state: State
    next: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """A page of the list; ``next`` is the cursor of the one after it, empty on the last."""

    rows: list[Row]
    next: str
    routes: list[str]


def queue_page(site: Site, client_id: str, filters: Filters, cursor: str) -> QueuePage:
    """Return a page of passengers, newest first."""
    now = site.clock()
    with reading_at(cursor):
        found = site.database.find(replace(filters.as_query(client_id), cursor=cursor), now=now)
    read = site.configs.of(client_id)
    routes = {route.name for route in read.loaded.config.passengers} if read.loaded else set()
    routes |= {each.passenger_module for each in site.database.counts(client_id, now=now)}
    return QueuePage(rows=_rows(found, now), next=found.next_cursor, routes=sorted(routes))


def _rows(found: Page[Entry], now: datetime) -> list[Row]:
    return [
        Row(entry, state(entry, now), ", ".join(step.name for step in runnable_steps(entry)), _error(entry))
        for entry in found.items
    ]


def _error(entry: Entry) -> str:
    errors = [step.last_error.strip() for step in entry.steps if step.last_error.strip()]
    return errors[0].splitlines()[0][:300] if errors else ""


@router.get("/clients/{client}/queue")
def queue(
    client: ClientOf,
    request: Request,
    site: SiteOf,
    filters: Annotated[Filters, Depends(filters_of)],
    cursor: Annotated[str, Query(max_length=1000)] = "",
    said: Text = "",
) -> Response:
    """Show a page of the queue."""
    shown = queue_page(site, client, filters, cursor)
    return page(
        request,
        "queue.html",
        client=client,
        shown=shown,
        filters=filters,
        states=list(State),
        cursor=cursor,
        said=said,
    )


# -- handling many ----------------------------------------------------------------------------------------------------

_DONE = {
    Action.RETRY: "will be tried again",
    Action.COMPLETE: "set complete",
    Action.INCOMPLETE: "set incomplete",
    Action.DEAD: "set dead",
    Action.DELETE: "deleted",
}


@router.post("/clients/{client}/queue")
def handle_many(
    client: ClientOf,
    viewer: Changing,
    site: SiteOf,
    action: Annotated[Action, Form()],
    ids: Annotated[list[str] | None, Form()] = None,
    back: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Do something with the passengers that were ticked, and come back to the list."""
    batches = listed(site.database, client, ids or [])
    handled = handle(site.database, client, action, batches, by=viewer.person, clock=site.clock)
    rest = f"&{back}" if back and back.isprintable() else ""
    return RedirectResponse(f"/clients/{segment(client)}/queue{query({'said': _said(action, handled)})}{rest}", 303)


def _said(action: Action, handled: Handled) -> str:
    if not handled.matched:
        return "Nothing was ticked."
    said = f"{handled.done:,} of {handled.matched:,} passengers {_DONE[action]}."
    if action is Action.DELETE and handled.done < handled.matched:
        said += " The others are being driven, or have changed meanwhile."
    return said
