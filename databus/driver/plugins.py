"""Making and calling plug-in objects on one thread."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from databus.client.log import Log
from databus.plugin import load_plugin

if TYPE_CHECKING:  # pydantic models: not needed to import a driver
    from databus.client.config import PluginConfig

T = TypeVar("T")


class Plugins:
    """The plug-in objects of one thread: each is made when it is first used, and lives as long as the drive.

    Plug-ins may hold what belongs to a thread (a SQLite connection, an event loop): no other thread touches them.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._made: dict[tuple[type, str], Any] = {}
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
        plugin.name = config.name
        if plugin_class.Settings is not None:
            plugin.settings = plugin_class.Settings.model_validate(config.settings)
        made: T = plugin
        return made

    def resolve(self, value: Any) -> Any:
        """Return what a plug-in's method gave; where the method is a coroutine, run it to its end first."""
        return self._run(value) if value is not None and inspect.isawaitable(value) else value

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
        """End the event loop, if there is one."""
        if self._loop is not None:
            self._loop.close()


async def _wait_for(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
