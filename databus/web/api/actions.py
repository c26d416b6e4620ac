"""Doing something with many passengers at once."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from databus.database.records import Entry, QueueQuery
from databus.operating.bulk import BATCH, Action, Handled, Progress, ignore_progress, listed, matching
from databus.operating.many_entries import ManyEntries
from databus.web.api.access import Caller, Writer
from databus.web.api.idempotency import Answers
from databus.web.api.problems import problems
from databus.web.api.queue_filter import QueueFilter
from databus.web.guard import SiteOf
from databus.web.jobs import undoable
from databus.web.rendering import segment
from databus.web.site import Site

router = APIRouter(tags=["queue"])

BATCHES_PER_NOTE = 10

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=255,
        description="Any text of your own. The same request with the same key within 24 hours is not done again: it "
        "gets the same answer.",
        examples=["6f1b0f8e-retry-dead"],
    ),
]

_REPLAYED = {
    "Idempotency-Replayed": {"description": "true where nothing was done again.", "schema": {"type": "string"}}
}


def _only(name: str, *, beside: str) -> dict[str, Any]:
    """Return the schema of objects that have the one and not the other."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}, beside: {"type": "null"}}}


class BulkAction(BaseModel):
    """What to do, and with whom: either ``ids`` or ``filter``."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"action": "retry", "filter": {"state": ["dead"], "error": "timeout"}},
                {"action": "delete", "ids": ["5f1c9a4e-7f0e-4c55-8a8c-3f3c5a0f2b11"]},
            ],
            "oneOf": [_only("ids", beside="filter"), _only("filter", beside="ids")],
        },
    )

    action: Action = Field(
        description="retry sets back the steps that are not complete, dead gives them up; complete and incomplete set "
        "all steps; delete deletes, but not what a drive works on."
    )
    ids: list[Annotated[str, Field(max_length=1000)]] | None = Field(
        None, max_length=2_000, description="Internal ids."
    )
    filter: QueueFilter | None = Field(
        None, description="All that match when it is asked for; what is seated later is left alone."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "BulkAction":
        if (self.ids is None) is (self.filter is None):
            raise ValueError("give either ids or filter; an empty filter {} means all passengers")
        return self


class BulkResult(BaseModel):
    """What was done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"action": "retry", "matched": 1204, "done": 1204, "undo": "pX1vH0r0f9uY1pE5i0a1Bg"}]
        }
    )

    action: Action = Field(description="What was asked for.")
    matched: int = Field(description="Passengers that were meant, and were there.")
    done: int = Field(
        description="Those with which it was done. The others had no step for it, were being driven, or went away."
    )
    undo: str = Field(
        "", description="What it can be undone with, for four hours; empty where nothing can be set back."
    )


@router.post(
    "/clients/{client}/queue/actions",
    summary="Handle many passengers",
    responses={200: {"headers": _REPLAYED}, **problems(400, 409, 413)},
)
def act(
    client: str, wanted: BulkAction, caller: Writer, site: SiteOf, response: Response, idempotency_key: Key = ""
) -> BulkResult:
    """Retry, set or delete passengers, in batches.

    If it fails on its way, what is done stays done: ask again, with another key.
    """
    if not idempotency_key:
        return _done(site, client, wanted, caller, _batches(site, client, wanted), ignore_progress)
    answers = Answers(
        site.database,
        client,
        key=idempotency_key,
        user=f"{caller.client_id}\0{caller.username}",
        request=wanted.model_dump_json().encode(),
        turn=site.answering,
        clock=site.clock,
    )
    given = answers.begin()
    if given is not None:
        response.headers["idempotency-replayed"] = "true"
        return BulkResult.model_validate(given)
    return _noted(site, client, wanted, caller, answers)


def _noted(site: Site, client: str, wanted: BulkAction, caller: Caller, answers: Answers) -> BulkResult:
    batches = _Given(_batches(site, client, wanted))
    try:
        result = _done(site, client, wanted, caller, iter(batches), _going_on(answers))
    except BaseException:
        if batches.has_given:
            answers.break_off()
        else:
            answers.forget()
        raise
    answer: dict[str, Any] = result.model_dump(mode="json")
    answers.end(answer)
    return result


class _Given:
    """Batches, and whether passengers were given: from then on a failure may leave something done."""

    def __init__(self, batches: Iterator[Sequence[Entry]]) -> None:
        self._batches = batches
        self.has_given = False

    def __iter__(self) -> Iterator[Sequence[Entry]]:
        for batch in self._batches:
            self.has_given = self.has_given or bool(batch)
            yield batch


def _done(
    site: Site,
    client: str,
    wanted: BulkAction,
    caller: Caller,
    batches: Iterator[Sequence[Entry]],
    on_progress: Progress,
) -> BulkResult:
    if wanted.filter is None:
        query, which = QueueQuery(client_id=client), "listed"
    else:
        query, which = wanted.filter.as_query(client, limit=BATCH), ""
    task = ManyEntries(site.database, wanted.action, query, by=caller.person, clock=site.clock, which=which)
    handled = task.handle(batches, on_progress)
    undo = undoable(site, caller, client, task, handled, back=f"/clients/{segment(client)}/queue")
    return BulkResult(action=wanted.action, matched=handled.matched, done=handled.done, undo=undo)


def _going_on(answers: Answers) -> Progress:
    """Return what notes now and then that it goes on: each note is a write.

    Batches are counted, not passengers: where few match many are empty, and looking through them takes its time.
    """
    batches = count(1)

    def note(handled: Handled) -> None:
        if next(batches) % BATCHES_PER_NOTE == 0:
            answers.go_on()

    return note


def _batches(site: Site, client: str, wanted: BulkAction) -> Iterator[Sequence[Entry]]:
    if wanted.filter is None:
        yield from listed(site.database, client, wanted.ids or [])
        return
    yield from matching(site.database, wanted.filter.as_query(client, limit=BATCH), clock=site.clock)
