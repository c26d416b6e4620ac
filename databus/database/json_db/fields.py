"""Reading the keys of a JSON object that others may have changed."""

from datetime import datetime
from typing import Any

from databus.database.json_db.moments import parse
from databus.database.json_db.trouble import Damaged


class Fields:
    """The keys of one JSON object; every method raises Damaged where a value has the wrong type.

    Args:
        value: What should be an object.
        place: Names it in errors.
    """

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise Damaged(f"{place} is no JSON object")
        self._value: dict[str, Any] = value
        self.place = place

    def __contains__(self, key: str) -> bool:
        return key in self._value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there."""
        value = self._value.get(key)
        if isinstance(value, str):
            return value
        if value is None and default is not None:
            return default
        raise self._wrong(key, "a text")

    def number(self, key: str, default: int) -> int:
        """Return a whole number."""
        value = self._value.get(key, default)
        if type(value) is int and 0 <= value < 1 << 62:
            return value
        raise self._wrong(key, "a whole number")

    def flag(self, key: str) -> bool:
        """Return true or false; what is missing is false."""
        value = self._value.get(key, False)
        if isinstance(value, bool):
            return value
        raise self._wrong(key, "true or false")

    def moment(self, key: str) -> datetime:
        """Return a time, which must be there."""
        text = self.text(key)
        try:
            return parse(text)
        except ValueError:
            raise self._wrong(key, "a time such as 2026-01-31T12:00:00+00:00") from None

    def moment_or_none(self, key: str) -> datetime | None:
        """Return a time, None where it is missing."""
        return None if self._value.get(key) is None else self.moment(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty where it is missing."""
        value = self._list(key)
        if all(isinstance(item, str) for item in value):
            return tuple(value)
        raise self._wrong(key, "a list of texts")

    def pair(self, key: str) -> tuple[str, str] | None:
        """Return two texts; None where they are missing."""
        if key not in self._value:
            return None
        texts = self.texts(key)
        if len(texts) != 2:  # noqa: PLR2004 - a pair is two
            raise self._wrong(key, "a list of two texts")
        return texts[0], texts[1]

    def objects(self, key: str) -> list["Fields"]:
        """Return a list of objects; empty where it is missing."""
        return [Fields(item, f"{self.place}: {key}[{index}]") for index, item in enumerate(self._list(key))]

    def _list(self, key: str) -> list[Any]:
        value = self._value.get(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        raise self._wrong(key, "a list")

    def _wrong(self, key: str, wanted: str) -> Damaged:
        if key not in self._value:
            return Damaged(f"{self.place}: {key} is missing")
        return Damaged(f"{self.place}: {key} must be {wanted}")
