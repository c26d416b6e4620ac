"""Taking passengers from a puller in batches, whatever way it gives them."""

import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from databus.driver.failures import ask_for_text
from databus.driver.plugins import Plugins
from databus.errors import PluginError
from databus.puller.abstract_puller import AbstractPuller

if TYPE_CHECKING:  # pydantic models: not needed to import a driver
    from databus.client.config import PluginConfig

BATCH = 256
"""Passengers that are seated together: one sync of the disk, one transaction."""

BATCH_SECONDS = 0.1
"""A slow source's passengers wait no longer than this for company."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some passengers; ``error`` is what ended the pull after them, ``is_last`` says that no more come."""

    passengers: list[object]
    is_last: bool
    error: BaseException | None = None


class Pull:
    """One pull of one puller. All its methods run on the same plug-in thread."""

    def __init__(self, config: "PluginConfig", *, peek: bool = False) -> None:
        self._config = config
        self._peek = peek
        self._items: Iterator[Any] | None = None
        self._batch: list[object] = []

    def rescue(self) -> list[object]:
        """Return what was given in the present batch; for a caller whose ``next_batch`` does not come back."""
        return list(self._batch)

    def next_batch(self, plugins: Plugins) -> Batch:
        """Return the next passengers; what a failing puller gave before it failed is among them."""
        passengers = self._batch = []
        until = time.monotonic() + BATCH_SECONDS
        try:
            for passenger in self._begin(plugins):
                passengers.append(passenger)
                if len(passengers) >= BATCH or time.monotonic() >= until:
                    return Batch(passengers, is_last=False)
        except BaseException as error:  # noqa: BLE001 - the border to foreign code: sys.exit() fails this pull only
            ask_for_text(error)
            return Batch(passengers, is_last=True, error=error)
        return Batch(passengers, is_last=True)

    def _begin(self, plugins: Plugins) -> Iterator[Any]:
        if self._items is None:
            puller: Any = plugins.get(AbstractPuller, self._config)
            given = plugins.resolve(puller.peek() if self._peek else puller.pull())
            self._items = plugins.keep(self._iterator(given, plugins))
        return self._items

    def _iterator(self, given: object, plugins: Plugins) -> Iterator[Any]:
        if isinstance(given, AsyncIterator):
            return plugins.iterate(given)
        if isinstance(given, Iterable) and not isinstance(given, (str, bytes, dict)):
            return iter(given)
        raise PluginError(f"{self._config.name} must give a list of passengers or a generator, it gave {given!r:.80}")
