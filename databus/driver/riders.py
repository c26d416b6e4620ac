"""The passengers of one stage run: what each has been through, and who is ready for which step."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from databus.database.records import Step
from databus.database.steps import AT_ONCE, runnable_steps
from databus.driver.calls import group_size
from databus.pqueue.abstract_queue import QueuedPassenger
from databus.pqueue.outcome import StepKind

StepKey = tuple[StepKind, str]
"""What identifies a step within its entry, and a stage."""

NOTHING: frozenset[StepKey] = frozenset()


class Rider(Struct, eq=False):
    """A passenger, with the steps that were tried in this drive.

    ``tried`` is shared by those who tried the same, like the steps of their entries: what is next is then worked out
    once for all of them.
    """

    passenger: QueuedPassenger
    tried: frozenset[StepKey] = NOTHING
    lost: bool = False
    failed: bool = False


def next_stage(
    riders: Iterable[Rider], *, given_up: Collection[StepKey], spare_since: datetime | None, now: datetime
) -> tuple[int, Step, list[Rider]] | None:
    """Return the earliest step that is due for anybody and was not tried, after its place, and all who are ready.

    Args:
        given_up: Steps that nobody is to try.
        spare_since: What failed since then is left alone; None for nothing.
    """
    ready: dict[StepKey, tuple[int, Step, list[Rider]]] = {}
    alike: dict[tuple[int, frozenset[StepKey]], list[list[Rider]]] = {}
    for rider in riders:
        if rider.lost:
            continue
        steps = rider.passenger.entry.steps
        case = (id(steps), rider.tried)
        waiting = alike.get(case)
        if waiting is None:
            waiting = alike[case] = []
            for step in runnable_steps(rider.passenger.entry):
                key = (step.kind, step.name)
                if key in rider.tried or key in given_up or not _is_due(step, spare_since, now):
                    continue
                waiting.append(ready.setdefault(key, (steps.index(step), step, []))[2])
        for line in waiting:
            line.append(rider)
    return min(ready.values(), key=lambda found: found[0], default=None)


def _is_due(step: Step, spare_since: datetime | None, now: datetime) -> bool:
    if (step.due_on or AT_ONCE) > now:
        return False
    if spare_since is None or not step.last_error:
        return True
    # A failure of the future, because the clock was set back, spares nothing.
    return step.changed_on is not None and not spare_since <= step.changed_on <= now


def mark_tried(step: Step, riders: Iterable[Rider]) -> None:
    """Note that the riders are at a step."""
    more: dict[frozenset[StepKey], frozenset[StepKey]] = {}
    key = (step.kind, step.name)
    for rider in riders:
        after = more.get(rider.tried)
        if after is None:
            after = more[rider.tried] = rider.tried | {key}
        rider.tried = after


def groups(step: Step, riders: list[Rider]) -> Iterator[list[Rider]]:
    """Give those who are handed to the step's plug-in together: never passengers of two pullers."""
    lines: Iterable[list[Rider]] = [riders]
    if step.kind is StepKind.NOTIFY:
        by_puller: dict[str, list[Rider]] = {}
        for rider in riders:
            by_puller.setdefault(rider.passenger.entry.puller_name, []).append(rider)
        lines = by_puller.values()
    size = group_size(step)
    for line in lines:
        for at in range(0, len(line), size):
            yield line[at : at + size]
