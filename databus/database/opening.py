"""Opening a database: as its owner, or through the process that owns it already."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
def reached_database(module: str, arguments: Mapping[str, Any], *, serve: bool = True) -> Iterator[AbstractDatabase]:
    """Open a database, or reach it through the process that owns it.

    Args:
        serve: As in :func:`owned_database`.

    Raises:
        As :func:`owned_database`; :class:`StoreOwned` if its owner cannot be reached.
    """
    with ExitStack() as stack:
        yield _reach(stack, module, arguments, serve)


def _reach(stack: ExitStack, module: str, arguments: Mapping[str, Any], serve: bool) -> AbstractDatabase:
    try:
        return stack.enter_context(owned_database(module, arguments, serve=serve))
    except StoreOwned as owned:
        return stack.enter_context(_through_owner(make_database(module, arguments), owned))


@contextmanager
def _through_owner(database: AbstractDatabase, owned: StoreOwned) -> Iterator[AbstractDatabase]:
    from databus.database.remote.endpoint import ENDPOINT_FILE
    from databus.database.remote.remote_database import RemoteDatabase

    remote = RemoteDatabase({"endpoint": str((database.endpoint_folder or Path()) / ENDPOINT_FILE)})
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
