"""An engine for the conformance suite: every call goes through a socket to a ``memory_db`` in the same process."""

from collections.abc import Mapping
from typing import Any

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.remote.remote_database import RemoteDatabase
from databus.database.remote.server import DatabaseServer


class ServedMemoryDatabase(RemoteDatabase):
    """Its argument ``folder`` takes the endpoint file; the rest is for ``memory_db``."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        behind = {name: value for name, value in arguments.items() if name != "folder"}
        self._server = DatabaseServer(MemoryDatabase(behind), folder=arguments["folder"])
        super().__init__({"endpoint": self._server.path})

    def open(self) -> None:
        self._server.start()
        super().open()

    def close(self) -> None:
        super().close()
        self._server.stop()
