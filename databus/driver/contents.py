"""Copying what plug-ins give as streams, on their threads and within their time limit, before the queue takes it.

A stream that hangs while the queue reads it would hold the drive, and in the database whatever the writing holds there.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from databus.driver.plugins import Plugins
from databus.driver.stage import TIMEOUTS_IN_A_ROW, Done, Interrupted, Task, TimeLimitExceeded
from databus.driver.team import Team
from databus.passenger.attachment import Attachment
from databus.passenger.spool import Spool

MOST_COPIED = 64 * 2**20
"""Bytes after which the passengers at hand are seated before more is copied."""


def copy_contents(passenger: object) -> int:
    """Copy the contents of a passenger that are not at hand; return their size in bytes."""
    foreign = foreign_contents(passenger)
    if not foreign:
        return 0
    spool = Spool()
    for attachment in foreign:
        spool.copy(attachment)
    return sum(attachment.size or 0 for attachment in foreign)


def foreign_contents(passenger: object) -> list[Attachment]:
    """Return the attachments whose content is not at hand."""
    try:
        attachments: Sequence[object] = passenger.attachments  # type: ignore[attr-defined] # or it is no passenger
        return [each for each in attachments if isinstance(each, Attachment) and not each.is_at_hand]
    except BaseException:  # noqa: BLE001 - the border to foreign code: whoever packs the passenger says what is wrong
        return []


class Contents:
    """Brings the contents of what one puller gives to hand.

    Args:
        team: Copies them. It is not the puller's, so that one that hangs does not take the pull along.
        refuse: Is told, in one sentence, of each passenger whose contents do not come.
    """

    def __init__(self, team: Team, refuse: Callable[[str], None]) -> None:
        self._team = team
        self._refuse = refuse
        self._timeouts = 0

    def at_hand(self, passengers: Sequence[object]) -> Iterator[list[object]]:
        """Give the passengers in groups, each when its contents are at hand."""
        group: list[object] = []
        copied = 0
        for passenger in passengers:
            foreign = foreign_contents(passenger)
            if foreign and not self._copy(passenger, foreign):
                continue
            group.append(passenger)
            copied += sum(attachment.size or 0 for attachment in foreign)
            if copied >= MOST_COPIED:
                yield group
                group, copied = [], 0
        if group:
            yield group

    def _copy(self, passenger: object, foreign: list[Attachment]) -> bool:
        what = f"{_name(passenger)}: reading its attachments ({', '.join(repr(each.name) for each in foreign)})"
        if self._timeouts >= TIMEOUTS_IN_A_ROW:
            self._refuse(f"{what} was not tried, because that of the last {self._timeouts} passengers hung")
            return False
        results: list[Done] = []
        self._team.run([Task(partial(_copy, passenger))], results.extend)
        error = results[0].error if results else Interrupted()
        if error is None:
            self._timeouts = 0
        elif isinstance(error, TimeLimitExceeded):
            self._timeouts += 1
            self._refuse(f"{what} {error}")
        elif not isinstance(error, Interrupted):
            self._refuse(f"{what} failed: {error!r}")
        return error is None


def _name(passenger: object) -> str:
    try:
        return str(getattr(passenger, "id_text", ""))
    except BaseException:  # noqa: BLE001 - the border to foreign code: its attributes
        return type(passenger).__name__


def _copy(passenger: object, plugins: Plugins) -> None:
    copy_contents(passenger)
