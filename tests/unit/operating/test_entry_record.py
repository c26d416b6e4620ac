"""A queue entry as JSON and as sentences."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from databus.database.records import Entry, Step
from databus.operating.clients import ReadClient
from databus.operating.entry_record import entry_record
from databus.operating.entry_story import timeline, why
from databus.operating.resting import Rest
from databus.operating.waiting import Surroundings
from databus.pqueue.outcome import StepKind
from databus.pqueue.queue_status import QueueStatus

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOTIFY = Step(kind=StepKind.NOTIFY, module="a.puller", name="notify", status=QueueStatus.complete, changed_on=NOW)
PROCESS = Step(kind=StepKind.PROCESS, module="a.processor", name="check")
PUSH = Step(kind=StepKind.PUSH, module="a.pusher", name="deliver")
ENTRY = Entry(
    client_id="acme",
    passenger_module="a.passenger",
    internal_id="i",
    source_system="s",
    external_id="e",
    seated_as=("s", "e"),
    puller_module="a.puller",
    puller_name="inbox",
    pull_datetime=NOW - timedelta(minutes=1),
    steps=(NOTIFY, PROCESS, PUSH),
)
CONTRACT = [
    *("external_id", "internal_id", "source_system", "passenger_module", "puller_module", "puller_notified"),
    *("pull_datetime", "state", "processor_statuses", "pusher_statuses", "attachments", "log_guids"),
]


def _with(step: Step) -> Entry:
    return replace(ENTRY, steps=tuple(step if own.kind is step.kind else own for own in ENTRY.steps))


def test_the_keys_of_the_contract_come_first() -> None:
    read = ReadClient(client_id="acme", loaded=None, problems=[])
    record = entry_record(ENTRY, Surroundings(rest=Rest(client_id="acme"), client=read), now=NOW)
    assert list(record)[: len(CONTRACT)] == CONTRACT
    assert list(record["pusher_statuses"][0])[:5] == ["module", "status", "attempts", "last_error", "due_on"]
    assert record["state"] == "waiting"
    assert record["processor_statuses"][0]["status"] == "incomplete"


def test_waiting_names_what_runs_next() -> None:
    assert why(ENTRY, NOW) == "the processor check runs at the next drive"


def test_failed_names_the_step_and_the_first_line_of_its_error() -> None:
    failed = _with(replace(PROCESS, attempts=3, last_error="ValueError: no\n  File …"))
    assert why(failed, NOW) == "the processor check failed at attempt 3: ValueError: no; it is tried again"


def test_what_is_driven_on_demand_is_not_said_to_be_tried_by_itself() -> None:
    failed = _with(replace(PROCESS, attempts=1, last_error="no"))
    told = why(failed, NOW, is_on_demand=True)
    assert told.endswith("no; it is tried again at the next drive; this route is driven on demand")


def test_times_are_marked_or_left_out() -> None:
    failed = _with(replace(PROCESS, attempts=1, last_error="no", due_on=NOW))
    assert f"at attempt 1 (not before {NOW.isoformat()}): no;" in why(failed, NOW)
    assert "at attempt 1: no;" in why(failed, NOW, time_text=None)


def test_dead_says_who_has_to_act() -> None:
    dead = _with(replace(PROCESS, attempts=1, last_error="Rejected", dead=True))
    assert why(dead, NOW) == "the processor check failed at attempt 1: Rejected; it waits for an operator"


def test_running_names_the_drive() -> None:
    running = replace(ENTRY, leased_by="host:1", leased_until=NOW + timedelta(seconds=60))
    assert why(running, NOW) == "a drive works on it: host:1"


def test_complete() -> None:
    complete = replace(ENTRY, steps=(NOTIFY,), completed_on=NOW)
    assert why(complete, NOW).startswith("it is complete")


def test_the_timeline_is_in_order() -> None:
    failed = _with(replace(PROCESS, attempts=2, last_error="oh", changed_on=NOW + timedelta(seconds=1)))
    assert [event for _, event in timeline(failed)] == [
        "pulled by inbox",
        "puller's notification complete",
        "processor check failed at attempt 2: oh",
    ]
