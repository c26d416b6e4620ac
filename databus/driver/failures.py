"""What becomes of a step that failed."""

import asyncio
import traceback
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from databus.database.records import Entry, Step
from databus.errors import Reject, Retry
from databus.pqueue.outcome import Outcome, OutcomeKind

if TYPE_CHECKING:  # pydantic models: not needed to import a driver
    from databus.client.config import RetryConfig

LONGEST_ERROR = 8000
"""Characters of an error that are kept with the step; the rest of it is in the log."""


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
        error=text[-LONGEST_ERROR:] if len(text) > LONGEST_ERROR else text,
        due_on=None if exhausted else _due_on(error, attempts, retry, at),
        dead=exhausted,
        log_guid=log_guid,
    )


def _due_on(error: BaseException, attempts: int, retry: "RetryConfig | None", at: datetime) -> datetime | None:
    if isinstance(error, Retry) and error.delay is not None:
        return at + error.delay
    if retry is None:
        return None
    return at + retry.delay_after(attempts)


def error_text(error: BaseException) -> str:
    """Return type and message in the first line, and the plug-in's part of the traceback below it."""
    headline = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, Reject):
        return f"Rejected: {error.reason}" if error.reason else "Rejected"
    if isinstance(error, Retry):
        return f"Retry: {error.reason}" if error.reason else "Retry"
    ours = (str(Path(__file__).parent), str(Path(asyncio.__file__).parent))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(ours)]
    return headline + ("\n" + "".join(traceback.format_list(frames)).rstrip() if frames else "")
