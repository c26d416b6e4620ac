"""Opening a database: as its owner, or through the process that owns it already."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from databus.database.abstract_database import AbstractDatabase
from databus.errors import StoreOwned, StoreUnreachable
from databus.plugin import load_plugin


@contextmanager
def owned_database(module: str, arguments: Mapping[str, Any], *, serve: bool = True) -> Iterator[AbstractDatabase]:
    """Open a database.

    Args:
        serve: Where only one process may have it, let others of this machine work through this one meanwhile.

    Raises:
        PluginError, ConfigError: The engine or its arguments are wrong.
        StoreError: It cannot be opened; :class:`StoreOwned` if another process has it.
    """
    database = make_database(module, arguments)
    with ExitStack() as stack:
        stack.callback(database.close)
        database.open()
        if serve and database.endpoint_folder is not None:
            from databus.database.remote.server import DatabaseServer

            stack.enter_context(DatabaseServer(database, folder=database.endpoint_folder))
        yield database


@contextmanager
def reached_database(
    module: str, arguments: Mapping[str, Any], *, serve: bool = True, take_over: bool = True
) -> Iterator[AbstractDatabase]:
    """Open a database, or reach it through the process that owns it.

    Args:
        serve: As in :func:`owned_database`.
        take_over: Whether this process becomes the owner when that one has ended, and no other one has become it.
            Without, its calls fail until there is a next one.

    Raises:
        As :func:`owned_database`; :class:`StoreOwned` if its owner cannot be reached.
    """
    with ExitStack() as stack:
        own = partial(owned_database, module, arguments, serve=serve)
        yield _reach(stack, own, make_database(module, arguments).endpoint_folder, take_over)


_Own = Callable[[], AbstractContextManager[AbstractDatabase]]


def _reach(stack: ExitStack, own: _Own, folder: Path | None, take_over: bool) -> AbstractDatabase:
    try:
        return stack.enter_context(own())
    except StoreOwned as owned:
        return stack.enter_context(_through_owner(own, folder or Path(), owned, take_over))


@contextmanager
def _through_owner(own: _Own, folder: Path, owned: StoreOwned, take_over: bool) -> Iterator[AbstractDatabase]:
    from databus.database.remote.endpoint import ENDPOINT_FILE
    from databus.database.remote.lasting import LastingDatabase
    from databus.database.remote.remote_database import RemoteDatabase

    endpoint = folder / ENDPOINT_FILE
    remote = LastingDatabase(endpoint, own) if take_over else RemoteDatabase({"endpoint": endpoint})
    try:
        remote.open()
    except StoreUnreachable as error:
        raise owned from error
    try:
        yield remote
    finally:
        remote.close()


def make_database(module: str, arguments: Mapping[str, Any]) -> AbstractDatabase:
    """Return an engine that is not open yet."""
    engine: type[AbstractDatabase] = load_plugin(module, AbstractDatabase)
    return engine(arguments)
