"""What an operator reads of a queue entry: why it is where it is, and what happened to it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import assert_never

from databus.database.records import Entry, State, Step
from databus.database.steps import runnable_steps, state
from databus.operating.step_changes import SET_DEAD
from databus.pqueue.outcome import StepKind
from databus.timestamps import utc_text

_WORDS = {StepKind.NOTIFY: "puller's notification", StepKind.PROCESS: "processor", StepKind.PUSH: "pusher"}


def why(
    entry: Entry, now: datetime, *, is_on_demand: bool = False, time_text: Callable[[datetime], str] | None = utc_text
) -> str:
    """Return why an entry is where it is, as far as that stands in it; ``why_it_waits`` knows more.

    Args:
        is_on_demand: Whether no schedule drives its route.
        time_text: Writes a time; None leaves times out.
    """
    match state(entry, now):
        case State.COMPLETE:
            return "it is complete; it is deleted when its life span is over"
        case State.RUNNING:
            return f"a drive works on it: {entry.leased_by}"
        case State.DEAD:
            return f"{_sentences((step for step in entry.steps if step.dead), time_text)}; it waits for an operator"
        case State.FAILED:
            failed = _sentences((step for step in runnable_steps(entry) if step.last_error), time_text)
            on_demand = " at the next drive; this route is driven on demand" if is_on_demand else ""
            return f"{failed}; it is tried again{on_demand}"
        case State.WAITING:
            return f"{_sentences(iter(runnable_steps(entry)), time_text)} at the next drive"
        case never:
            assert_never(never)


def next_steps(entry: Entry) -> str:
    """Return the names of the steps that a drive would do next; empty where there are none."""
    return ", ".join(step.name for step in runnable_steps(entry))


def error_line(entry: Entry) -> str:
    """Return the first line of the last error of the first step that has one; empty where none has."""
    errors = [step.last_error.strip() for step in entry.steps if step.last_error.strip()]
    return errors[0].splitlines()[0] if errors else ""


def _sentences(steps: Iterator[Step], time_text: Callable[[datetime], str] | None) -> str:
    return "; ".join(_sentence(step, time_text) for step in steps)


def _sentence(step: Step, time_text: Callable[[datetime], str] | None) -> str:
    name = f"the {_WORDS[step.kind]}" + ("" if step.kind is StepKind.NOTIFY else f" {step.name}")
    if not step.last_error:
        return f"{name} runs"
    first, _, before = step.last_error.partition("\n")
    if step.dead and first.startswith(SET_DEAD):
        return f"{name} was {first}" + (f" after attempt {step.attempts}: {before.splitlines()[0]}" if before else "")
    when = f" (not before {time_text(step.due_on)})" if time_text and step.due_on and not step.dead else ""
    return f"{name} failed at attempt {step.attempts}{when}: {step.last_error.splitlines()[0]}"


def timeline(entry: Entry) -> list[tuple[datetime, str]]:
    """Return what happened to an entry, oldest first."""
    events = [(entry.pull_datetime, f"pulled by {entry.puller_name}")]
    events += [(step.changed_on, _event(step)) for step in entry.steps if step.changed_on]
    return sorted(events, key=lambda event: event[0])


def _event(step: Step) -> str:
    name = _WORDS[step.kind] if step.kind is StepKind.NOTIFY else f"{_WORDS[step.kind]} {step.name}"
    if step.is_complete:
        return f"{name} complete" + (f" at attempt {step.attempts}" if step.attempts > 1 else "")
    if not step.last_error:
        return f"{name} set back"
    return f"{name} {'dead' if step.dead else 'failed'} at attempt {step.attempts}: {step.last_error}"
