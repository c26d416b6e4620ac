"""What becomes of a step that failed."""

import asyncio
import traceback
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from databus.client.log import shortened
from databus.database.records import Entry, Step
from databus.errors import Reject, Retry, StoreUnreachable, text_of
from databus.pqueue.outcome import Outcome, OutcomeKind

if TYPE_CHECKING:  # pydantic models: not needed to import a driver
    from databus.client.config import RetryConfig

LONGEST_ERROR = 8000
"""Characters of an error that are kept with the step, half of them its beginning; the log has all."""

LONGEST_DELAY = timedelta(days=36_500)
"""A plug-in that asks for a longer one is not waited for beyond it: the calendar has an end."""


def failure(
    entry: Entry,
    step: Step,
    error: BaseException,
    *,
    fence: int | None,
    retry: "RetryConfig | None",
    text: str,
    log_guid: str,
    at: datetime,
) -> Outcome:
    """Return the outcome of a step that raised.

    Args:
        retry: The route's policy; None means at every drive, for ever.
        text: The error as it is shown.
    """
    attempts = step.attempts + 1
    exhausted = retry is not None and attempts >= retry.max_attempts
    return Outcome(
        client_id=entry.client_id,
        internal_id=entry.internal_id,
        kind=step.kind,
        name=step.name,
        result=OutcomeKind.REJECTED if isinstance(error, Reject) else OutcomeKind.FAILED,
        at=at,
        fence=fence,
        error=shortened(text, LONGEST_ERROR),
        due_on=None if exhausted else _due_on(error, attempts, retry, at),
        dead=exhausted,
        log_guid=log_guid,
    )


def database_loss(error: BaseException | None) -> StoreUnreachable | None:
    """Return why a plug-in failed if the database was gone when it read its passenger: then it did not fail itself."""
    seen = set[int]()  # errors that name each other as their cause go round in a circle
    while error is not None and not isinstance(error, StoreUnreachable) and id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return error if isinstance(error, StoreUnreachable) else None


def ask_for_text(error: BaseException) -> None:
    """Ask for the text of an error where a time limit counts, should it never end: the drive itself will ask for it."""
    with suppress(BaseException):
        str(error)


def _due_on(error: BaseException, attempts: int, retry: "RetryConfig | None", at: datetime) -> datetime | None:
    asked = _attribute(error, "delay") if isinstance(error, Retry) else None
    if isinstance(asked, timedelta):
        return at + min(max(asked, timedelta(0)), LONGEST_DELAY)
    if retry is None:
        return None
    return at + retry.delay_after(attempts)


def error_text(error: BaseException) -> str:
    """Return type and message in the first line, and the plug-in's part of the traceback below it.

    Whatever the error is, there is a text.
    """
    if isinstance(error, (Reject, Retry)):
        word = "Rejected" if isinstance(error, Reject) else "Retry"
        return f"{word}: {text_of(_attribute(error, 'reason') or '')}".rstrip(": ")
    headline = f"{type(error).__name__}: {text_of(error)}".rstrip(": ")
    ours = (str(Path(__file__).parent), str(Path(asyncio.__file__).parent))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(ours)]
    return headline + ("\n" + "".join(traceback.format_list(frames)).rstrip() if frames else "")


def _attribute(error: BaseException, name: str) -> object:
    try:
        return getattr(error, name, None)
    except BaseException:  # noqa: BLE001 - the border to foreign objects: it may be a property, which may even exit
        return None
