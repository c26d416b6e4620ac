"""Doing once what is asked for twice: answers are kept for a day by the key that came with the request."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import orjson

from databus.database.abstract_database import AbstractDatabase
from databus.database.changing import change_document
from databus.web.api.problems import RETRY_SOON, Trouble

DOCUMENT = "state/idempotency"

KEPT = timedelta(hours=24)

ABANDONED = timedelta(minutes=10)
"""Who has not said for so long that it goes on was killed."""

MOST = 1000
"""Keys of a client; the oldest are forgotten for new ones."""

ATTEMPTS = 20

Stored = dict[str, dict[str, Any]]


class Answers:
    """The answers that a client's users were given.

    Args:
        key: That of the request.
        user: Who asks: another user's key is another one.
        request: All that was asked for; the key of another request cannot be used again.
    """

    def __init__(
        self,
        database: AbstractDatabase,
        client_id: str,
        *,
        key: str,
        user: str,
        request: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._client_id = client_id
        self._key = hashlib.sha256(f"{user}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()
        self._request = hashlib.sha256(request).hexdigest()
        self._clock = clock

    def begin(self) -> dict[str, Any] | None:
        """Return the answer that was given; None where it is to be done, which is noted.

        Raises:
            Trouble: The key was used for something else, or what it was used for is under way.
        """
        found: dict[str, Any] | None = None

        def noted(stored: Stored) -> Stored:
            nonlocal found
            found = stored.get(self._key)
            return stored if found is not None else {**stored, self._key: self._note(None)}

        self._change(noted)
        if found is None:
            return None
        if found.get("request") != self._request:
            raise Trouble(422, "This Idempotency-Key was used for another request: make a new one.")
        if found.get("answer") is None:
            raise Trouble(409, "What this Idempotency-Key was sent with first is under way.", headers=RETRY_SOON)
        answer: dict[str, Any] = found["answer"]
        return answer

    def go_on(self) -> None:
        """Note that it is still being done."""
        self._change(lambda stored: {**stored, self._key: self._note(None)})

    def end(self, answer: dict[str, Any]) -> None:
        """Keep the answer."""
        self._change(lambda stored: {**stored, self._key: self._note(answer)})

    def forget(self) -> None:
        """Forget that it was begun, because it failed."""
        self._change(lambda stored: {key: value for key, value in stored.items() if key != self._key})

    def _note(self, answer: dict[str, Any] | None) -> dict[str, Any]:
        return {"at": self._clock().isoformat(), "request": self._request, "answer": answer}

    def _change(self, change: Callable[[Stored], Stored]) -> None:
        def changed(content: bytes) -> bytes | None:
            before = self._stored(content)
            after = change(before)
            kept = sorted(after.items(), key=lambda item: str(item[1].get("at")))[-MOST:]
            return None if after == before else orjson.dumps(dict(kept))

        change_document(
            self._database,
            self._client_id,
            DOCUMENT,
            changed,
            clock=self._clock,
            attempts=ATTEMPTS,
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
        return age < (ABANDONED if note["answer"] is None else KEPT)
