"""Making and calling plug-in objects on one thread."""

import asyncio
import inspect
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from databus.client.log import Log, LogEntry, MessageType
from databus.plugin import load_plugin, settings_model

if TYPE_CHECKING:  # pydantic models: not needed to import a driver
    from databus.client.config import PluginConfig

T = TypeVar("T")


class Plugins:
    """The plug-in objects of one thread: each is made when it is first used, and lives as long as the drive.

    Plug-ins may hold what belongs to a thread (a SQLite connection, an event loop): no other thread touches them.

    Args:
        log: The log that they write to.
        route: Client and route; told to those whose class has an attribute ``belongs_to``.
    """

    def __init__(self, log: Log, route: tuple[str, str]) -> None:
        self._log = log
        self._route = route
        self._made: dict[tuple[type, str], Any] = {}
        self._opened: list[Any] = []
        self._loop: asyncio.Runner | None = None

    def get(self, base: type[T], config: "PluginConfig") -> T:
        """Return the plug-in object that a configuration entry describes.

        Raises:
            PluginError: It cannot be loaded.
            Exception: Whatever its constructor raises.
        """
        key = (base, config.name)
        if key not in self._made:
            self._made[key] = self._make(base, config)
        made: T = self._made[key]
        return made

    def _make(self, base: type[T], config: "PluginConfig") -> T:
        plugin_class: Any = load_plugin(config.module, base)
        plugin = plugin_class(self._log)
        with suppress(AttributeError):  # a plug-in of Databus 8 may have a property or slots of its own
            plugin.name = config.name
        if hasattr(plugin_class, "belongs_to"):
            with suppress(AttributeError):
                plugin.belongs_to = self._route
        model = settings_model(plugin_class)
        if model is not None:
            plugin.settings = model.model_validate(config.settings)
        made: T = plugin
        return made

    def resolve(self, value: Any) -> Any:
        """Return what a plug-in's method gave; where the method is a coroutine, run it to its end first."""
        return self._run(value) if value is not None and inspect.isawaitable(value) else value

    def run_to_end(self, value: Any) -> None:
        """Finish what a plug-in's method gave: a coroutine, or a generator, of which nothing has run yet."""
        if value is None:  # nearly always so
            return
        value = self.resolve(value)
        if isinstance(value, AsyncGenerator):
            value = self.iterate(value)
        if isinstance(value, Generator):
            deque(value, maxlen=0)

    def keep(self, iterator: Iterator[T]) -> Iterator[T]:
        """Return an iterator that is closed, on this thread, when the drive is over, be it at its end or not."""
        self._opened.append(iterator)
        return iterator

    def iterate(self, values: AsyncIterator[Any]) -> Iterator[Any]:
        """Return an iterator over an asynchronous one."""
        while True:
            try:
                yield self._run(anext(values))
            except StopAsyncIteration:
                return

    def _run(self, awaitable: Awaitable[Any]) -> Any:
        if self._loop is None:
            self._loop = asyncio.Runner()
        return self._loop.run(_wait_for(awaitable))

    def close(self) -> None:
        """Close what was kept and end the event loop, if there is one. What that raises is logged."""
        for iterator in self._opened:
            self._try(getattr(iterator, "close", None))
        if self._loop is not None:
            self._try(self._loop.close)

    def _try(self, close: Callable[[], Any] | None) -> None:
        try:
            if close is not None:
                close()
        except BaseException as error:  # noqa: BLE001 - the border to foreign code: the end of a generator may raise
            message = f"A plug-in could not be closed: {error!r}"
            self._log.append_entry(LogEntry(message, type=MessageType.warning, source=__name__))


async def _wait_for(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
