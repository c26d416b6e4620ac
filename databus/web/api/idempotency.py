"""Doing once what is asked for twice: answers are kept for a day by the key that came with the request."""

import hashlib
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import orjson

from databus.database.abstract_database import AbstractDatabase
from databus.database.changing import change_document
from databus.errors import StoreError
from databus.web.api.problems import RETRY_SOON, Trouble

DOCUMENT = "state/idempotency"

KEPT = timedelta(hours=24)

ABANDONED = timedelta(minutes=10)
"""Who has not said for so long that it goes on was killed."""

MOST = 1000
"""Keys of a client; the oldest are forgotten for new ones."""

ATTEMPTS = 20

ATTEMPTS_AFTERWARDS = 200
"""What was done cannot be taken back: to note it is tried for longer than to begin."""

Stored = dict[str, dict[str, Any]]

UNDER_WAY = "What this Idempotency-Key was sent with first is under way, or how it ended could not be noted."

BROKE_OFF = (
    "What this Idempotency-Key was sent with first broke off, and what it had done by then stays done: look at the "
    "passengers, and ask for the rest with a new key."
)

_logger = logging.getLogger("databus")


class Answers:
    """The answers that a client's users were given.

    Args:
        key: That of the request.
        user: Who asks: another user's key is another one.
        request: All that was asked for; the key of another request cannot be used again.
        turn: Of who notes something in this process; notes of another one are noticed by the document's version.
    """

    def __init__(
        self,
        database: AbstractDatabase,
        client_id: str,
        *,
        key: str,
        user: str,
        request: bytes,
        turn: threading.Lock,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._client_id = client_id
        self._key = hashlib.sha256(f"{user}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()
        self._request = hashlib.sha256(request).hexdigest()
        self._turn = turn
        self._clock = clock

    def begin(self) -> dict[str, Any] | None:
        """Return the answer that was given; None where it is to be done, which is noted.

        Raises:
            Trouble: The key was used for something else, or what it was used for is under way or broke off.
        """
        found: dict[str, Any] | None = None

        def noted(stored: Stored) -> Stored:
            nonlocal found
            found = stored.get(self._key)
            return stored if found is not None else {**stored, self._key: self._note(None)}

        self._change(noted, ATTEMPTS)
        if found is None:
            return None
        if found.get("request") != self._request:
            raise Trouble(422, "This Idempotency-Key was used for another request: make a new one.")
        if found.get("broke_off"):
            raise Trouble(409, BROKE_OFF)
        if found.get("answer") is None:
            raise Trouble(409, UNDER_WAY, headers=RETRY_SOON)
        answer: dict[str, Any] = found["answer"]
        return answer

    def go_on(self) -> None:
        """Note that it is still being done.

        Where the database cannot do that, nothing is said: that is no reason to break off.
        """
        with suppress(StoreError):
            self._change(lambda stored: {**stored, self._key: self._note(None)}, ATTEMPTS)

    def end(self, answer: dict[str, Any]) -> None:
        """Keep the answer."""
        self._change_afterwards(lambda stored: {**stored, self._key: self._note(answer)})

    def break_off(self) -> None:
        """Note that it failed after something may have been done: the key does not do it again."""
        self._change_afterwards(lambda stored: {**stored, self._key: {**self._note(None), "broke_off": True}})

    def forget(self) -> None:
        """Forget that it was begun, because it failed before anything was done."""
        self._change_afterwards(lambda stored: {key: value for key, value in stored.items() if key != self._key})

    def _note(self, answer: dict[str, Any] | None) -> dict[str, Any]:
        return {"at": self._clock().isoformat(), "request": self._request, "answer": answer}

    def _change_afterwards(self, change: Callable[[Stored], Stored]) -> None:
        """Note how it ended. Whoever asked is told that, and not that the note did not get through."""
        try:
            self._change(change, ATTEMPTS_AFTERWARDS)
        except StoreError as error:
            _logger.error("How a request with an Idempotency-Key ended could not be noted: %s", error)

    def _change(self, change: Callable[[Stored], Stored], attempts: int) -> None:
        def changed(content: bytes) -> bytes | None:
            before = self._stored(content)
            after = change(before)
            kept = sorted(after.items(), key=lambda item: str(item[1].get("at")))[-MOST:]
            return None if after == before else orjson.dumps(dict(kept))

        with self._turn:
            change_document(
                self._database,
                self._client_id,
                DOCUMENT,
                changed,
                clock=self._clock,
                attempts=attempts,
                may_be_new=True,
            )

    def _stored(self, content: bytes) -> Stored:
        """Return what still counts."""
        stored: Stored = {}
        with suppress(ValueError, TypeError, AttributeError, KeyError):  # somebody has edited it
            stored = {key: note for key, note in orjson.loads(content).items() if self._counts(note)}
        return stored

    def _counts(self, note: dict[str, Any]) -> bool:
        age = self._clock() - datetime.fromisoformat(note["at"])
        has_ended = note["answer"] is not None or note.get("broke_off", False)
        return age < (KEPT if has_ended else ABANDONED)
